// The image behind a real JupyterHub, as docker/jupyterhub configures it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { screenshot, withPage } from './lib/browser.mjs';
import { diskIn, docker, inspect, processesOf } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { eventually } from './lib/script.mjs';

const START_MS = 120_000;
const STOP_MS = 30_000;

let hub;
let token; // alice's

before(async () => {
    hub = await Hub.start();
});

after(() => hub?.discard());

const asAlice = (url, options = {}) => fetch(url, { ...options, headers: { Authorization: `token ${token}` } });

test('alice logs in and lands in a working workbench', async (t) => {
    const disk = diskIn(hub.container('alice'), '/home/alice/workspace');
    try {
        const { address } = await proveWorkbench({
            name: 'hub',
            url: `${hub.url}/`,
            disk,
            owner: '1000:100',
            enter: (page) => logIn(page, 'alice'),
        });
        assert.equal(new URL(address).pathname, '/user/alice/ide/');
        token = await hub.token('alice');
    } catch (error) {
        t.diagnostic(hub.log.slice(-4000));
        throw error;
    }
});

test('the commands of the troubleshooting answer', async () => {
    const container = hub.container('alice');
    const processes = await docker('exec', container, 'sh', '-c', 'ps aux | grep -E "(server-main|jupyterhub-singleuser)"');
    assert.match(processes, /node \S*server-main\.js/);
    assert.match(processes, /\/jupyterhub-singleuser/);
    const environment = await docker('exec', container, 'sh', '-c', 'env | grep JUPYTER');
    for (const line of ['JUPYTERHUB_USER=alice', 'JUPYTERHUB_SERVICE_PREFIX=/user/alice/', 'JUPYTERHUB_API_TOKEN=']) {
        assert.ok(environment.includes(line), line);
    }
});

test('the container serves the IDE under the prefix, to those with a token', async () => {
    const { NetworkSettings } = await inspect(hub.container('alice'));
    const ide = `http://${NetworkSettings.IPAddress}:8070/user/alice/ide/`;
    const answer = await asAlice(ide);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /vscode-workbench-web-configuration/);
    const stranger = await fetch(ide, { redirect: 'manual' });
    assert.equal(stranger.status, 302);
    assert.match(stranger.headers.get('location'), /\/hub\/api\/oauth2\/authorize/);
});

test('/proxy/8071/ reaches the IDE, too', async () => {
    const answer = await asAlice(`${hub.url}/user/alice/proxy/8071/version`);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /^[0-9a-f]{40}$/);
});

test('nothing but uid 1000 runs in it', async () => {
    const processes = await processesOf(hub.container('alice'));
    assert.ok(processes.length >= 4, JSON.stringify(processes));
    assert.deepEqual(processes.filter(({ uid }) => uid !== 1000), []);
});

test("bob does not get into alice's", async () => {
    await withPage('hub-bob', async (page) => {
        await page.goto(`${hub.url}/hub/login?next=%2Fuser%2Falice%2Fide%2F`);
        const refused = page.waitForResponse((response) => response.status() === 403, { timeout: START_MS });
        await logIn(page, 'bob');
        await refused;
        // The answer has come; the page may still be on its way into the document.
        await page.waitForFunction(() => /403/.test(document.body?.textContent), null, { timeout: START_MS });
        await screenshot(page, 'hub-bob-refused');
        assert.equal(await page.locator('.monaco-workbench').count(), 0);
    });
});

test('stopped through the Hub, the container goes soon', async () => {
    const started = Date.now();
    const answer = await hub.api(token, 'DELETE', '/users/alice/server');
    assert.ok([202, 204].includes(answer.status), `${answer.status}`);
    await eventually('the container is gone', async () => (await hub.containers()).length === 0, STOP_MS);
    const took = Date.now() - started;
    console.error(`hub: the server was stopped in ${took} ms`);
    assert.ok(took < 8_000, `${took} ms: docker kills after 10 s`);
});

test('Ctrl-C at the Hub stops the servers with it', async () => {
    await hub.api(token, 'POST', '/users/alice/server');
    await eventually('alice has a server again', async () => {
        const alice = await (await hub.api(token, 'GET', '/users/alice')).json();
        return alice.servers['']?.ready;
    }, START_MS);
    assert.deepEqual(await hub.containers(), [hub.container('alice')]);
    await hub.interrupt(STOP_MS);
    assert.deepEqual(await hub.containers(), []);
    await assert.rejects(fetch(hub.url), 'its port is still answered');
});

// docker/jupyterhub/nginx.conf before a Hub with behind_nginx.py, over TLS.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { diskIn } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { Nginx } from './lib/nginx.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { eventually } from './lib/script.mjs';
import { Visitor } from './lib/visitor.mjs';

let nginx;
let hub;

before(async () => {
    nginx = await Nginx.prepare();
    hub = await Hub.start({
        configs: ['docker/jupyterhub/behind_nginx.py', 'tests/e2e/hub-configs/at_public_url.py'],
        env: { TEST_PUBLIC_URL: `${nginx.url}/` },
    });
    await nginx.start('docker/jupyterhub/nginx.conf', [
        ['server 127.0.0.1:8000;', `server 127.0.0.1:${hub.port};`],
        ['server_name hub.example.com;', 'server_name localhost;'],
    ]);
});

after(async () => {
    await nginx?.stop();
    await hub?.discard();
});

/** Asks over HTTPS with alice's token; resolves to the answer as it begins. */
async function asAlice(method, path, body) {
    const Authorization = `token ${await hub.token('alice')}`;
    return new Promise((resolve, reject) => {
        const options = { method, ca: nginx.certificate, headers: { Authorization } };
        https.request(`${nginx.url}${path}`, options, resolve).on('error', reject).end(body);
    });
}

test('alice comes over https:// into a working workbench', async () => {
    const { address } = await proveWorkbench({
        name: 'hub-nginx',
        url: `${nginx.url}/`,
        disk: diskIn(hub.container('alice'), '/home/alice/workspace'),
        owner: '1000:100',
        enter: (page) => logIn(page, 'alice'),
        options: { ignoreHTTPSErrors: true },
    });
    assert.equal(address.split('?')[0], `${nginx.url}/user/alice/ide/`);
});

test("the Hub's and the server's cookies are for HTTPS alone", async () => {
    const visitor = new Visitor({ authority: nginx.certificate });
    await visitor.logIn(nginx.url, 'alice');
    const { status, trail } = await visitor.get(`${nginx.url}/user/alice/ide/`);
    assert.equal(status, 200, trail.join('\n'));
    const names = visitor.cookies.map(({ name }) => name);
    assert.ok(names.includes('jupyterhub-user-alice') && names.includes('jupyterhub-hub-login'), `${names}`);
    // _xsrf is none to be kept: a page of the site's own has to read it.
    const kept = visitor.cookies.filter(({ name }) => name.startsWith('jupyterhub-'));
    const open = kept.filter(({ attributes }) => !attributes.some((each) => /^secure$/i.test(each)));
    assert.deepEqual(open.map(({ name }) => name), []);
});

test('http:// leads to https://', async () => {
    const answer = await fetch(`http://127.0.0.1:${nginx.httpPort}/hub/login?next=x`, { redirect: 'manual' });
    assert.equal(answer.status, 301);
    assert.equal(answer.headers.get('location'), 'https://127.0.0.1/hub/login?next=x');
});

test('how a start is getting on is told while it does', async () => {
    await hub.admin('DELETE', '/users/alice/server');
    await eventually('her server has stopped', async () => (await hub.server('alice')) === undefined);
    const start = hub.admin('POST', '/users/alice/server', {});
    await eventually('her server is starting', async () => (await hub.server('alice'))?.pending === 'spawn');
    const pieces = [];
    for await (const piece of await asAlice('GET', '/hub/api/users/alice/server/progress')) pieces.push(String(piece));
    // Held back, they would come as one when all is over.
    assert.doesNotMatch(pieces[0], /"ready": true/);
    assert.match(pieces.join(''), /"ready": true/);
    await start;
});

test('an upload may be larger than what nginx takes by itself', async () => {
    const content = 'x'.repeat(3_000_000);
    const body = JSON.stringify({ type: 'file', format: 'text', content });
    const answer = await asAlice('PUT', '/user/alice/api/contents/workspace/large.txt', body);
    answer.resume();
    assert.equal(answer.statusCode, 201);
});

// `doctor --url` against servers behind a real Hub, with docker/jupyterhub/nginx.conf before it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { docker } from './lib/container.mjs';
import { askDoctor, hop, linesFor, troubles } from './lib/doctor.mjs';
import { developmentBuild } from './lib/gateway.mjs';
import { Hub } from './lib/hub.mjs';
import { Nginx } from './lib/nginx.mjs';

const SITE = 'docker/jupyterhub/nginx.conf';
const PROXY = 'reverse_proxy';
/** Where nginx may add something to whatever passes. */
const PLACE = 'proxy_buffering         off;';

let binary;
let nginx;
let hub;
let token;

before(async () => {
    binary = await developmentBuild();
    nginx = await Nginx.prepare();
    hub = await Hub.start({
        configs: ['docker/jupyterhub/behind_nginx.py', 'tests/e2e/hub-configs/at_public_url.py', 'tests/e2e/hub-configs/shut_microphones.py'],
        env: { TEST_PUBLIC_URL: `${nginx.url}/` },
    });
    await nginx.start(SITE, changed());
    await hub.addUsers('alice', 'bob');
    await Promise.all(['', 'shut'].map((server) => hub.startServer('alice', server)));
    token = await hub.token('alice');
});

after(async () => {
    await nginx?.stop();
    await hub?.discard();
});

function changed(...more) {
    return [['server 127.0.0.1:8000;', `server 127.0.0.1:${hub.port};`], ['server_name hub.example.com;', 'server_name localhost;'], ...more];
}

const at = (path) => `${nginx.url}/user/alice/${path}`;

/** The report on a path of alice's server, by default by alice. */
function ask(path, options) {
    return askDoctor(binary, at(path), { token, authority: nginx.certificateFile, ...options });
}

/** The same with one more line in nginx. */
async function askWith(line, options) {
    await nginx.restart(SITE, changed([PLACE, `${PLACE} ${line}`]));
    const report = await ask('ide/', options);
    await nginx.restart(SITE, changed());
    return report;
}

test('all is well for alice, at the server and at the IDE, through nginx and past it', async () => {
    for (const url of [at(''), at('ide'), `http://127.0.0.1:${hub.port}/user/alice/ide/`]) {
        const report = await askDoctor(binary, url, { token, authority: nginx.certificateFile });
        assert.deepEqual([report.code, troubles(report)], [0, []], report.text);
        assert.equal(report.way.at(-1).by, 'ide', report.text);
        assert.deepEqual(report.findings.map(({ about }) => about), ['way', 'https', 'host', 'websocket', 'policy', 'webviews']);
        assert.equal(hop(report, 'permissions-policy').by, 'container');
    }
});

test("the server's own token is found in its variables", async () => {
    const printed = await docker('exec', hub.container('alice'), 'printenv', 'JUPYTERHUB_API_TOKEN', 'JUPYTERHUB_SERVICE_PREFIX');
    const [JUPYTERHUB_API_TOKEN, JUPYTERHUB_SERVICE_PREFIX] = printed.split('\n');
    const report = await ask('ide/', { token: undefined, variables: { JUPYTERHUB_API_TOKEN, JUPYTERHUB_SERVICE_PREFIX } });
    assert.deepEqual([report.code, troubles(report)], [0, []], report.text);
    assert.ok(!report.text.includes(JUPYTERHUB_API_TOKEN));
});

test('without a token what anybody sees is judged, and how to give one is said', async () => {
    const report = await ask('ide/', { token: undefined });
    assert.deepEqual([report.code, troubles(report)], [0, ['warning sign-in container']], report.text);
    assert.deepEqual([report.way[0].by, report.way.at(-1).by], ['singleuser', 'hub']);
    assert.match(report.text, /WAIIDE_TOKEN/);
});

test('a link with a token, which the Hub does not take, and bob, who may not come in', async () => {
    const link = await ask(`ide/?token=${token}`, { token: undefined });
    assert.deepEqual([link.code, troubles(link)], [0, ['warning sign-in hub']], link.text);
    const bob = await ask('ide/', { token: await hub.token('bob') });
    assert.deepEqual([bob.code, troubles(bob)], [1, ['broken way hub']], bob.text);
});

test('an edge that shuts the microphone off, seen with a token and without', async () => {
    const off = 'proxy_hide_header Permissions-Policy; add_header Permissions-Policy "microphone=()" always;';
    const report = await askWith(off);
    assert.deepEqual([report.code, troubles(report)], [1, [`broken policy ${PROXY}`]], report.text);
    assert.equal(hop(report, 'permissions-policy').change, 'replaced');
    assert.match(report.text, /as it comes with the Hub's pages, too/);
    const anonymous = await askWith(off, { token: undefined });
    assert.deepEqual([anonymous.code, troubles(anonymous)], [1, ['warning sign-in container', `broken policy ${PROXY}`]], anonymous.text);
});

test('an edge that passes no Upgrade on, seen with a token and without', async () => {
    const without = [['proxy_set_header Upgrade    $http_upgrade;', ''], ['$connection_upgrade;', '"";']];
    await nginx.restart(SITE, changed(...without));
    const report = await ask('ide/');
    assert.deepEqual([report.code, troubles(report)], [1, [`broken websocket ${PROXY}`]], report.text);
    const anonymous = await ask('ide/', { token: undefined });
    assert.deepEqual([anonymous.code, troubles(anonymous)], [1, ['warning sign-in container', `broken websocket ${PROXY}`]], anonymous.text);
    await nginx.restart(SITE, changed());
});

test('an edge that does not pass Host on', async () => {
    await nginx.restart(SITE, changed(['proxy_set_header Host              $http_host;', '']));
    const report = await ask('ide/');
    // Whoever shows a token is not asked for Origin: a browser's WebSocket would be refused.
    assert.deepEqual([report.code, troubles(report)], [1, [`broken host ${PROXY}`]], report.text);
    assert.ok(linesFor(report, PROXY).includes('proxy_set_header Host $http_host;'));
    await nginx.restart(SITE, changed());
});

test("singleuser's tornado_settings shut the microphone off Jupyter's own pages alone", async () => {
    const report = await ask('shut/ide/');
    assert.deepEqual([report.code, troubles(report)], [0, ['warning jupyter container']], report.text);
});

test("the Hub's tornado_settings shut the microphone off the Hub's own pages alone", async () => {
    hub.env = { ...hub.env, TEST_SHUT_HUB: 'yes' };
    await hub.restart();
    await hub.startServer('alice');
    const report = await ask('ide/');
    assert.deepEqual([report.code, troubles(report)], [0, ['warning hub hub']], report.text);
    assert.ok(linesFor(report, 'hub')[0].startsWith('c.JupyterHub.tornado_settings'));
});

test('a server that does not run', async () => {
    await hub.stopServer('alice');
    const report = await ask('ide/');
    assert.deepEqual([report.code, troubles(report)[0]], [1, 'broken way hub'], report.text);
});

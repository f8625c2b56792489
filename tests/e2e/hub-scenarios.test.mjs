// What the container makes of mistaken variables, and who is let in: named servers of alice's, each
// with a mistake of its own, behind one Hub.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { diskIn, docker } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { Visitor } from './lib/visitor.mjs';
import { Workbench } from './lib/workbench.mjs';

const SCOPES = 'JUPYTERHUB_OAUTH_ACCESS_SCOPES becomes .*because it was ?';
/** What the log says of each. */
const REPAIRED = {
    forgotten: 'JUPYTERHUB_OAUTH_ACCESS_SCOPES becomes .*because it named the default server',
    missing: `${SCOPES}missing`,
    empty: `${SCOPES}empty`,
    text: `${SCOPES}no JSON`,
    base: 'JUPYTERHUB_BASE_URL becomes /, because it was .*own prefix',
    host: 'JUPYTERHUB_HOST becomes empty',
};
const OTHERS = ['never', 'other', 'open', 'plain'];

let hub;
const tokens = {};

before(async () => {
    hub = await Hub.start({ configs: ['tests/e2e/hub-configs/mistaken.py'] });
    await hub.addUsers('alice', 'bob');
    await Promise.all([...Object.keys(REPAIRED), ...OTHERS].map((name) => hub.startServer('alice', name)));
    for (const user of ['alice', 'bob', 'admin']) tokens[user] = await hub.token(user);
});

after(() => hub?.discard());

const at = (server, path = 'ide/') => `${hub.url}/user/alice/${server}/${path}`;
const log = (server) => hub.serverLog('alice', server);

/** What a user gets who logs in at the Hub and goes to one of alice's servers. */
async function visit(user, server) {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, user);
    return visitor.visit(at(server));
}

/** The status of a page for whoever holds a token; for nobody without one. */
async function status(user, server) {
    const headers = user ? { Authorization: `token ${tokens[user]}` } : {};
    return (await fetch(at(server), { headers, redirect: 'manual' })).status;
}

/** The status of a WebSocket's handshake, as the workbench asks for one. */
function handshake(user, server) {
    const headers = {
        Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...(user && { Authorization: `token ${tokens[user]}` }),
    };
    const url = at(server, 'ide/?reconnectionToken=00000000-0000-4000-8000-000000000000&reconnection=false&skipWebSocketFrames=false');
    return new Promise((resolve, reject) => {
        // A connection of its own, as a browser has for each WebSocket: the one that was refused before
        // is about to be ended.
        const asked = http.request(url, { headers, agent: false }).on('error', reject).end();
        asked.on('response', (answer) => resolve(answer.resume().statusCode));
        asked.on('upgrade', (_, socket) => resolve(101) ?? socket.destroy());
    });
}

for (const server of Object.keys(REPAIRED)) {
    test(`${server}: repaired, so that the owner comes in and bob does not`, async () => {
        const { status, text, trail } = await visit('alice', server);
        assert.equal(status, 200, trail.join('\n'));
        assert.match(text, /vscode-workbench-web-configuration/);
        assert.equal((await visit('bob', server)).status, 403);
        assert.match(await log(server), new RegExp(REPAIRED[server]));
    });
}

test('a forgotten name in the scope, repaired: a workbench in the browser', async () => {
    await proveWorkbench({
        name: 'hub-scope-repaired',
        url: at('forgotten'),
        disk: diskIn(hub.container('alice', 'forgotten'), '/home/alice/workspace'),
        owner: '1000:100',
        enter: (page) => logIn(page, 'alice'),
    });
    const container = hub.container('alice', 'forgotten');
    assert.match(await docker('exec', container, 'waiide-init', 'status'), /Warning: JUPYTERHUB_OAUTH_ACCESS_SCOPES becomes/);
});

test('not repaired, it is a 403 for the owner, and the log says why', async () => {
    const { status, text } = await visit('alice', 'never');
    assert.equal(status, 403);
    assert.match(text, /given the wrong OAuth scope by its spawner/);
    assert.match(await log('never'), /user alice is not let in \(403\): .*access:servers!server=alice\/never.* The token is right and JUPYTERHUB_OAUTH_ACCESS_SCOPES is wrong/);
});

test('variables that contradict each other are named, and nothing is repaired', async () => {
    const printed = await log('other');
    assert.match(printed, /JUPYTERHUB_SERVER_NAME and JUPYTERHUB_SERVICE_PREFIX contradict each other/);
    assert.doesNotMatch(printed, /becomes \[/);
    const report = await docker('exec', hub.container('alice', 'other'), 'sh', '-c', 'waiide-init doctor || true');
    assert.match(report, /^broken +variables +JUPYTERHUB_SERVER_NAME and JUPYTERHUB_SERVICE_PREFIX contradict/m);
});

test('<prefix>hub/… leads to the Hub, the query as it was', async () => {
    const ask = async (method) => {
        const answer = await fetch(at('plain', 'hub/api/oauth2/authorize?client_id=a%2Fb&x=1'), { method, redirect: 'manual' });
        return [answer.status, new URL(answer.headers.get('location'), hub.url).href];
    };
    const target = `${hub.url}/hub/api/oauth2/authorize?client_id=a%2Fb&x=1`;
    assert.deepEqual(await ask('GET'), [302, target]);
    assert.deepEqual(await ask('POST'), [307, target]);
});

test('the owner and an admin come in; bob and nobody do not, by HTTP and by WebSocket', async () => {
    const found = {};
    for (const user of ['alice', 'admin', 'bob', '']) found[user] = [await status(user, 'plain'), await handshake(user, 'plain')];
    assert.deepEqual(found, { alice: [200, 101], admin: [200, 101], bob: [403, 403], '': [302, 403] });
    assert.match(await log('plain'), /user bob is not let in \(403\)/);
});

test('with --permissive-identity bob comes in, nobody still does not, and it is said', async () => {
    assert.deepEqual([await status('bob', 'open'), await handshake('bob', 'open')], [200, 101]);
    assert.deepEqual([await status('', 'open'), await handshake('', 'open')], [302, 403]);
    assert.match(await log('open'), /--permissive-identity is on: every user of the Hub/);
    const printed = await docker('exec', hub.container('alice', 'open'), 'waiide-init', 'status');
    assert.match(printed, /Warning: --permissive-identity is on/);
});

test('with it and links with a token, bob gets a workbench in the browser', async () => {
    await withPage('hub-permissive', async (page) => {
        // Not at ide/: jupyter-server-proxy drops the cookie that Jupyter keeps the token in.
        await page.goto(`${at('open', 'api/me')}?token=${tokens.bob}`);
        await Workbench.open(page, at('open'));
    });
});

// The two ways in docker/jupyterhub to put named servers' scopes right on the Hub.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inspect } from './lib/container.mjs';
import { Hub } from './lib/hub.mjs';
import { eventually } from './lib/script.mjs';
import { Visitor } from './lib/visitor.mjs';

const WRONG = 'tests/e2e/hub-configs/wrong_scopes.py';
const OTHERS = ['custom:first', 'access:servers!group=b'];
const VARIABLES = ['JUPYTERHUB_OAUTH_ACCESS_SCOPES', 'JUPYTERHUB_OAUTH_SCOPES'];
// Raw in scopes, escaped in the container's name, the URL and the client id.
const ANN = 'ann@example.com';
const ANN_ESCAPED = 'ann-40example-2ecom';

const hubs = [];
after(() => Promise.all(hubs.map((hub) => hub.discard())));

async function hubWith(...configs) {
    const hub = await Hub.start({ configs: [WRONG, ...configs] });
    hubs.push(hub);
    await hub.addUsers(ANN, 'bob');
    return hub;
}

/** The status that a user gets who goes to ann's server "waiide" by browser. */
async function visit(hub, user) {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, user);
    const { status, text, trail } = await visitor.get(`${hub.url}/user/${ANN}/waiide/ide/`);
    if (status === 200) assert.match(text, /vscode-workbench-web-configuration/, trail.join('\n'));
    return status;
}

/** What the Hub gave to a server of ann's, once it has one: the two variables, as they came. */
async function variablesOf(hub, server) {
    const container = await eventually(`the container of ${server}`, () => inspect(hub.container(ANN_ESCAPED, server)));
    const lines = container.Config.Env.map((line) => line.split(/=(.*)/s));
    return VARIABLES.map((name) => lines.find(([each]) => each === name)[1]);
}

async function checkScopes(hub, server, scopes) {
    for (const value of await variablesOf(hub, server)) assert.deepEqual(JSON.parse(value), scopes, server);
}

/** Has the Hub start a server without waiting for it: what it is given shows at once. */
const begin = (hub, server) => hub.admin('POST', `/users/${ANN}/servers/${server}`, {});

test('the wrong scope keeps the owner out of her named server', async () => {
    const hub = await hubWith();
    await hub.startServer(ANN, 'waiide');
    assert.equal(await visit(hub, ANN), 403);
    await hub.discard();
});

test('repair_scopes.py: the owner comes in, bob does not', async () => {
    const hub = await hubWith('docker/jupyterhub/repair_scopes.py');
    await hub.startServer(ANN, 'waiide');
    await checkScopes(hub, 'waiide', [`access:servers!server=${ANN}/waiide`, ...OTHERS]);
    assert.equal(await visit(hub, ANN), 200);
    assert.equal(await visit(hub, 'bob'), 403);
    assert.match(hub.log, /JUPYTERHUB_OAUTH_ACCESS_SCOPES of ann@example.com\/waiide: /);
});

test('repair_scopes.py: what is empty or no list becomes the stock value; the default server keeps its own', async () => {
    const hub = hubs.at(-1);
    const stock = (name) => [`access:servers!server=${ANN}/${name}`, `access:servers!user=${ANN}`];
    for (const name of ['empty', 'text', 'null']) {
        begin(hub, name).catch(() => {}); // it may be cut off by the end of the Hub
        await checkScopes(hub, name, stock(name));
    }
    begin(hub, '').catch(() => {});
    await checkScopes(hub, '', [`access:servers!server=${ANN}/`, ...OTHERS]);
    await hub.discard();
});

test('repair_scopes_patch.py: the same, but for the list of those that had none', async () => {
    const hub = await hubWith('docker/jupyterhub/repair_scopes_patch.py');
    await hub.startServer(ANN, 'waiide');
    await checkScopes(hub, 'waiide', [`access:servers!server=${ANN}/waiide`, ...OTHERS]);
    assert.equal(await visit(hub, ANN), 200);
    assert.equal(await visit(hub, 'bob'), 403);
    for (const name of ['empty', 'text', 'null']) {
        begin(hub, name).catch(() => {});
        await checkScopes(hub, name, [`access:servers!server=${ANN}/${name}`]);
    }
    begin(hub, '').catch(() => {});
    await checkScopes(hub, '', [`access:servers!server=${ANN}/`, ...OTHERS]);
    await hub.discard();
});

// docker/jupyterhub/default_server.py: one server each, and a URL of the admin's choice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { diskIn, docker } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';

let hub;

before(async () => {
    hub = await Hub.start({ configs: ['docker/jupyterhub/default_server.py'] });
});

after(() => hub?.discard());

test('alice logs in and lands in a working workbench at /proxy/8071/', async () => {
    const container = `${hub.container('alice')}-waiide`;
    const { address } = await proveWorkbench({
        name: 'hub-default-url',
        url: `${hub.url}/`,
        disk: diskIn(container, '/home/alice/workspace'),
        owner: '1000:100',
        enter: (page) => logIn(page, 'alice'),
    });
    assert.equal(new URL(address).pathname, '/user/alice/proxy/8071/');
    assert.deepEqual(await hub.containers(), [container]);
});

test('her scope is that of her one server, and there is no other', async () => {
    const scopes = await docker('exec', `${hub.container('alice')}-waiide`, 'printenv', 'JUPYTERHUB_OAUTH_ACCESS_SCOPES');
    assert.deepEqual(JSON.parse(scopes), ['access:servers!server=alice/', 'access:servers!user=alice']);
    const named = await hub.api(await hub.token('alice'), 'POST', '/users/alice/servers/another', {});
    assert.equal(named.status, 400, await named.text());
});

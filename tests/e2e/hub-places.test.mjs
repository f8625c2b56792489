// A Hub that is not at the root of its host, and one whose users have hosts of their own.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { diskIn } from './lib/container.mjs';
import { Hub, freePorts, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { Visitor } from './lib/visitor.mjs';

const hubs = [];
after(() => Promise.all(hubs.map((hub) => hub.discard())));

async function hubWith(options) {
    const hub = await Hub.start(options);
    hubs.push(hub);
    return hub;
}

/** Has alice log in at `url` and work in the IDE of her server: where that turned out to be. */
async function prove(t, hub, server, url, name) {
    try {
        const disk = diskIn(hub.container('alice', server), '/home/alice/workspace');
        const { address } = await proveWorkbench({ name, url, disk, owner: '1000:100', enter: (page) => logIn(page, 'alice') });
        return address;
    } catch (error) {
        t.diagnostic(hub.log.slice(-4000));
        throw error;
    }
}

test('at /jhub/: a named server in the browser', async (t) => {
    const hub = await hubWith({ baseUrl: '/jhub/' });
    await hub.addUsers('alice');
    await hub.startServer('alice', 'waiide');
    const address = await prove(t, hub, 'waiide', `${hub.url}/user/alice/waiide/`, 'hub-at-path');
    assert.equal(new URL(address).pathname, '/jhub/user/alice/waiide/ide/');
});

test("at /jhub/: what asks for the Hub under the server's prefix gets to the Hub", async () => {
    const hub = hubs.at(-1);
    const visitor = new Visitor();
    await visitor.logIn(hub.url, 'alice');
    const { status, url, trail } = await visitor.get(`${hub.url}/user/alice/waiide/hub/token?x=1`);
    assert.equal(status, 200, trail.join('\n'));
    assert.equal(url, `${hub.url}/hub/token?x=1`, trail.join('\n'));
    await hub.discard();
});

test('with subdomains: alice at a host of her own', async (t) => {
    const port = await freePorts();
    const host = `hub.localhost:${port}`; // which every browser takes for this machine
    const hub = await hubWith({
        port,
        configs: ['tests/e2e/hub-configs/on_subdomains.py'],
        env: { TEST_SUBDOMAIN_HOST: `http://${host}` },
    });
    await hub.addUsers('alice');
    await hub.startServer('alice');
    const address = await prove(t, hub, '', `http://${host}/`, 'hub-subdomains');
    assert.equal(address.split('?')[0], `http://alice.${host}/user/alice/ide/`);
    await hub.discard();
});

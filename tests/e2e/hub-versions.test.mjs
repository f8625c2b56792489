// Behind the Hubs before the newest: the image as it is, and names that only they admit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { diskIn, docker } from './lib/container.mjs';
import { Hub, escaped, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { Visitor } from './lib/visitor.mjs';

const ANN = 'ann@example.com';
const ZOE = 'zoë@example.com';
// The workbench leaves the + unescaped where it asks for parts of itself, the terminal among them,
// and Jupyter by itself does not take that for its own address.
const AWKWARD = 'my "Server" +ü';
const WRONGED = `Ann's "Other" [x], 100% +ß`;

let hub4;
let hub5;

before(async () => {
    const hubs = [Hub.start({ hub: 4 }), Hub.start({ hub: 5, configs: ['tests/e2e/hub-configs/forgetful.py'] })];
    await Promise.allSettled(hubs); // else the one that has started would be left over
    hub4 = await hubs[0].catch(() => {});
    hub5 = await hubs[1].catch(() => {});
    await Promise.all(hubs);
    await hub4.addUsers('alice');
    await hub5.addUsers(ANN, ZOE);
});

after(() => Promise.all([hub4?.discard(), hub5?.discard()]));

/** Where the Hub itself says that a server is, as its home page links it. */
const addressOf = async (hub, user, server) => new URL((await hub.server(user, server)).url, hub.url).href;

async function enters(hub, user, server) {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, user);
    const { status, text, trail } = await visitor.get(await addressOf(hub, user, server));
    assert.equal(status, 200, trail.join('\n'));
    assert.match(text, /vscode-workbench-web-configuration/, trail.join('\n'));
}

for (const server of ['', 'waiide']) {
    const name = server || 'the default server';
    test(`Hub 4: ${name} leads its owner to the IDE`, async () => {
        await hub4.startServer('alice', server);
        await enters(hub4, 'alice', server);
    });

    test(`Hub 5: ${name} leads its owner to the IDE`, async () => {
        await hub5.startServer(ANN, server);
        await enters(hub5, ANN, server);
    });
}

test('Hub 5: a server with an awkward name, in the browser', async (t) => {
    const container = hub5.container(escaped(ANN), escaped(AWKWARD));
    try {
        await hub5.startServer(ANN, AWKWARD);
        const { address } = await proveWorkbench({
            name: 'hub-5-awkward',
            url: await addressOf(hub5, ANN, AWKWARD),
            disk: diskIn(container, `/home/${ANN}/workspace`),
            owner: '1000:100',
            enter: (page) => logIn(page, ANN),
        });
        assert.equal(decodeURIComponent(new URL(address).pathname), `/user/${ANN}/${AWKWARD}/ide/`);
        assert.doesNotMatch(await docker('logs', container), /JUPYTERHUB_OAUTH_ACCESS_SCOPES/, 'nothing to repair');
    } catch (error) {
        t.diagnostic(hub5.log.slice(-4000));
        throw error;
    }
});

test('Hub 5: a spawner that forgets an awkward name: the scope is repaired, and the owner comes in', async () => {
    await hub5.startServer(ANN, WRONGED, { forget: true });
    const container = hub5.container(escaped(ANN), escaped(WRONGED));
    const right = [`access:servers!server=${ANN}/${WRONGED}`, `access:servers!user=${ANN}`];
    for (const name of ['JUPYTERHUB_OAUTH_ACCESS_SCOPES', 'JUPYTERHUB_OAUTH_SCOPES']) {
        assert.deepEqual(JSON.parse(await variableOfSingleuser(container, name)), right, name);
    }
    const log = await docker('logs', container);
    const line = log.split('\n').find((each) => each.includes('JUPYTERHUB_OAUTH_ACCESS_SCOPES'));
    assert.ok(line?.includes('it named the default server and not this one'), log);
    await enters(hub5, ANN, WRONGED);
});

test('Hub 5: a user whose name is not ASCII, with a server that is neither', async () => {
    await hub5.startServer(ZOE, 'übung');
    await enters(hub5, ZOE, 'übung');
});

/** A variable as jupyterhub-singleuser in a container has it. */
async function variableOfSingleuser(container, name) {
    const script = 'xargs -0 -n 1 printf "%s\\n" <"/proc/$(pgrep -f bin/jupyterhub-singleuser | head -1)/environ"';
    const lines = await docker('exec', '--user', '1000', container, 'sh', '-c', script);
    return lines.split('\n').find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
}

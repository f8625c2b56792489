// Containers that DockerSpawner keeps: started again as what they were, and by mistake as another
// server's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { docker, inspect } from './lib/container.mjs';
import { Hub } from './lib/hub.mjs';
import { eventually } from './lib/script.mjs';
import { Visitor } from './lib/visitor.mjs';

const LIMIT_MS = 60_000;

let hub;
let container;

before(async () => {
    // What a template without {servername} does with named servers is what is to be seen.
    hub = await Hub.start({ options: ['--DockerSpawner.remove=False', '--DockerSpawner.name_template={prefix}-{username}'] });
    container = hub.container('alice');
    await hub.addUsers('alice');
});

after(() => hub?.discard());

async function visit(path) {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, 'alice');
    return visitor.visit(`${hub.url}${path}`);
}

test('a kept container that was killed is started again, and people log in', async () => {
    await hub.startServer('alice');
    const { Id } = await inspect(container);
    await docker('kill', container);
    await hub.stopServer('alice');
    await hub.startServer('alice');
    assert.equal((await inspect(container)).Id, Id);
    const { status, text, trail } = await visit('/user/alice/ide/');
    assert.equal(status, 200, trail.join('\n'));
    assert.match(text, /vscode-workbench-web-configuration/);
    await hub.stopServer('alice');
});

test('started as another server of the same user, its log names the mistake', async () => {
    await hub.startServer('alice', 'waiide');
    assert.equal((await visit('/user/alice/waiide/ide/')).status, 404);
    const told = async () => /The Hub asks for \/user\/alice\/waiide\/api, and this container is the server at \/user\/alice\/.*\{servername\}/s
        .test(await docker('logs', container));
    await eventually('the log names it', told, LIMIT_MS);
});

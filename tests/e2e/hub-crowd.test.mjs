// A class that comes in at once, and leaves at once. How long it takes and what it weighs is printed:
// that depends on the machine.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { docker } from './lib/container.mjs';
import { Hub } from './lib/hub.mjs';
import { eventually } from './lib/script.mjs';
import { Visitor } from './lib/visitor.mjs';

const USERS = Array.from({ length: 20 }, (_, index) => `student${index + 1}`);
// All share the processors, each start takes about 5 s of one.
const PATIENCE_S = 900;

let hub;

before(async () => {
    const options = ['start_timeout', 'http_timeout'].map((name) => `--Spawner.${name}=${PATIENCE_S}`);
    hub = await Hub.start({ options });
    await hub.addUsers(...USERS);
});

after(() => hub?.discard());

/** What the Hub knows of all servers at one time: `{ student1: server or undefined, … }`. */
async function servers() {
    const users = await hub.admin('GET', '/users');
    return users.filter(({ name }) => USERS.includes(name)).map((user) => user.servers[''] ?? {});
}

const eventuallyAll = (what, holds) =>
    eventually(what, async () => (await servers()).every(holds), PATIENCE_S * 1000);

async function seconds(action) {
    const began = performance.now();
    await action();
    return ((performance.now() - began) / 1000).toFixed(1);
}

/** The memory of all containers in MiB, as `docker stats` has it. */
async function memory() {
    const names = await hub.containers();
    const lines = (await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', ...names)).split('\n');
    const scale = { KiB: 1 / 1024, MiB: 1, GiB: 1024 };
    return lines.map((line) => {
        const [, number, unit] = line.match(/^([\d.]+)([KMG]iB) /);
        return Number(number) * scale[unit];
    });
}

test('twenty users start their servers at once, and all get one', async (t) => {
    const took = await seconds(async () => {
        await Promise.all(USERS.map((user) => hub.admin('POST', `/users/${user}/server`, {})));
        await eventuallyAll('all are ready, or have failed', ({ ready, pending }) => ready || !pending);
    });
    const ready = (await servers()).filter(({ ready }) => ready).length;
    assert.equal(ready, USERS.length, hub.log.slice(-4000));
    assert.equal((await hub.containers()).length, USERS.length);
    t.diagnostic(`${USERS.length} servers were ready after ${took} s`);
});

test('each of them comes into the IDE', async (t) => {
    const took = await seconds(() => Promise.all(USERS.map(comesIn)));
    const used = await memory();
    const sum = used.reduce((total, each) => total + each, 0);
    t.diagnostic(`${USERS.length} logins, each as far as the IDE's page: ${took} s`);
    t.diagnostic(`memory: ${sum.toFixed(0)} MiB in all, ${Math.max(...used).toFixed(0)} MiB at most`);
});

async function comesIn(user) {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, user);
    const { status, url, text, trail } = await visitor.get(`${hub.url}/`);
    assert.equal(status, 200, trail.join('\n'));
    assert.equal(new URL(url).pathname, `/user/${user}/ide/`);
    assert.match(text, /vscode-workbench-web-configuration/, trail.join('\n'));
}

test('all of them stop at once, and nothing is left', async (t) => {
    const took = await seconds(async () => {
        await Promise.all(USERS.map((user) => hub.admin('DELETE', `/users/${user}/server`)));
        await eventuallyAll('all have stopped', ({ ready, pending }) => !ready && !pending);
        await eventually('no container is left', async () => (await hub.containers()).length === 0);
    });
    t.diagnostic(`${USERS.length} servers had stopped after ${took} s`);
});

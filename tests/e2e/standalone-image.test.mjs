// The image by itself: docker run, a browser, docker stop.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { IMAGE, diskIn, docker, inspect, processesOf, removeContainer, startContainer, tryDocker } from './lib/container.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { eventually, freePort } from './lib/script.mjs';

const START_MS = 60_000;
const STOP_MS = 3_000; // docker itself would kill after 10 s

let container;
let url;

before(async () => {
    const port = await freePort();
    const started = Date.now();
    url = `http://127.0.0.1:${port}/`;
    container = await startContainer('--publish', `127.0.0.1:${port}:8070`);
    await eventually('the image is healthy', async () => (await fetch(new URL('/api/health', url))).ok, START_MS);
    console.error(`standalone-image: healthy ${Date.now() - started} ms after docker run`);
});

after(() => container && removeContainer(container));

test('what browsers load lies there compressed, before anybody has asked for it', async () => {
    const page = await (await fetch(url)).text();
    const script = new URL(page.match(/src="([^"]+\/workbench\.js)"/)[1], url);
    for (const [coding, most] of [['br', 4_000_000], ['gzip', 5_500_000]]) {
        const answer = await fetch(script, { headers: { 'Accept-Encoding': coding } });
        assert.equal(answer.headers.get('content-encoding'), coding);
        const length = Number(answer.headers.get('content-length'));
        assert.ok(length > 1_000_000 && length < most, `${coding}: ${length} bytes`);
        assert.match(await answer.text(), /Microsoft Corporation/);
    }
});

test('the workbench works', async () => {
    const disk = diskIn(container, '/home/calliope/workspace');
    await proveWorkbench({ name: 'standalone-image', url, disk, owner: '1000:100' });
});

test('nothing but uid 1000 runs in it', async () => {
    const processes = await processesOf(container);
    assert.match(processes.map(({ command }) => command).join('\n'), /waiide-init[^]*server-main\.js/);
    assert.deepEqual(processes.filter(({ uid }) => uid !== 1000), []);
});

test('its health check is healthy', async () => {
    await eventually('healthy', async () => (await inspect(container)).State.Health.Status === 'healthy', START_MS);
    const { code, output } = await tryDocker('exec', container, 'waiide-init', 'healthcheck');
    assert.equal(code, 0, output);
});

test('status lists its services', async () => {
    const { services } = JSON.parse(await docker('exec', container, 'waiide-init', 'status', '--json'));
    assert.deepEqual(services.map(({ name, state }) => `${name} ${state}`).sort(), ['gateway running', 'ide running']);
});

test('a killed IDE comes back', async () => {
    const ide = async () => (await (await fetch(new URL('/api/services/ide', url))).json());
    const before = await ide();
    await docker('exec', container, 'kill', '-KILL', String(before.pid));
    const again = await eventually('another process', async () => {
        const now = await ide();
        return now.ready && now.pid !== before.pid && now;
    });
    assert.equal(again.restarts, before.restarts + 1);
});

test('docker stop ends it soon, with 0', async () => {
    const started = Date.now();
    await docker('stop', container);
    const took = Date.now() - started;
    console.error(`standalone-image: stopped in ${took} ms`);
    assert.ok(took < STOP_MS, `${took} ms`);
    assert.equal((await inspect(container)).State.ExitCode, 0);
});

test('another program runs in its place, as the user, and gives its exit code', async () => {
    assert.match(await docker('run', '--rm', IMAGE, '--', 'id'), /uid=1000\(calliope\) gid=100\(users\) groups=100\(users\)/);
    assert.match(await docker('run', '--rm', IMAGE, 'id', '-u'), /^1000$/m);
    assert.equal((await tryDocker('run', '--rm', IMAGE, '--', 'sh', '-c', 'exit 7')).code, 7);
    assert.equal((await tryDocker('run', '--rm', IMAGE, '--', 'no-such-program')).code, 127);
});

// What an image adds to the image, and what a terminal and a limit do to it: in real containers.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DOCKER, IMAGE, docker, inspect, removeContainer, startContainer, tryDocker } from './lib/container.mjs';
import { Running, eventually } from './lib/script.mjs';

const START_MS = 60_000;
const MEMORY = 400; // MB: enough for the IDE, and soon eaten

let folder;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waiide-additions-'));
    await chmod(folder, 0o755);
});

after(() => rm(folder, { recursive: true, force: true }));

/** A folder that stands for /etc/waiide, with these files; hooks are executable. */
async function additions(name, files) {
    for (const [path, text] of Object.entries(files)) {
        const file = join(folder, name, path);
        await mkdir(join(file, '..'), { recursive: true });
        await writeFile(file, text);
        await chmod(file, path.endsWith('.toml') ? 0o644 : 0o755);
    }
    return ['--volume', `${join(folder, name)}:/etc/waiide:ro`];
}

async function status(container, service) {
    const { services } = JSON.parse(await docker('exec', container, 'waiide-init', 'status', '--json'));
    return services.find(({ name }) => name === service);
}

const isHealthy = async (container) => (await tryDocker('exec', container, 'waiide-init', 'healthcheck')).code === 0;

test('hooks run as root and as the user, and the services of the image beside the IDE', async () => {
    const volume = await additions('all', {
        'init.d/10-root': '#!/bin/sh\necho "COLOUR=blue" >> "$WAIIDE_ENV_FILE"; echo "hook of $(id -u)"',
        'user.d/10-user': '#!/bin/sh\necho "hook of $(id -u), $COLOUR"; ssh-agent -V 2>/dev/null; touch ~/hooked',
        'services.d/echo.toml': 'command = ["node", "-e", "require(\'net\').createServer().listen(9100, \'127.0.0.1\')"]\n'
            + 'readiness = { tcp = 9100 }\n',
    });
    const container = await startContainer(...volume);
    try {
        await eventually('healthy', () => isHealthy(container), START_MS);
        const log = await docker('logs', container);
        assert.match(log, /hook of 0/);
        assert.match(log, /hook of 1000, blue/);
        assert.equal(await docker('exec', container, 'stat', '--format', '%u', '/home/calliope/hooked'), '1000');
        assert.equal((await status(container, 'echo')).ready, true);
        await docker('stop', container);
        assert.equal((await inspect(container)).State.ExitCode, 0);
    } finally {
        await removeContainer(container);
    }
});

test('a hook that fails stops the start with 3 and says why', async () => {
    const volume = await additions('failing', { 'init.d/10-broken': '#!/bin/sh\necho "no licence"; exit 4' });
    const { code, output } = await tryDocker('run', '--rm', ...volume, IMAGE);
    assert.equal(code, 3);
    assert.match(output, /10-broken/);
    assert.match(output, /no licence/);
});

test('a service that eats the memory is named, with the remedy, and the others go on', async () => {
    const volume = await additions('hungry', {
        'services.d/hungry.toml': 'optional = true\nrestart = "never"\n'
            + 'command = ["node", "-e", "const a=[];for(;;)a.push(Buffer.alloc(1<<24,1))"]\n',
    });
    const limits = ['--memory', `${MEMORY}m`, '--memory-swap', `${MEMORY}m`];
    const container = await startContainer(...limits, ...volume);
    try {
        const failed = await eventually('it has failed', async () => {
            const hungry = await status(container, 'hungry');
            return hungry.state === 'failed' && hungry;
        }, START_MS);
        assert.match(failed.last_exit.message, /ran out of memory: give it more/);
        await eventually('healthy', () => isHealthy(container), START_MS);
    } finally {
        await removeContainer(container);
    }
});

test('docker run -it: keys, size and exit code are those of a terminal', async () => {
    const shell = Running.atTerminal([DOCKER, 'run', '--rm', '-it', IMAGE, '--', 'bash', '--norc', '-i']);
    const type = (text) => shell.type(text);
    type('echo an"swer" $((6*7)) $(id -u) $(tty)\n');
    await shell.printed(/answer 42 1000 \/dev\//, START_MS);
    type('sleep 1000; echo inter"rupted"\n');
    await eventually('the sleep', async () => /sleep 1000/.test(await docker('ps', '-q', '--filter', `ancestor=${IMAGE}`)
        .then((ids) => docker('top', ids.split('\n')[0], '-eo', 'pid,args'))), START_MS);
    type('\x03');
    type('echo on"ward" $?\n');
    await shell.printed(/onward 130/, START_MS);
    type('exit 5\n');
    assert.deepEqual(await shell.end(START_MS), { code: 5, signal: null });
});

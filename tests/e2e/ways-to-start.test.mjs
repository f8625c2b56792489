// Each way in which the image can be started: it works, or one message says what to change.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DOCKER, IMAGE, docker, inspect, processesOf, removeContainer, startContainer, tryDocker } from './lib/container.mjs';
import { eventually, run } from './lib/script.mjs';
import { Volumes, asRoot } from './lib/volume.mjs';

const START_MS = 60_000;
const HOME = '/home/calliope';
const SERVER = fileURLToPath(new URL('../namespace/ways_to_start/root_squash.py', import.meta.url));
// What the program needs of root's rights, and no more.
const THREE = ['--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--cap-add', 'SETUID', '--cap-add', 'SETGID'];
const NO_RIGHTS = ['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL'];
const READ_ONLY = ['--read-only', '--tmpfs', '/tmp', '--tmpfs', '/run'];
const POD = ['--env', 'KUBERNETES_SERVICE_HOST=10.0.0.1'];

let volumes;
let refusals = 0;

before(async () => {
    volumes = await Volumes.make();
});

after(() => volumes?.end());

const at = (folder, path = HOME) => ['--volume', `${folder}:${path}`];

/** Starts it; the services get ready, as this user, who can save files and end it with 0. */
async function works(options, { uid, gid = 100, home = HOME, log, code = 0 }) {
    const container = await startContainer(...options);
    try {
        const isHealthy = async () => (await tryDocker('exec', container, 'waiide-init', 'healthcheck')).code === 0;
        await eventually('healthy', isHealthy, START_MS);
        const ide = (await processesOf(container)).filter(({ command }) => command.includes('server-main.js'));
        assert.ok(ide.length > 0 && ide.every((process) => process.uid === uid), JSON.stringify(ide));
        const save = `cd ${home} && mkdir -p workspace/new && ls workspace > /dev/null && stat -c '%u:%g' workspace/new`;
        const made = await docker('exec', '--user', `${uid}:${gid}`, container, 'sh', '-c', save);
        assert.equal(made, `${uid}:${gid}`);
        if (log) assert.match(await docker('logs', container), log);
        await docker('stop', container);
        assert.equal((await inspect(container)).State.ExitCode, code);
    } catch (error) {
        await removeContainer(container, true);
        throw error;
    }
    await removeContainer(container);
}

/** It ends with this code and one message, which holds all of these; in a pod, nothing of Docker. */
async function refuses(options, expected, ...parts) {
    // Named, so that one that starts after all can be ended.
    const name = `waiide-refuses-${process.pid}-${refusals += 1}`;
    const command = [DOCKER, 'run', '--rm', '--name', name, ...options, IMAGE];
    const { code, output } = await run(command, { timeout: START_MS }).finally(() => tryDocker('rm', '--force', name));
    assert.equal(code, expected, output);
    const messages = output.split('\n').filter((line) => line.startsWith('waiide-init: '));
    assert.equal(messages.length, 1, output);
    for (const part of parts) assert.ok(messages[0].includes(part), `${part} is missing in:\n${messages[0]}`);
    if (options.includes(POD[1])) assert.doesNotMatch(messages[0], /docker/);
}

/** The same with a volume at the home, in which nothing is changed. */
async function refusesHome(folder, options, ...parts) {
    const before = await volumes.fileIn(folder);
    await refuses([...options, ...at(folder)], 3, ...parts);
    assert.equal(await volumes.fileIn(folder), before);
}

describe('works', { concurrency: 4 }, () => {
    test('root', async () => {
        const folder = await volumes.folder('of-root', 'touch old; ln -s /etc/shadow link');
        await works(at(folder), { uid: 1000 });
        assert.equal(await asRoot(folder, "stat -c '%u:%g' old work.txt . | sort -u; stat -L -c %u link"), '1000:100\n0');
    });

    test('root with CHOWN, SETUID and SETGID alone', async () => {
        await works(THREE, { uid: 1000 });
    });

    test("the same with a private home of the user's", async () => {
        const folder = await volumes.folder('private', 'chown -R 1000:100 .; chmod 700 .');
        await works([...THREE, ...at(folder)], { uid: 1000 });
    });

    test('root that may have no new privileges', async () => {
        await works(['--security-opt', 'no-new-privileges'], { uid: 1000 });
    });

    test('--user 1000', async () => {
        await works(['--user', '1000', ...NO_RIGHTS], { uid: 1000 });
    });

    test("OpenShift: any user, in root's group", async () => {
        const folder = await volumes.folder('openshift', 'chgrp -R 0 .; chmod -R g=u .');
        await works(['--user', '1000660000:0', ...NO_RIGHTS, ...POD, ...at(folder)], { uid: 1000660000, gid: 0 });
    });

    test('Kubernetes: runAsUser, fsGroup, no privilege escalation', async () => {
        const folder = await volumes.folder('fsgroup', 'chgrp -R 100 .; chmod -R g+rwX .; chmod g+s .');
        const options = ['--user', '1000:1000', '--group-add', '100', ...NO_RIGHTS, ...POD];
        await works([...options, ...at(folder)], { uid: 1000 });
        assert.equal(await asRoot(folder, "stat -c '%a %u:%g' workspace"), '2755 1000:100');
    });

    test('a read-only root with a volume', async () => {
        const folder = await volumes.folder('read-only-root', 'true');
        await works([...READ_ONLY, ...at(folder)], { uid: 1000 });
    });

    test('a read-only root with a home in memory', async () => {
        await works([...READ_ONLY, '--tmpfs', `${HOME}:exec,mode=755,uid=1000,gid=100`], { uid: 1000 });
    });

    test('a read-only root for a user', async () => {
        const folder = await volumes.folder('read-only-user', 'chown -R 1000:100 .');
        await works([...READ_ONLY, '--user', '1000', ...NO_RIGHTS, ...at(folder)], { uid: 1000 });
    });

    test('a home that is full, with all in it that is needed', async () => {
        const fill = await volumes.folder('fill', `
            cat > fill <<'END'
#!/bin/sh
cd ${HOME}; mkdir -p workspace/new .jupyter .WAIIDE-server; chown -R 1000:100 .
cat /dev/zero > all 2>/dev/null; exit 0
END
            chmod 755 fill; rm work.txt`);
        const home = ['--tmpfs', `${HOME}:size=4m,mode=755`];
        await works([...home, ...at(fill, '/etc/waiide/init.d')], { uid: 1000, log: /is full \(0 B of 4\.0 MiB/ });
    });

    test("a home of another id's, run as that id", async () => {
        const folder = await volumes.folder('of-1001', 'chown -R 1001:1002 .');
        await works([...at(folder), '--env', 'NB_UID=1001', '--env', 'NB_GID=1002'], { uid: 1001, gid: 1002 });
    });
});

describe('says what to change', { concurrency: 4 }, () => {
    test('root without a capability', async () => {
        await refuses(['--cap-drop', 'ALL'], 2, '--cap-add SETUID', '--cap-add SETGID');
    });

    test('root that may not change owners', async () => {
        const some = ['--cap-drop', 'ALL', '--cap-add', 'SETUID', '--cap-add', 'SETGID'];
        await refuses(some, 3, '--cap-add CHOWN');
        await refuses([...some, ...POD], 3, 'capabilities.add: [CHOWN]');
    });

    test("a home of another id's", async () => {
        const folder = await volumes.folder('anothers', 'chown -R 1001:1002 .; chmod 755 .');
        const chown = `chown -R 1000:100 ${folder}`;
        await refusesHome(folder, [], '1001:1002', '1000:100', '--uid 1001 --gid 1002', chown);
        await refusesHome(folder, ['--user', '1000'], '1001:1002', 'docker run --user 1001:1002', chown);
        await refusesHome(folder, POD, 'WAIIDE_UID=1001', 'init container');
        await refusesHome(folder, ['--user', '1000', ...POD], 'fsGroup: 100', 'runAsUser: 1001');
    });

    test("OpenShift: root's group may not write", async () => {
        const folder = await volumes.folder('no-group', 'chmod 755 .');
        await refusesHome(folder, ['--user', '1000660000:0', ...POD], 'chmod -R g+rwX', '1000660000:0');
    });

    test('a read-only root without a volume', async () => {
        const elsewhere = ['--env', 'WAIIDE_HOME=/home/alice'];
        await refuses([...READ_ONLY, ...elsewhere], 3, '--read-only', '-v NAME:/home/alice', '--tmpfs /home/alice:');
        await refuses([...READ_ONLY, ...POD], 3, 'readOnlyRootFilesystem', `mountPath: ${HOME}`);
        await refuses([...READ_ONLY, '--user', '1000', ...elsewhere, '--env', 'HOME=/'], 3, '-v NAME:/home/alice');
    });

    test('a home that is mounted read-only', async () => {
        const folder = await volumes.folder('mounted-ro', 'chown -R 1000:100 .');
        for (const user of [[], ['--user', '1000']]) {
            await refuses([...user, '--volume', `${folder}:${HOME}:ro`], 3, `The volume at ${HOME}`, 'without :ro');
        }
    });

    test('a home that is full', async () => {
        const full = ['--tmpfs', `${HOME}:nr_inodes=2,mode=755,uid=1000,gid=100`];
        await refuses(full, 3, '0 of 2 inodes free', 'nr_inodes=');
        await refuses([...full, ...POD], 3, '0 of 2 inodes free', 'sizeLimit');
    });

    test('a file in place of the home', async () => {
        const folder = await volumes.folder('file', 'true');
        // The engine itself refuses one in place of a directory that the image has.
        const home = ['--env', 'WAIIDE_HOME=/home/alice', ...at(join(folder, 'work.txt'), '/home/alice')];
        await refuses(home, 3, 'no directory but a file', 'docker run -v a directory instead');
    });
});

/** A server that treats root as nobody, of a folder; returns what ends it, or why there is none. */
async function serve(folder, point) {
    if (process.getuid() !== 0) return { missing: 'only root can mount a file system' };
    if (!await access('/dev/fuse').then(() => true, () => false)) return { missing: 'there is no /dev/fuse' };
    await mkdir(point);
    const server = spawn('python3', [SERVER, folder, point], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
        server.stdout.once('data', resolve);
        server.once('exit', (code) => reject(new Error(`${SERVER} ended with ${code}`)));
    });
    return { end: () => run(['umount', '--lazy', point]) };
}

describe('a server that squashes root (FUSE in the place of NFS)', () => {
    async function onServer(t, name, script, check) {
        const folder = await volumes.folder(name, script);
        const point = join(volumes.path, `${name}-served`);
        const { missing, end } = await serve(folder, point);
        if (missing) return t.skip(missing);
        return check(point).finally(end);
    }

    test("the user's home", (t) => onServer(t, 'squash-user', 'chown -R 1000:100 .', (point) =>
        works(at(point), { uid: 1000 })));

    test("another's home", (t) => onServer(t, 'squash-other', 'chown -R 1001:1001 .; chmod 755 .', (point) =>
        refuses(at(point), 3, '1001:1001', '--uid 1001', 'nas:/export')));

    test("root's home", (t) => onServer(t, 'squash-root', 'chmod 755 .', (point) =>
        refuses(at(point), 3, 'root_squash', 'chown -R 1000:100', 'nas:/export')));
});

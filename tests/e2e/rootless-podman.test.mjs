// The image under rootless Podman: user namespaces as an engine makes them.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PERSON, Podman, RANGE } from './lib/podman.mjs';

const HOME = '/home/calliope';
const KEEP_ID = '--userns=keep-id:uid=1000,gid=100';
// Shows who it is, saves a file, and shows whose it is.
const SAVE = ['--', 'sh', '-c', 'id -u; id -g; cd; cat work.txt; echo new > workspace/new; stat -c %u:%g workspace/new'];

let podman;

before(async () => {
    podman = await Podman.make();
});

after(() => podman?.end());

const at = (folder) => ['--volume', `${folder}:${HOME}`];

/** Who has a file on the host. */
async function ownerOf(...path) {
    const { uid, gid } = await stat(join(...path));
    return `${uid}:${gid}`;
}

async function works(options, shown, words = SAVE) {
    const { code, output } = await podman.run(options, words);
    assert.equal(code, 0, output);
    assert.ok(output.includes(shown), output);
    return output;
}

async function refuses(options, expected, ...parts) {
    const { code, output } = await podman.run(options);
    assert.equal(code, expected, output);
    const messages = output.split('\n').filter((line) => line.startsWith('waiide-init: '));
    assert.equal(messages.length, 1, output);
    for (const part of parts) assert.ok(messages[0].includes(part), `${part} is missing in:\n${messages[0]}`);
}

test('all services get ready', async () => {
    const wait = 'waiide-init --run-dir /tmp/inner & for i in $(seq 300); do '
        + 'waiide-init healthcheck --run-dir /tmp/inner && exit 0; sleep 0.1; done; exit 1';
    await works(['--entrypoint', 'sh'], 'healthy', ['-c', wait]);
});

test("a person's own folder is given to the user, and that is said", async () => {
    const folder = await podman.folder('own', PERSON);
    const output = await works(at(folder), '1000\n100\nmine\n1000:100\n');
    assert.match(output, new RegExp(`user ${PERSON}'s on the host.*user ${RANGE + 999}.*${KEEP_ID}`));
    assert.equal(await ownerOf(folder, 'work.txt'), `${RANGE + 999}:${RANGE + 99}`);
});

test('with keep-id it stays theirs', async () => {
    const folder = await podman.folder('kept', PERSON);
    await works([KEEP_ID, ...at(folder)], '1000\n100\nmine\n1000:100\n');
    assert.equal(await ownerOf(folder, 'workspace/new'), `${PERSON}:${PERSON}`);
});

test("another id's folder is told with the ids of the host", async () => {
    const folder = await podman.folder('another', RANGE + 1000);
    const chown = `chown -R ${RANGE + 999}:${RANGE + 99} ${folder}`;
    await refuses(at(folder), 3, 'belongs to 1001:1001', '--uid 1001 --gid 1001', chown);
    await refuses([KEEP_ID, ...at(folder)], 3, 'belongs to 1001:1001', `podman unshare chown -R 0:0 ${folder}`);
    assert.equal(await ownerOf(folder, 'work.txt'), `${RANGE + 1000}:${RANGE + 1000}`);
});

test('a folder of an id that is not mapped', async () => {
    const folder = await podman.folder('unmapped', 4321);
    await refuses(at(folder), 3, '65534', 'it knows 0-65536', 'podman unshare chown -R 1000:100', KEEP_ID);
});

test('a user namespace that knows root alone', async () => {
    await refuses(['--uidmap', '0:0:1', '--gidmap', '0:0:1'], 2, 'user 1000 and group 100', '/etc/subuid', KEEP_ID);
});

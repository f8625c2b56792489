// The Hub restarted while alice works, as production has it: her server stays, and the proxy does
// until the new Hub puts its own in that one's place.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { screenshot, withPage } from './lib/browser.mjs';
import { diskIn, docker, inspect } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { eventually } from './lib/script.mjs';
import { Visitor } from './lib/visitor.mjs';
import { Workbench } from './lib/workbench.mjs';

const PATIENCE_MS = 120_000;
// A terminal that draws text can be read. It stays as it is when an extension adds to its
// environment: what was typed meanwhile would be gone.
const SETTINGS = { 'terminal.integrated.gpuAcceleration': 'off', 'terminal.integrated.environmentChangesRelaunch': false };

let hub;
let container;
let disk;

before(async () => {
    hub = await Hub.start({ configs: ['tests/e2e/hub-configs/stays.py'] });
    await hub.addUsers('alice');
    await hub.startServer('alice');
    container = hub.container('alice');
    disk = diskIn(container, '/home/alice/workspace');
    await giveSettings();
});

after(() => hub?.discard());

const written = (file) => eventually(file, () => disk.read(file), PATIENCE_MS);

async function giveSettings() {
    const script = 'mkdir -p /home/alice/workspace/.vscode && printf %s "$1" >/home/alice/workspace/.vscode/settings.json';
    await docker('exec', '--user', '1000', container, 'sh', '-c', script, 'sh', JSON.stringify(SETTINGS));
}

/** Has the shell say who it is and what it remembers. */
async function ask(workbench, file) {
    await workbench.runInShell(`echo $$ $memory > ${file}`);
    return written(file);
}

test('alice works on in the same shell, without the Hub and with the next one', async (t) => {
    const { Id, State } = await inspect(container);
    try {
        await withPage('hub-restart', async (page) => {
            const { workbench } = await Workbench.open(page, `${hub.url}/`, () => logIn(page, 'alice'));
            await workbench.openTerminal();
            await workbench.runInShell('memory=kept; echo $$ > first.txt');
            const shell = `${(await written('first.txt')).trim()} kept\n`;

            await hub.interrupt();
            assert.equal(await ask(workbench, 'without.txt'), shell);

            // The next that is opened: the old one went with the old proxy.
            const connected = page.waitForEvent('websocket', { timeout: PATIENCE_MS });
            await hub.startAgain();
            await connected;
            await workbench.waitUntilUsable();
            assert.equal(await ask(workbench, 'after.txt'), shell);
            await screenshot(page, 'hub-restart');
        });
    } catch (error) {
        t.diagnostic(hub.log.slice(-4000));
        throw error;
    }
    const now = await inspect(container);
    assert.deepEqual([now.Id, now.State.StartedAt], [Id, State.StartedAt], 'the same container, started once');
});

test('who logs in at the new Hub comes into the old server', async () => {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, 'alice');
    const { status, text, trail } = await visitor.get(`${hub.url}/user/alice/ide/`);
    assert.equal(status, 200, trail.join('\n'));
    assert.match(text, /vscode-workbench-web-configuration/);
});

test('the new Hub stops the old server', async () => {
    await hub.stopServer('alice');
    assert.deepEqual(await hub.containers(), []);
});

// What a person loses when the gateway or the IDE is killed while they work: no shell with the
// gateway, and with the IDE no more than it takes to load the page again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { screenshot, withPage } from './lib/browser.mjs';
import { Gateway } from './lib/gateway.mjs';
import { eventually } from './lib/script.mjs';
import { Workbench } from './lib/workbench.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };
const PATIENCE_MS = 60_000;

let gateway;

before(async () => {
    gateway = await Gateway.start();
    await gateway.ready();
});

after(() => gateway?.stop());

const written = (file) => eventually(file, () => gateway.disk.read(file), PATIENCE_MS);
const restarted = (name, pid) => eventually(`${name} again`, async () => {
    const now = await gateway.service(name);
    return now.ready && now.pid !== pid;
}, PATIENCE_MS);

test('the gateway is killed: the shell and all in it survive', LIMIT, async () => {
    await withPage('gateway-killed', async (page) => {
        const { workbench } = await Workbench.open(page, gateway.url);
        await workbench.openTerminal();
        await workbench.runInShell('memory=kept; echo $$ > before.txt');
        const shell = await written('before.txt');

        const closed = page.waitForEvent('websocket', { timeout: PATIENCE_MS }); // the next one that is opened
        await restarted('gateway', await gateway.kill('gateway'));
        await closed;
        await workbench.waitUntilUsable();
        await workbench.runInShell('echo $$ $memory > after.txt', { once: true });
        assert.equal(await written('after.txt'), `${shell.trim()} kept\n`);
    });
});

test('the IDE is killed: the page offers to load itself again, and all works', LIMIT, async () => {
    await withPage('gateway-ide-killed', async (page) => {
        const { workbench } = await Workbench.open(page, gateway.url);
        await workbench.openTerminal();
        await restarted('ide', await gateway.kill('ide'));
        const reloaded = page.waitForEvent('domcontentloaded', { timeout: 2 * PATIENCE_MS }); // else the old page is looked at
        await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Reload Window' }).click({ timeout: PATIENCE_MS });
        await reloaded;
        await workbench.waitUntilUsable();
        await workbench.openTerminal();
        await workbench.runInShell('echo $((6*7)) > anew.txt');
        assert.equal(await written('anew.txt'), '42\n');
        await screenshot(page, 'gateway-ide-killed');
    });
});

test('the IDE is killed while nobody looks: a page that is opened meanwhile turns into the IDE', LIMIT, async () => {
    await withPage('gateway-ide-gone', async (page) => {
        await gateway.kill('ide');
        await Workbench.open(page, gateway.url);
    });
});

// An IDE that has its webviews from another origin: what --webviews same-origin makes of it, and what
// doctor says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withPage } from './lib/browser.mjs';
import { Gateway, HOME } from './lib/gateway.mjs';
import { eventually } from './lib/script.mjs';
import { Workbench } from './lib/workbench.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };
const PATIENCE_MS = 60_000;

async function start(t, settings) {
    const ide = await readFile(fileURLToPath(new URL('lib/foreign-webviews.sh', import.meta.url)));
    const gateway = await Gateway.start({
        base: '/user/alice/',
        extension: true,
        files: { 'ide.sh': ide },
        settings: ['--ide-command', `${HOME}/ide.sh {ide_port}`, ...settings],
    });
    t.after(() => gateway.stop());
    await gateway.ready();
    return gateway;
}

async function openWebview(page, gateway) {
    const { workbench } = await Workbench.open(page, gateway.url);
    await workbench.openView('Proof View', /process \d+/);
    await workbench.openPanel('Proof: Open Webview', 'Proof');
    return workbench;
}

test('as they are, they are asked of the other origin, and doctor says whose turn it is', LIMIT, async (t) => {
    const gateway = await start(t, []);
    await withPage('webviews-as-they-are', async (page) => {
        await openWebview(page, gateway);
        const frame = page.locator('iframe.webview').first();
        await frame.waitFor({ state: 'attached', timeout: PATIENCE_MS });
        assert.match(await frame.getAttribute('src'), /^https:\/\/[^/]*\.cdn\.invalid\/pre\//);
    });
    const { code, output } = await gateway.doctor();
    assert.equal(code, 1, output);
    assert.match(output, /broken +voice +the IDE has its webviews from https:\/\/\{\{uuid\}\}\.cdn\.invalid/);
    assert.match(output, /change \(container\): set WAIIDE_WEBVIEWS=same-origin/);
});

test('turned to the same origin they work', LIMIT, async (t) => {
    const gateway = await start(t, ['--webviews', 'same-origin']);
    await withPage('webviews-same-origin', async (page) => {
        const workbench = await openWebview(page, gateway);
        await workbench.webview.locator('#title', { hasText: 'A webview that works' }).waitFor({ timeout: PATIENCE_MS });
        const found = JSON.parse(await eventually('webview.json', () => gateway.disk.read('webview.json'), PATIENCE_MS));
        assert.equal(found.origin, gateway.origin);
    });
    const { code, output } = await gateway.doctor(['--webviews', 'same-origin']);
    assert.equal(code, 0, output);
    assert.match(output, /ok +voice +the IDE's webviews are turned to its own origin/);
});

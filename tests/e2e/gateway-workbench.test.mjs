// The real workbench through the gateway, as a person uses it: at / and under a base path, plain and
// with a token.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { screenshot, withPage } from './lib/browser.mjs';
import { Gateway, HOME } from './lib/gateway.mjs';
import { eventually } from './lib/script.mjs';
import { Workbench } from './lib/workbench.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };
const SAVED_MS = 60_000;
const TOKEN = 'a+token/of=odd&characters#and%20more';
const withToken = { files: { token: `${TOKEN}\n` }, settings: ['--token-file', `${HOME}/token`] };

for (const [name, base, options, address, enter] of [
    ['plain', '/', {}, (gateway) => gateway.url],
    ['base-path', '/user/alice/', {}, (gateway) => gateway.url.slice(0, -1)],
    ['sign-in', '/', withToken, (gateway) => gateway.at('?folder=/home/calliope/workspace'), signIn],
    ['link', '/user/alice/', withToken, (gateway) => gateway.at(`?token=${encodeURIComponent(TOKEN)}`), checkAddress],
]) {
    test(`the workbench: ${name}`, LIMIT, async (t) => {
        const gateway = await Gateway.start({ base, extension: true, ...options });
        t.after(() => gateway.stop());
        await gateway.ready();
        await withPage(`gateway-${name}`, (page) => prove(page, gateway, { name, url: address(gateway), enter }));
    });
}

/** The sign-in page, first with a wrong token. The person ends up where they wanted to go. */
async function signIn(page) {
    await page.fill('#token', 'not the token');
    await page.click('button[type=submit]');
    await page.locator('#trouble', { hasText: 'not this server’s token' }).waitFor();
    await page.fill('#token', TOKEN);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.search === '?folder=/home/calliope/workspace');
    assert.equal(await page.evaluate(() => document.cookie.includes('session')), false, 'no script sees the session');
}

/** The token is gone from the address, and from what the browser goes back to. */
async function checkAddress(page) {
    assert.equal(new URL(page.url()).search, '');
    assert.equal(await page.evaluate(() => history.length), 2, 'the empty page, and the workbench');
}

async function prove(page, gateway, { name, url, enter }) {
    const bad = [];
    // What the VS Code server itself lacks is 404.
    page.on('response', (answer) => [403, 500, 502, 503].includes(answer.status()) && bad.push(`${answer.status()} ${answer.url()}`));
    page.on('console', (message) => /frame-ancestors|ERR_BLOCKED/.test(message.text()) && bad.push(message.text()));

    const { workbench, milliseconds } = await Workbench.open(page, url, enter);
    console.error(`${name}: a usable workbench ${milliseconds} ms after opening the page`);
    await workbench.openView('Proof View', /process \d+/);
    await workbench.openPanel('Proof: Open Webview', 'Proof');
    await workbench.webview.locator('#title', { hasText: 'A webview that works' }).waitFor({ timeout: SAVED_MS });
    const found = JSON.parse(await eventually('webview.json', () => gateway.disk.read('webview.json'), SAVED_MS));
    assert.deepEqual(found, { picture: 42, color: 'rgb(12, 34, 56)', origin: gateway.origin });

    await workbench.openTerminal();
    await workbench.runInShell('echo "$((6*7)) $(id -u) $PWD" > proof.txt');
    const written = await eventually('proof.txt', () => gateway.disk.read('proof.txt'), SAVED_MS);
    assert.equal(written, `42 1000 ${HOME}/workspace\n`);
    await workbench.editFile('proof.txt', 'saved in the browser');
    await eventually('proof.txt, saved', async () => (await gateway.disk.read('proof.txt')) === 'saved in the browser', SAVED_MS);
    assert.equal(await gateway.disk.owner('proof.txt'), '1000:100');
    await screenshot(page, `gateway-${name}`);
    assert.deepEqual(bad, []);
}

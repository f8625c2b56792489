// Pages of other sites, and what they get of the IDE. Each attack is shown to work first, where the
// VS Code server stands alone, so that one that fails says something.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BareServer } from './lib/bare.mjs';
import { openBrowser } from './lib/browser.mjs';
import { Gateway, HOME } from './lib/gateway.mjs';
import * as hostile from './lib/hostile.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };
const SECRET = {
    'secret.js': 'window.secret = "the secret";',
    'secret.css': 'body { color: rgb(1, 2, 3); }',
    'secret.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="42" height="24"/>',
};
// Any of these names is this machine's. Over plain http to one of them, no browser says who embeds.
const NAME = 'ide.example';
const FLAGS = ['--host-resolver-rules=MAP *.example 127.0.0.1'];
// The page that webviews run in listens to pages of its own host name alone.
const SAME_NAME = new Set([hostile.orderWebview]);
const ATTACKS = [
    hostile.fetchBlindly, hostile.embedScript, hostile.embedStyle, hostile.embedImage,
    hostile.openWebSocket, hostile.frameWorkbench, hostile.orderWebview,
];
const words = (attack) => attack.name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

let bare, gateway, site, browser, context;

before(async () => {
    const files = Object.fromEntries(Object.entries(SECRET).map(([name, text]) => [`workspace/${name}`, text]));
    gateway = await Gateway.start({ files, settings: ['--allowed-hosts', NAME] });
    bare = await BareServer.start({ files: SECRET });
    site = await hostile.HostileSite.start();
    browser = await openBrowser(FLAGS);
    context = await browser.newContext();
    await gateway.ready();
});

after(async () => {
    await browser?.close();
    site?.stop();
    await Promise.all([bare?.stop(), gateway?.stop()]);
});

const bareAt = (host) => ({ base: `http://${host}:${bare.port}/`, commit: bare.commit, file: `${bare.workspace}/secret` });
const gatewayAt = (host) => ({ base: `http://${host}:${gateway.port}/`, commit: bare.commit, file: `${HOME}/workspace/secret` });

/** Runs `use` with a page at `address`. */
async function withPageAt(address, use) {
    const page = await context.newPage();
    try {
        await page.goto(address);
        return await use(page);
    } finally {
        await page.close();
    }
}

const attack = (host, it, target) => withPageAt(site.at(host), (page) => hostile.attempt(page, it, target));

for (const [host, target, whose] of [
    ['127.0.0.1', '127.0.0.1', 'on another port'],
    ['evil.example', '127.0.0.1', 'of another name'],
    [NAME, NAME, 'on another port of a name without https'],
    ['evil.example', NAME, 'of another name, at a name without https'],
]) {
    for (const it of ATTACKS) {
        if (SAME_NAME.has(it) && host !== target) continue;
        test(`a page ${whose}: ${words(it)}`, LIMIT, async () => {
            assert.ok(await attack(host, it, bareAt(target)), 'it gets nothing of the bare server');
            assert.equal(await attack(host, it, gatewayAt(target)), null);
        });
    }
}

for (const tag of ['object', 'embed']) {
    test(`a webview does not obey an <${tag}> either`, LIMIT, async () => {
        assert.ok(await attack('127.0.0.1', hostile.orderWebview, { ...bareAt('127.0.0.1'), tag }));
        assert.equal(await attack('127.0.0.1', hostile.orderWebview, { ...gatewayAt('127.0.0.1'), tag }), null);
    });
}

test('no answer is read across origins, and neither is one of the API', LIMIT, async () => {
    for (const host of ['127.0.0.1', 'evil.example']) {
        // The same code reads what may be read.
        assert.ok(await attack(host, hostile.fetchAndRead, { base: site.at('other.example') }));
        for (const path of ['', 'api/']) {
            const base = `${gatewayAt('127.0.0.1').base}${path}`;
            assert.equal(await attack(host, hostile.fetchAndRead, { base }), null);
        }
    }
});

test('a form of another site commands nothing, one of ours does', LIMIT, async () => {
    const send = async (page) => {
        const answered = page.waitForResponse((answer) => answer.url().endsWith('/start'));
        await page.evaluate(hostile.sendForm, gatewayAt('127.0.0.1'));
        // A page that is closed on its way to another hangs.
        await page.waitForURL('**/start');
        return (await answered).status();
    };
    for (const host of ['127.0.0.1', 'evil.example']) {
        assert.equal(await withPageAt(site.at(host), send), 403);
    }
    // PID 1 has taken it.
    assert.equal(await withPageAt(gateway.at('api/status'), send), 202);
});

test('a name that turns into our address is refused, in words that say how to allow it', LIMIT, async () => {
    const rebound = (server) => `http://rebound.example:${server.port}/`;
    const read = (page) => page.evaluate((path) => fetch(path).then((answer) => answer.text()), `/vscode-remote-resource?path=${bareAt('').file}.js`);
    assert.equal(await withPageAt(rebound(bare), read), SECRET['secret.js'], 'the bare server answers to any name');

    await withPageAt(rebound(gateway), async (page) => {
        const text = await page.locator('main').innerText();
        assert.match(text, /--allowed-hosts rebound\.example/);
        assert.match(text, /WAIIDE_ALLOWED_HOSTS=rebound\.example/);
        for (const path of ['/', '/api/services', `/vscode-remote-resource?path=${HOME}/workspace/secret.js`]) {
            const status = await page.evaluate((it) => fetch(it).then((answer) => answer.status, () => null), path);
            assert.ok(status === 403 || status === null, `${path}: ${status}`);
        }
        const base = rebound(gateway);
        assert.equal(await page.evaluate(hostile.openWebSocket, { base, commit: bare.commit }), null);
    });
});

test('a link of another site leads to the workbench', LIMIT, async () => {
    await withPageAt(site.at('evil.example'), async (page) => {
        await page.evaluate((href) => document.body.append(Object.assign(document.createElement('a'), { href, textContent: 'IDE' })), gateway.url);
        await page.click('text=IDE');
        await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    });
});

// The gateway's own pages in a real browser: while the IDE starts, fails and is stopped, the status
// page, signing in, and what is not served. Each is looked at in light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser, screenshot } from './lib/browser.mjs';
import { Gateway, HOME } from './lib/gateway.mjs';
import { eventually } from './lib/script.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };
const PATIENCE_MS = 60_000;
const LOOKS = [1280, 390].flatMap((width) => ['light', 'dark'].map((colorScheme) => ({ width, colorScheme })));

let browser, gateway;

before(async () => {
    const ide = await readFile(fileURLToPath(new URL('lib/slow-ide.sh', import.meta.url)));
    gateway = await Gateway.start({
        base: '/user/alice/',
        files: { 'ide.sh': ide, wait: '' },
        settings: ['--ide-command', `${HOME}/ide.sh {ide_port}`],
    });
    browser = await openBrowser(['--host-resolver-rules=MAP *.example 127.0.0.1']);
});

after(async () => {
    await browser?.close();
    await gateway?.stop();
});

const tell = (name) => writeFile(join(gateway.home, name), '');
const untell = (name) => rm(join(gateway.home, name), { force: true });
const command = (word) => fetch(gateway.at(`api/services/ide/${word}`), { method: 'POST' });
const state = async (word) => (await gateway.service('ide')).state === word;

/** Runs `use` with a page in a browser of the given looks. `odd` gets what should not have happened. */
async function withPage(use, { width = 1280, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width, height: 844 }, ...options });
    try {
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        return await use(page);
    } finally {
        await context.close();
    }
}

/** Opens a page in all its looks, and keeps a picture of each once `shows` is there. */
async function look(name, url, shows) {
    for (const { width, colorScheme } of LOOKS) {
        await withPage(async (page) => {
            const odd = [];
            const { origin } = new URL(url);
            page.on('request', (request) => /^(data:|blob:)/.test(request.url()) || new URL(request.url()).origin === origin || odd.push(request.url()));
            page.on('console', (message) => message.type() === 'error' && !/the server responded with a status/.test(message.text()) && odd.push(message.text()));
            page.on('pageerror', (error) => odd.push(error.message));
            await page.goto(url);
            await page.locator('main', { hasText: shows }).waitFor();
            const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            assert.ok(content <= window, `${name} is ${content} pixels wide in ${window}`);
            assert.deepEqual(await page.evaluate(unreadable), [], `${name}, ${colorScheme}: too little contrast`);
            assert.deepEqual(odd, [], name);
            await screenshot(page, `gateway-page-${name}-${width}-${colorScheme}`);
        }, { width, colorScheme });
    }
}

/** Runs in the page: the texts that stand out from their ground by less than 4.5 to 1 (WCAG 2.2, 1.4.3). */
function unreadable() {
    const numbers = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((it) => it / 255)
        .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
        .reduce((sum, it, index) => sum + it * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = (element) => {
        for (let it = element; it; it = it.parentElement) {
            const color = numbers(getComputedStyle(it).backgroundColor);
            if (color[3] !== 0) return color;
        }
        return [255, 255, 255];
    };
    const own = (element) => [...element.childNodes].some((it) => it.nodeType === Node.TEXT_NODE && it.textContent.trim());
    return [...document.querySelectorAll('main *')].filter((it) => own(it) && it.checkVisibility() && !it.disabled).filter((it) => {
        const [light, dark] = [luminance(numbers(getComputedStyle(it).color)), luminance(ground(it))].sort((a, b) => b - a);
        return (light + 0.05) / (dark + 0.05) < 4.5;
    }).map((it) => it.textContent);
}

test('the start-up page follows a start, a failure and a restart, and turns into the IDE', LIMIT, async () => {
    await withPage(async (page) => {
        await page.goto(gateway.url);
        await page.locator('h1', { hasText: 'Starting your IDE' }).waitFor();
        assert.equal(await page.locator('#lead').getAttribute('role'), 'status');
        await page.locator('.services', { hasText: /IDE\s*waiting for its first answer/ }).waitFor();
        await look('starting', gateway.url, 'waiting for its first answer');

        await tell('fail');
        await command('restart');
        await page.locator('h1', { hasText: 'Your IDE ended' }).waitFor();
        await page.locator('[role=alert]', { hasText: 'exited with code 1 (a part of it is not installed' }).waitFor();
        await page.locator('#log', { hasText: 'Cannot find module' }).waitFor();
        await look('failing', gateway.url, 'Cannot find module');

        await untell('fail');
        await untell('wait');
        await command('restart');
        await page.locator('.monaco-workbench .part.statusbar').waitFor();
        assert.equal(page.url(), gateway.url);
    });
});

test('a stopped IDE says so, and is started from the page', LIMIT, async () => {
    await command('stop');
    await eventually('it is stopped', () => state('stopped'), PATIENCE_MS);
    await look('stopped', gateway.url, 'Your IDE is stopped');
    await withPage(async (page) => {
        await page.goto(gateway.at('?folder=/home/calliope'));
        await page.click('text=Start it');
        await page.locator('#vscode-workbench-web-configuration').waitFor({ state: 'attached' });
        assert.equal(page.url(), gateway.at('?folder=/home/calliope'));
    });
});

test('without scripts, the start-up page asks again until there is an IDE', LIMIT, async () => {
    await tell('wait');
    await command('restart');
    await eventually('it starts', () => state('starting'), PATIENCE_MS);
    await withPage(async (page) => {
        await page.goto(gateway.url);
        await page.locator('.note', { hasText: 'The IDE is starting.' }).waitFor();
        await untell('wait');
        await page.locator('#vscode-workbench-web-configuration').waitFor({ state: 'attached' });
    }, { javaScriptEnabled: false });
});

test('the status page shows the services live, and its buttons work', LIMIT, async () => {
    await gateway.ready();
    await look('status', gateway.at('api/status'), /ready[^]* MB/);
    await withPage(async (page) => {
        await page.goto(gateway.at('api/status'));
        const card = page.locator('.cards li', { has: page.locator('h2', { hasText: /^ide$/ }) });
        await page.locator('#summary', { hasText: 'All is well.' }).waitFor();
        await card.getByLabel('Stop ide').press('Enter');
        await page.locator('#summary', { hasText: 'Stopped: ide.' }).waitFor();
        await card.getByLabel('Start ide', { exact: true }).waitFor();
        const focus = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
        assert.equal(focus, 'Start ide', 'whoever uses the keyboard goes on where they were');
        await tell('wait');
        await card.getByLabel('Start ide', { exact: true }).click();
        await page.locator('#summary', { hasText: 'Starting: ide.' }).waitFor();
        await page.locator('#log', { hasText: 'an IDE that does as it is told' }).waitFor();
        await untell('wait');
        await page.locator('#summary', { hasText: 'All is well.' }).waitFor();
        const { pid } = await gateway.service('ide');
        await card.getByLabel('Restart ide').click();
        await eventually('another process', async () => ![null, pid].includes((await gateway.service('ide')).pid), PATIENCE_MS);
        await page.locator('#tabs button', { hasText: 'gateway' }).click();
        await page.locator('#log', { hasText: 'listening on' }).waitFor();
        await page.locator('.note', { hasText: 'whoever reaches this port has a shell' }).waitFor();
    });
    assert.equal((await (await fetch(gateway.at('api'))).json()).authentication, 'none');
});

test('without a stream of events the pages ask, and they come back to it', LIMIT, async () => {
    await gateway.ready();
    const events = /\/api\/events$/;
    // What a proxy answers while what is behind it is away. A browser gives the stream up for it.
    const away = (route) => route.fulfill({ status: 503, contentType: 'text/plain', body: 'away' });
    await withPage(async (page) => {
        await page.route(events, away);
        await page.goto(gateway.at('api/status'));
        await page.locator('#summary', { hasText: 'All is well.' }).waitFor();
        // The stream is asked for in vain meanwhile, which is nobody's concern.
        for (let times = 0; times < 2; times += 1) {
            await page.waitForResponse((answer) => events.test(answer.url()));
            assert.equal(await page.locator('#summary').innerText(), 'All is well.');
        }
        const back = page.waitForResponse((answer) => events.test(answer.url()) && answer.status() === 200);
        await page.unroute(events);
        await back;
        await command('stop');
        await page.locator('#summary', { hasText: 'Stopped: ide.' }).waitFor();
    });
    await withPage(async (page) => {
        await page.route(events, away);
        await page.goto(gateway.url);
        await page.locator('h1', { hasText: 'Your IDE is stopped' }).waitFor();
        await page.click('text=Start it');
        await page.locator('#vscode-workbench-web-configuration').waitFor({ state: 'attached' });
    });
});

test('the start-up page says why the IDE is not started', LIMIT, async () => {
    await gateway.ready();
    await command('stop');
    await withPage(async (page) => {
        await page.goto(gateway.url);
        const refused = { status: 409, contentType: 'application/json', body: '{"error":{"code":"conflict","message":"everything is being stopped"}}' };
        await page.route(/\/services\/ide\/start$/, (route) => route.fulfill(refused));
        await page.click('text=Start it');
        await page.locator('[role=alert]', { hasText: 'everything is being stopped' }).waitFor();
    });
    await command('start');
    await gateway.ready();
});

test('the status page comes back by itself when the gateway was killed', LIMIT, async () => {
    await gateway.ready();
    await withPage(async (page) => {
        await page.goto(gateway.at('api/status'));
        const process = page.locator('.cards li', { hasText: 'gateway' }).locator('dl div', { hasText: 'Process' }).locator('dd');
        const pid = await gateway.kill('gateway');
        await eventually('the new process is shown', async () => !['–', String(pid)].includes(await process.innerText()), PATIENCE_MS);
        await page.locator('#summary', { hasText: 'All is well.' }).waitFor();
    });
});

test('what is not served says where the IDE is', LIMIT, async () => {
    await look('not-here', `${gateway.origin}/user/bob/x`, 'Nothing is served here');
    await look('host-refused', gateway.url.replace('127.0.0.1', 'a-name-that-is-rather-long.example'), '--allowed-hosts a-name-that-is-rather-long.example');
    await withPage(async (page) => {
        await page.goto(`${gateway.origin}/`);
        assert.equal(page.url(), gateway.url, 'the root leads to the base path');
    });
});

test('the sign-in page', LIMIT, async (t) => {
    const closed = await Gateway.start({ files: { token: 'hunter2\n' }, settings: ['--token-file', `${HOME}/token`] });
    t.after(() => closed.stop());
    await look('sign-in', closed.url, 'Whoever started the server set it');
    await withPage(async (page) => {
        await page.goto(closed.at('api/status?token=hunter2'));
        assert.equal(page.url(), closed.at('api/status'));
        await page.locator('.note', { hasText: 'A token is needed.' }).waitFor();
        assert.equal(await page.evaluate(() => fetch('../api').then((it) => it.json()).then((it) => it.authentication)), 'token');
    });
});

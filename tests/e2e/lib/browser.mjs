// A real browser: Debian's Chromium, driven by playwright-core.
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
    '--no-sandbox', // as root there is no other way
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

/** Screenshots are for a person to look at, and stay outside the tree. */
export const SCREENSHOTS = join(
    process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'),
    'waiide-init/screenshots',
);

/** Opens a browser whose contexts are strangers to each other. `flags` are Chromium's. */
export function openBrowser(flags = []) {
    return chromium.launch({ executablePath: findChromium(), args: [...FLAGS, ...flags] });
}

/**
 * Opens a browser with an empty profile and hands its one page to `use`; closes it in the end.
 * When `use` fails, what the page showed is kept as `NAME-failed.png`, with its console on stderr.
 * `flags` are Chromium's, the other options those of a context.
 */
export async function withPage(name, use, { flags = [], ...options } = {}) {
    const profile = await mkdtemp(join(tmpdir(), 'waiide-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
        executablePath: findChromium(),
        args: [...FLAGS, ...flags],
        viewport: { width: 1280, height: 800 },
        locale: 'en-US',
        ...options,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const lines = keepConsole(page);
    try {
        return await use(page);
    } catch (error) {
        console.error(lines.join('\n'));
        await screenshot(page, `${name}-failed`).catch(() => {});
        throw error;
    } finally {
        await context.close();
        await rm(profile, { recursive: true, force: true });
    }
}

/** Keeps the page as a picture, and says where. */
export async function screenshot(page, name) {
    await mkdir(SCREENSHOTS, { recursive: true });
    const path = join(SCREENSHOTS, `${name}.png`);
    await page.screenshot({ path });
    console.error(`screenshot: ${path}`);
}

function findChromium() {
    const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
    if (!found) throw new Error('no Chromium here; on Debian: apt-get install chromium');
    return found;
}

/** The page's last errors and failed requests: most of the answer when a test fails. */
function keepConsole(page) {
    const lines = [];
    const keep = (line) => {
        lines.push(line);
        if (lines.length > 20) lines.shift();
    };
    page.on('console', (message) => message.type() === 'error' && keep(`console: ${message.text()}`));
    page.on('pageerror', (error) => keep(`page error: ${error.message}`));
    page.on('requestfailed', (request) => keep(`failed: ${request.url()} ${request.failure()?.errorText}`));
    return lines;
}

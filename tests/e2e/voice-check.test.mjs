// /api/voice-check in a real browser: what it shows where voice works, and where a link is broken.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, screenshot } from './lib/browser.mjs';
import { Gateway } from './lib/gateway.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 180_000 };
const PATIENCE_MS = 45_000;
const DEVICE = '--use-fake-device-for-media-stream';
const YES = '--use-fake-ui-for-media-stream';
const NAME = 'voice.example';

let plain;
let forbidding;

before(async () => {
    plain = await Gateway.start({ base: '/user/alice/', settings: ['--allowed-hosts', NAME] });
    forbidding = await Gateway.start({ settings: ['--permissions-policy', 'microphone=()'] });
});

after(async () => {
    await plain?.stop();
    await forbidding?.stop();
});

/** Opens the page in a browser with these flags, and hands it to `use` with what went wrong in it. */
async function withPage(flags, url, use, options = {}) {
    const browser = await openBrowser([...flags, `--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
    try {
        const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, ...options });
        page.setDefaultTimeout(PATIENCE_MS);
        const odd = [];
        page.on('console', (message) => message.type() === 'error' && odd.push(message.text()));
        page.on('pageerror', (error) => odd.push(error.message));
        await page.goto(url);
        return await use(page, odd);
    } finally {
        await browser.close();
    }
}

const says = (page, id, words) => page.locator(`#${id}`, { hasText: words }).waitFor();
const link = (page, text, word) => page.locator('#links li', { hasText: text }).filter({ hasText: word }).waitFor();
const use = (page) => page.locator('#ask').click();

for (const [width, colorScheme] of [[1000, 'light'], [390, 'dark']]) {
    test(`where all is well the level of page and frame is shown: ${width} pixels, ${colorScheme}`, LIMIT, async () => {
        await withPage([DEVICE, YES], plain.at('api/voice-check'), async (page, odd) => {
            await says(page, 'verdict', 'Nothing is in the way so far');
            await use(page);
            await says(page, 'verdict', 'Voice works here.');
            for (const text of ['secure', 'Headers', 'lets pages', 'come up', 'lets them', 'You allow', 'in the page', 'in the frame']) {
                await link(page, text, 'yes');
            }
            await screenshot(page, `voice-check-${width}`);
            const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            assert.ok(content <= window, `${content} pixels wide in ${window}`);
            await use(page); // stops
            await page.locator('#ask', { hasText: 'Use the microphone' }).waitFor();
            assert.deepEqual(odd, []);
        }, { viewport: { width, height: 900 }, colorScheme });
    });
}

test('a policy that forbids is the turn of whoever starts the container', LIMIT, async () => {
    await withPage([DEVICE, YES], forbidding.at('api/voice-check'), async (page) => {
        await says(page, 'verdict', "policy of this server's pages");
        await says(page, 'turn', 'whoever starts the container');
        await use(page);
        await link(page, 'Sound arrives in the page', 'no');
        await says(page, 'turn', 'WAIIDE_PERMISSIONS_POLICY');
        await screenshot(page, 'voice-check-forbidden');
    });
});

test('a person who says no, and a machine without a microphone, are told so', LIMIT, async () => {
    await withPage([DEVICE, '--deny-permission-prompts'], plain.at('api/voice-check'), async (page) => {
        await use(page);
        await says(page, 'verdict', 'The microphone was refused.');
        await link(page, 'You allow it', 'no');
    });
    await withPage([YES], plain.at('api/voice-check'), async (page) => {
        await use(page);
        await says(page, 'verdict', 'There is no microphone.');
        await says(page, 'turn', 'turn of you');
    });
});

test('plain http under a name is the turn of the reverse proxy', LIMIT, async () => {
    const url = `http://${NAME}:${plain.port}/user/alice/api/voice-check`;
    await withPage([DEVICE, YES], url, async (page) => {
        await says(page, 'verdict', 'not secure');
        await says(page, 'turn', 'https');
        assert.ok(await page.locator('#ask').isDisabled());
    });
});

// Voice in Firefox, standalone. It heeds no Permissions-Policy: what Chromium refuses, it grants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIREFOX, Firefox } from './lib/firefox.mjs';
import { Gateway } from './lib/gateway.mjs';
import { eventually } from './lib/script.mjs';
import { CASES, nextFinding } from './lib/voice.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000, skip: !FIREFOX && 'no Firefox here; on Debian: apt-get install firefox-esr' };
const WIDGET_MS = 90_000;
const PREFERENCES = {
    'media.navigator.streams.fake': true, // a microphone that hums
    'media.navigator.permission.disabled': true, // and a person who says yes
    'media.cubeb.force_mock_context': true, // without a speaker, no AudioContext runs
};

for (const { name, settings, policies } of CASES) {
    test(`Firefox, the policy ${name}`, LIMIT, async (t) => {
        const gateway = await Gateway.start({ extension: true, settings });
        t.after(() => gateway.stop());
        await gateway.ready();
        const firefox = await Firefox.open(PREFERENCES);
        t.after(() => firefox.close());
        const { peak, run, ...found } = await listen(firefox, gateway);
        const { url, headers } = firefox.navigations.at(-1);
        const sent = headers.filter((header) => header.name.toLowerCase() === 'permissions-policy').map(({ value }) => value);
        console.error(`voice-firefox-${name}: ${JSON.stringify({ policies: sent, found: { peak, ...found } })}`);

        assert.ok(peak > 0.05, `nothing was heard: ${peak}`);
        assert.deepEqual(found, { origin: gateway.origin, secure: true, granted: true, state: 'running', policy: null, permission: 'prompt' });
        assert.equal(url, gateway.url);
        assert.deepEqual(sent, policies);
    });
}

const one = (selector) => `document.querySelector(${JSON.stringify(selector)})`;
const INPUT = one('.quick-input-widget input');
const ROW = one('.quick-input-list .monaco-list-row');

/** Opens the workbench and has its extension listen. */
async function listen(firefox, gateway) {
    const heard = await nextFinding(gateway.disk);
    await firefox.goto(gateway.url);
    await firefox.until("[...document.querySelectorAll('.pane-header')].some((it) => it.textContent.includes('Proof View'))");
    // A workbench that has just been drawn may not listen to its keys yet.
    await eventually('the palette', async () => {
        if (await firefox.evaluate(`${INPUT}?.checkVisibility()`)) return true;
        await firefox.press('F1');
        return false;
    }, WIDGET_MS);
    await firefox.fill(INPUT, '>Proof: Listen');
    await firefox.until(`${ROW}?.textContent.includes('Proof: Listen')`);
    await firefox.click(ROW);
    return heard();
}

// The microphone in a webview of the real workbench, as an extension would use it.
import assert from 'node:assert/strict';
import { withPage } from './browser.mjs';
import { eventually } from './script.mjs';
import { Workbench } from './workbench.mjs';

/** A microphone that beeps, and a person who says yes. */
export const FLAGS = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
/** What waiide-init sends when nobody has said otherwise. */
export const POLICY = 'microphone=(self), camera=(self), display-capture=(self), clipboard-read=(self), clipboard-write=(self)';
/** A policy that shuts the microphone off. */
export const FORBID = 'microphone=()';
/**
 * The settings that everything is tried with, and what has to come of each: the headers of the
 * IDE's page, and what the webview gets.
 */
export const CASES = [
    { name: 'on', settings: [], policies: [POLICY], check: assertHeard },
    { name: 'off', settings: ['--permissions-policy', 'off'], policies: [], check: assertHeard },
    { name: 'forbid', settings: ['--permissions-policy', FORBID], policies: [FORBID], check: assertRefused },
];

/** Behind a Hub it goes by the user's name: see hub-configs/voice.py. */
export const USERS = { on: 'alice', off: 'bob', forbid: 'carol' };

const FOUND_MS = 90_000;

/**
 * Opens the workbench at `url` in a fresh browser and has its extension listen. Returns `found`,
 * what the webview got, and `policies`, the Permissions-Policy headers of the IDE's page as they
 * came. `disk` is the workspace, `enter` as for proveWorkbench, `flags` are more of Chromium's.
 */
export function listen({ name, url, disk, enter, flags = [] }) {
    return withPage(name, async (page) => {
        const pages = navigations(page);
        const { workbench } = await Workbench.open(page, url, enter);
        const heard = await nextFinding(disk);
        // The palette does not wait for extensions; the view is there once the extension runs.
        await workbench.openView('Proof View', /process \d+/);
        await workbench.openPanel('Proof: Listen', 'Voice');
        const found = await heard();
        const policies = await policiesOf(pages.at(-1));
        console.error(`${name}: ${JSON.stringify({ policies, found })}`);
        return { found, policies, address: page.url() };
    }, { flags: [...FLAGS, ...flags] });
}

/** What the extension writes next: the file may be there from before. */
export async function nextFinding(disk) {
    const read = async () => JSON.parse(await disk.read('voice.json'));
    const before = await read().catch(() => ({}));
    return () => eventually('voice.json', async () => {
        const found = await read();
        return found.run !== before.run && found;
    }, FOUND_MS);
}

/** The answers to the page's own navigations, the last one at the end. */
function navigations(page) {
    const answers = [];
    page.on('response', (answer) => {
        const request = answer.request();
        if (request.isNavigationRequest() && request.frame() === page.mainFrame()) answers.push(answer);
    });
    return answers;
}

/** An answer's Permissions-Policy headers, one by one: `headers()` would join them. */
export async function policiesOf(answer) {
    const headers = await answer.headersArray();
    return headers.filter(({ name }) => name.toLowerCase() === 'permissions-policy').map(({ value }) => value);
}

/** Checks that the webview at `origin` got the microphone, and something to hear. */
export function assertHeard(found, origin) {
    const { peak, ...rest } = found;
    assert.ok(peak > 0.05, `nothing was heard: ${JSON.stringify(found)}`);
    assert.deepEqual(pick(rest), { origin, secure: true, granted: true, state: 'running', policy: true, permission: 'granted' });
}

/** Checks that the policy kept the microphone from it, and nothing else did. */
export function assertRefused(found, origin) {
    assert.deepEqual(pick(found), { origin, secure: true, granted: false, error: 'NotAllowedError', policy: false, permission: 'denied' });
}

function pick({ origin, secure, granted, error, state, policy, permission }) {
    return JSON.parse(JSON.stringify({ origin, secure, granted, error, state, policy, permission }));
}

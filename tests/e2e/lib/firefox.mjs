// A real Firefox: Debian's, driven by what it speaks itself (WebDriver BiDi), with no driver between.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Running, eventually } from './script.mjs';

export const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync);

const START_MS = 90_000;
const END_MS = 30_000;
const WAIT_MS = 90_000;
/** Keys as WebDriver numbers them. */
const KEYS = { F1: '\uE031' };
// Nothing is fetched that no page asked for, and no page of its own is shown at the start.
const QUIET = {
    'app.normandy.enabled': false,
    'app.update.disabledForTesting': true,
    'browser.aboutwelcome.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'browser.startup.page': 0,
    'datareporting.policy.dataSubmissionEnabled': false,
    'extensions.update.enabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'services.settings.server': 'data:,#remote-settings-dummy/v1',
};

/** One window of a Firefox with an empty profile. */
export class Firefox {
    #running;
    #profile;
    #socket;
    #context;
    #asked = new Map();
    /** The answers to the page's own navigations: `{ url, status, headers: [{ name, value }] }`. */
    navigations = [];

    /** Starts it with preferences. */
    static async open(preferences = {}) {
        const firefox = new Firefox();
        firefox.#profile = await mkdtemp(join(tmpdir(), 'waiide-firefox-'));
        await writeFile(join(firefox.#profile, 'user.js'), userPreferences({ ...QUIET, ...preferences }));
        const command = [FIREFOX, '--headless', '--no-remote', '--profile', firefox.#profile, '--remote-debugging-port', '0'];
        firefox.#running = new Running(command, { env: { HOME: firefox.#profile, MOZ_HEADLESS_WIDTH: '1280', MOZ_HEADLESS_HEIGHT: '800' } });
        try {
            const [, address] = await firefox.#running.printed(/WebDriver BiDi listening on (ws:\S+)/, START_MS);
            await firefox.#connect(`${address}/session`);
        } catch (error) {
            await firefox.close();
            throw error;
        }
        return firefox;
    }

    async #connect(address) {
        this.#socket = new WebSocket(address);
        await new Promise((resolve, reject) => {
            this.#socket.onopen = resolve;
            this.#socket.onerror = reject;
        });
        this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
        this.#socket.onclose = () => this.#asked.forEach(({ reject }) => reject(new Error('Firefox has ended')));
        await this.#ask('session.new', { capabilities: {} });
        this.#context = (await this.#ask('browsingContext.getTree', {})).contexts[0].context;
        await this.#ask('session.subscribe', { events: ['network.responseCompleted'] });
    }

    #ask(method, params) {
        const id = this.#asked.size + 1;
        const answer = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
        this.#socket.send(JSON.stringify({ id, method, params }));
        return answer;
    }

    #take({ id, type, method, params, result, error, message }) {
        if (method === 'network.responseCompleted') this.#note(params);
        const asked = this.#asked.get(id);
        if (type === 'success') asked?.resolve(result);
        if (type === 'error') asked?.reject(new Error(`${error}: ${message}`));
    }

    #note({ context, navigation, response }) {
        if (navigation === null || context !== this.#context) return;
        const headers = response.headers.map(({ name, value }) => ({ name, value: value.value }));
        this.navigations.push({ url: response.url, status: response.status, headers });
    }

    /** Goes to an address, and waits until the document is there. */
    goto(url) {
        return this.#ask('browsingContext.navigate', { context: this.#context, url, wait: 'interactive' });
    }

    /** The value of a JavaScript expression in the page. */
    async evaluate(expression) {
        const answer = await this.#ask('script.evaluate', { expression, target: { context: this.#context }, awaitPromise: true });
        if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text);
        return answer.result.value;
    }

    /** Waits until an expression is true. */
    until(expression, milliseconds = WAIT_MS) {
        return eventually(expression, () => this.evaluate(`Boolean(${expression})`), milliseconds);
    }

    /** Presses a key by its name. */
    press(name) {
        const actions = [{ type: 'keyDown', value: KEYS[name] }, { type: 'keyUp', value: KEYS[name] }];
        return this.#ask('input.performActions', { context: this.#context, actions: [{ type: 'key', id: 'keyboard', actions }] });
    }

    /** Puts text into an input, in place of what is there. */
    fill(input, text) {
        return this.evaluate(`${input}.value = ${JSON.stringify(text)}, ${input}.dispatchEvent(new Event('input', { bubbles: true }))`);
    }

    /** Clicks in the middle of an element. */
    async click(expression) {
        const place = await this.evaluate(`JSON.stringify((({ x, y, width, height }) => [x + width / 2, y + height / 2].map(Math.round))(${expression}.getBoundingClientRect()))`);
        const [x, y] = JSON.parse(place);
        const actions = [{ type: 'pointerMove', x, y }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }];
        return this.#ask('input.performActions', { context: this.#context, actions: [{ type: 'pointer', id: 'mouse', actions }] });
    }

    async close() {
        this.#running.signal('SIGTERM');
        await this.#running.end(END_MS).catch(() => this.#running.signal('SIGKILL'));
        this.#socket?.close();
        await rm(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
    }
}

function userPreferences(preferences) {
    return Object.entries(preferences).map((one) => `user_pref(${one.map((it) => JSON.stringify(it)).join(', ')});\n`).join('');
}

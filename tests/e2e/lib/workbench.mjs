// The workbench as a person uses it: through its keyboard and its widgets.
import { eventually } from './script.mjs';

const START_MS = 90_000;
const WIDGET_MS = 45_000;

export class Workbench {
    #page;

    constructor(page) {
        this.#page = page;
    }

    /**
     * Goes to `url`, does what `enter` does there (a login, say), and waits until the workbench is
     * usable. Returns it and the milliseconds taken.
     */
    static async open(page, url, enter = async () => {}) {
        const started = Date.now();
        await page.goto(url, { timeout: START_MS });
        await enter(page);
        const workbench = new Workbench(page);
        await workbench.waitUntilUsable();
        return { workbench, milliseconds: Date.now() - started };
    }

    /**
     * Usable: drawn, the remote connected, and the folder listed. Folder and remote both come over
     * the WebSocket: without it the workbench is drawn just as well, and dead.
     */
    async waitUntilUsable() {
        const page = this.#page;
        await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: START_MS });
        await page.waitForSelector('.explorer-folders-view .monaco-list', { timeout: START_MS });
        await page.waitForFunction(remoteIsConnected, undefined, { timeout: START_MS });
    }

    /** Opens a terminal, trusting the folder when the workbench asks. */
    async openTerminal() {
        const page = this.#page;
        const trust = page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Trust Folder' });
        // Its name gets the shell's once that runs; before, keys may go elsewhere.
        const terminal = page.locator('.terminal-wrapper.active .xterm-helper-textarea[aria-label*=", bash"]');
        await this.command('Terminal: Focus Terminal');
        // The question may come late, and is there a moment before it can be seen.
        await eventually('a shell in the terminal', async () => {
            if (await trust.isVisible()) await trust.click({ timeout: 3_000 }).catch(() => {});
            return (await terminal.count()) > 0;
        }, WIDGET_MS);
        // The mark beside the first prompt, by which the shell says that it is up. A shell without
        // the workbench's own start-up file makes none, and then a while has to do.
        const prompt = page.locator('.terminal-wrapper.active .xterm-decoration').first();
        await prompt.waitFor({ state: 'attached', timeout: 10_000 }).catch(() => {});
    }

    /** Runs a command of the palette by its name. */
    async command(name) {
        const page = this.#page;
        const input = page.locator('.quick-input-widget input').first();
        const row = page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
        // A workbench that has just been drawn may not have the command yet, and a palette that is
        // open shows those that there were when it was opened.
        await eventually(`the command ${name}`, async () => {
            await this.#pressUntil('F1', input);
            await input.fill(`>${name}`);
            const found = await row.waitFor({ timeout: 5_000 }).then(() => true, () => false);
            if (!found) await input.press('Escape');
            return found;
        }, WIDGET_MS);
        // The chat's input, which comes late, may have taken the keys meanwhile.
        await input.press('Enter');
    }

    /** A workbench that has just been drawn may not listen to its keys yet. */
    async #pressUntil(keys, shown) {
        const deadline = Date.now() + WIDGET_MS;
        for (;;) {
            await this.#page.keyboard.press(keys);
            const found = await shown.waitFor({ timeout: 3_000 }).then(() => true, () => false);
            if (found) return;
            if (Date.now() > deadline) throw new Error(`${keys} has no effect`);
        }
    }

    /** Types a command line into the terminal, as keys, after clearing what stands there. */
    async runInTerminal(line) {
        const page = this.#page;
        await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
        await page.keyboard.press('Control+U');
        await page.keyboard.type(line, { delay: 5 });
        await page.keyboard.press('Enter');
    }

    /**
     * Runs a command line in the terminal once the shell is at its prompt, and sends it once the
     * shell has echoed all of it. It takes a terminal that draws its rows as text.
     */
    async runInShell(line) {
        const rows = this.#page.locator('.terminal-wrapper.active .xterm-rows');
        const shown = async () => (await rows.innerText()).replaceAll('\u00a0', ' ').trimEnd();
        await eventually('a prompt', async () => (await shown()).endsWith('$'), WIDGET_MS);
        await this.#page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
        await this.#page.keyboard.type(line);
        const echoed = async () => (await shown()).replaceAll('\n', '').endsWith(line);
        await eventually(`${line}, echoed`, echoed, WIDGET_MS);
        await this.#page.keyboard.press('Enter');
    }

    /** Opens a view of the explorer's by its name, and waits for a line in it. */
    async openView(name, line) {
        const page = this.#page;
        const header = page.locator('.pane-header', { hasText: name });
        await header.waitFor({ timeout: WIDGET_MS });
        if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click();
        await page.locator('.pane', { has: header }).locator('.monaco-list-row', { hasText: line }).waitFor({ timeout: WIDGET_MS });
    }

    /** The inside of the webview that is shown. */
    get webview() {
        return this.#page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    }

    /** Opens a file of the workspace by its name, replaces its text, and saves with Ctrl+S. */
    async editFile(name, text) {
        const page = this.#page;
        await page.keyboard.press('Control+P');
        await page.locator('.quick-input-widget input').first().fill(name);
        await page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().waitFor({ timeout: WIDGET_MS });
        await page.keyboard.press('Enter');
        await page.locator('.tabs-container .tab.active', { hasText: name }).waitFor({ timeout: WIDGET_MS });
        await page.locator('.editor-instance .monaco-editor .view-lines').first().click();
        await page.keyboard.press('Control+A');
        await page.keyboard.type(text, { delay: 5 });
        await page.keyboard.press('Control+S');
    }
}

/** Runs in the page: the status bar names the remote once the connection stands. */
function remoteIsConnected() {
    const host = document.querySelector('[id="status.host"]');
    const label = host?.getAttribute('aria-label') ?? '';
    return label !== '' && !/opening|reconnecting|disconnected/i.test(label);
}

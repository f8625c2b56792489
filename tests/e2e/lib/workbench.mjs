// The workbench as a person uses it: through its keyboard and its widgets.
import { eventually } from './script.mjs';

const START_MS = 90_000;
const WIDGET_MS = 45_000;
// After which what was chosen has gone elsewhere, and until when it is tried.
const SOON_MS = 10_000;
const CHOICE_MS = 90_000;

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
        await this.command('Terminal: Focus Terminal', async () => {
            // The question may come late, and is there a moment before it can be seen.
            if (await trust.isVisible()) await trust.click({ timeout: 3_000 }).catch(() => {});
            return (await terminal.count()) > 0;
        });
        // The mark beside the first prompt, by which the shell says that it is up. A shell without
        // the workbench's own start-up file makes none, and then a while has to do.
        const prompt = page.locator('.terminal-wrapper.active .xterm-decoration').first();
        await prompt.waitFor({ state: 'attached', timeout: 10_000 }).catch(() => {});
    }

    /** Runs a command of the palette by its name, anew until `done`: it may be run more than once. */
    command(name, done) {
        return this.#choose('F1', `>${name}`, name, done);
    }

    /** Runs a command that opens an editor of this title. */
    openPanel(name, title) {
        return this.command(name, () => this.#activeTab(title).isVisible());
    }

    #activeTab(title) {
        return this.#page.locator('.tabs-container .tab.active', { hasText: title });
    }

    /**
     * Opens the box that `keys` are for and takes the row that `words` lead to, until `done`. A
     * workbench that has just been drawn may not listen to its keys yet, nor have the row, and a
     * box that is open shows what there was when it was opened; what comes late, the chat's input
     * or a welcome page, takes the keys away and closes the box.
     */
    async #choose(keys, words, row, done) {
        const page = this.#page;
        const input = page.locator('.quick-input-widget input').first();
        const line = page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first();
        let tries = 0;
        await eventually(`what ${row} leads to`, async () => {
            // What it led to may have come late, or be a question that takes all keys.
            if (tries > 0 && (await done())) return true;
            if (tries > 0) console.error(`${row}: once more`);
            tries += 1;
            await page.keyboard.press(keys);
            await input.fill(words, { timeout: 3_000 });
            if (!(await line.waitFor({ timeout: 5_000 }).then(() => true, () => false))) {
                await input.press('Escape', { timeout: 3_000 });
                return false;
            }
            await input.press('Enter', { timeout: 3_000 });
            return eventually(row, done, SOON_MS);
        }, CHOICE_MS);
    }

    /** Types a command line into the terminal, as keys, after clearing what stands there. */
    async runInTerminal(line) {
        await this.#typeInTerminal(line);
        await this.#shell.press('Enter');
    }

    /**
     * Runs a command line in the terminal once the shell is at its prompt, and sends it once the
     * shell has echoed all of it. It takes a terminal that draws its rows as text. It is typed
     * anew where no echo comes, but for `once`: then what is lost stays so.
     */
    async runInShell(line, { once = false } = {}) {
        const rows = this.#page.locator('.terminal-wrapper.active .xterm-rows');
        const shown = async () => (await rows.innerText()).replaceAll('\u00a0', ' ').trimEnd();
        await eventually('a prompt', async () => (await shown()).endsWith('$'), WIDGET_MS);
        // Behind the prompt: what a try before has left would be run with it.
        const bare = (text) => text.replace(/\s/g, '');
        const echoed = async () => bare(await shown()).endsWith(`$${bare(line)}`);
        // Keys may go to what opens by itself meanwhile: then what arrived is taken back.
        await eventually(`${line}, echoed`, async () => {
            await this.#typeInTerminal(line);
            return eventually('the echo', echoed, once ? CHOICE_MS : SOON_MS);
        }, once ? 0 : CHOICE_MS);
        await this.#shell.press('Enter');
    }

    /** Where the terminal's keys go to. To press one there is to take the focus first. */
    get #shell() {
        return this.#page.locator('.terminal-wrapper.active .xterm-helper-textarea');
    }

    /**
     * Gets the shell back to an empty prompt, whatever stands there: what was typed before the shell
     * was up may have lost its beginning, and a quote then waits for its end.
     */
    async interruptShell() {
        await this.#shell.press('Control+C');
    }

    /** Types a line in place of what stands there. */
    async #typeInTerminal(line) {
        await this.#shell.press('Control+U');
        await this.#page.keyboard.type(line, { delay: 5 });
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
        await this.#choose('Control+P', name, name, () => this.#activeTab(name).isVisible());
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

// What makes an IDE one: a terminal that runs a command, a file that reaches the disk.
import assert from 'node:assert/strict';
import { Workbench } from './workbench.mjs';
import { withPage, screenshot } from './browser.mjs';
import { eventually } from './script.mjs';

const COMMAND = 'echo "$((6*7)) $(id -u):$(id -g) $(pwd)" > proof.txt';

/**
 * Opens the workbench at `url` in a fresh browser and proves that it works: runs a command in its
 * terminal, edits and saves a file, and finds both on `disk`. Keeps a screenshot under `name`.
 *
 * `disk.read(file)` returns a file of the workspace, `disk.owner(file)` its "uid:gid".
 * `enter(page)` gets the browser to the workbench where more than the URL is needed, a login for instance.
 * `options` are those of a browser's context.
 */
export async function proveWorkbench({ name, url, disk, owner, enter, options }) {
    return withPage(name, async (page) => {
        const { workbench, milliseconds } = await Workbench.open(page, url, enter);
        console.error(`${name}: a usable workbench ${milliseconds} ms after opening the page`);
        await proveTerminal(workbench, disk);
        await proveEditor(workbench, disk, owner);
        await screenshot(page, name);
        return { address: page.url(), milliseconds };
    }, options);
}

/** The shell computes what it writes: an echo of the typed text would not do. */
async function proveTerminal(workbench, disk) {
    const written = async () => (await disk.read('proof.txt')).trim();
    await workbench.openTerminal();
    await workbench.runInTerminal(COMMAND);
    const text = await eventually('proof.txt, written in the terminal', written, 8_000).catch(async () => {
        // The workbench starts a terminal anew when extensions add to its environment, and what
        // was typed meanwhile is gone.
        console.error('typing it once more');
        await workbench.interruptShell();
        await workbench.runInTerminal(COMMAND);
        return eventually('proof.txt, written in the terminal', written);
    });
    assert.match(text, /^42 1000:100 \/home\/[^/]+\/workspace$/);
}

async function proveEditor(workbench, disk, owner) {
    await workbench.editFile('proof.txt', 'saved in the browser');
    await eventually('proof.txt, saved in the editor', async () => (await disk.read('proof.txt')) === 'saved in the browser');
    assert.equal(await disk.owner('proof.txt'), owner);
}

// The VS Code server alone, as it is reached where nothing stands before it: what a test of the
// gateway's protection is compared with.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPO, Running, eventually, freePort, run } from './script.mjs';

const START_MS = 60_000;

export class BareServer {
    #server;
    #folder;

    /** Starts it on a free port, with `files` in its workspace. */
    static async start({ files = {} } = {}) {
        const bare = new BareServer();
        bare.#folder = await mkdtemp(join(tmpdir(), 'waiide-bare-'));
        bare.workspace = join(bare.#folder, 'workspace');
        await mkdir(bare.workspace);
        for (const [name, text] of Object.entries(files)) await writeFile(join(bare.workspace, name), text);
        bare.port = await freePort();
        bare.#server = new Running([
            process.execPath, join(await serverFolder(), 'out/server-main.js'), '--host', '127.0.0.1', '--port', String(bare.port),
            '--without-connection-token', '--accept-server-license-terms',
            '--server-data-dir', join(bare.#folder, 'data'), '--default-folder', bare.workspace, bare.workspace,
        ]);
        const version = async () => (await fetch(`http://127.0.0.1:${bare.port}/version`)).text();
        const ended = bare.#server.end(START_MS).then(() => Promise.reject(new Error(bare.#server.output)));
        bare.commit = await Promise.race([eventually('the VS Code server answers', version, START_MS), ended]);
        ended.catch(() => {});
        return bare;
    }

    async stop() {
        this.#server.signal('SIGTERM');
        await this.#server.end(START_MS);
        await rm(this.#folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 250 });
    }
}

async function serverFolder() {
    const { code, output } = await run([join(REPO, 'scripts/vscode-server')], { timeout: 600_000 });
    if (code !== 0) throw new Error(output);
    return output.trim().split('\n').at(-1);
}

// The whole program in namespaces of its own, from a development build: PID 1, the gateway before a
// real VS Code server, and a home that the test can look into.
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findInit, hostPid, namespaceOf } from './namespace.mjs';
import { REPO, Running, eventually, freePort, run } from './script.mjs';

const BUILD_MS = 600_000;
const START_MS = 60_000;
const STOP_MS = 30_000;
/** Where the home is for the program. */
export const HOME = '/home/calliope';
/** The tests' own extension. */
export const EXTENSION = fileURLToPath(new URL('extension', import.meta.url));

const MACHINE = '.WAIIDE-server/data/Machine';
// A terminal that is drawn as text can be read, and one that is not started anew loses no keys.
const SETTINGS = { 'terminal.integrated.gpuAcceleration': 'off', 'terminal.integrated.environmentChangesRelaunch': false };

/** The development build: what the unit tests are run with as well. */
export async function developmentBuild() {
    const { code, output } = await run(['cargo', 'build', '--quiet', '--locked'], { timeout: BUILD_MS });
    if (code !== 0) throw new Error(`cargo build: ${output}`);
    return join(process.env.CARGO_TARGET_DIR ?? join(REPO, 'target'), 'debug/waiide-init');
}

export class Gateway {
    #script;
    #folder;

    /**
     * Starts it with `settings` (flags of waiide-init's) and `files` in the home, by their paths.
     * It is listening then; the IDE may still be starting.
     */
    static async start({ base = '/', settings = [], files = {}, extension = false } = {}) {
        const gateway = new Gateway();
        const binary = await developmentBuild();
        gateway.#folder = await mkdtemp(join(tmpdir(), 'waiide-gateway-'));
        await chmod(gateway.#folder, 0o755);
        gateway.home = join(gateway.#folder, 'home');
        await gateway.#furnish(files, extension);
        [gateway.port, gateway.idePort] = [await freePort(), await freePort()];
        gateway.origin = `http://127.0.0.1:${gateway.port}`;
        gateway.url = `${gateway.origin}${base}`;
        gateway.#script = new Running([
            join(REPO, 'scripts/quickstart'), '--binary', binary, '--home', gateway.home,
            '--port', String(gateway.port), '--ide-port', String(gateway.idePort),
            '--', '--base-path', base, ...settings,
        ]);
        try {
            const ended = gateway.#script.end(2 * START_MS).then(() => Promise.reject(new Error('it ended')));
            await Promise.race([eventually('the gateway listens', () => gateway.#listens(), START_MS), ended]);
            ended.catch(() => {});
            gateway.init = await findInit(gateway.#script.pid);
            gateway.namespace = await namespaceOf(gateway.init);
        } catch (error) {
            console.error(gateway.#script.output);
            await gateway.stop();
            throw error;
        }
        return gateway;
    }

    async #furnish(files, extension) {
        for (const [path, content] of Object.entries(files)) {
            await mkdir(join(this.home, path, '..'), { recursive: true });
            await writeFile(join(this.home, path), content, { mode: 0o755 });
        }
        await mkdir(join(this.home, 'workspace'), { recursive: true });
        await mkdir(join(this.home, MACHINE), { recursive: true });
        await writeFile(join(this.home, MACHINE, 'settings.json'), JSON.stringify(SETTINGS));
        if (!extension) return;
        const place = join(this.home, '.WAIIDE-server/extensions/waiide.proof-1.0.0');
        await cp(EXTENSION, place, { recursive: true });
    }

    async #listens() {
        return (await fetch(this.at('api/health'))).status > 0;
    }

    /** What all of it has printed. */
    get log() {
        return this.#script.output;
    }

    /** The address of a path under the base path. */
    at(path) {
        return new URL(path, this.url).href;
    }

    /** Waits until all services are ready. */
    ready() {
        return eventually('all services are ready', async () => (await fetch(this.at('api/health'))).ok, START_MS);
    }

    /** A service, as the API shows it. */
    async service(name) {
        return (await fetch(this.at(`api/services/${name}`))).json();
    }

    /** Kills a service with SIGKILL, and returns its pid in the namespace. */
    async kill(name) {
        const { pid } = await this.service(name);
        process.kill(await hostPid(this.namespace, pid), 'SIGKILL');
        return pid;
    }

    /** What waiide-init doctor says in there, started with these settings: its code and output. */
    doctor(settings = []) {
        const ports = ['--bind', '127.0.0.1', '--port', String(this.port), '--ide-port', String(this.idePort)];
        const program = '/opt/calliope/bin/waiide-init';
        return run(['nsenter', '--target', String(this.init), '--mount', '--pid', '--', program, 'doctor', ...ports, ...settings]);
    }

    read(path) {
        return readFile(join(this.home, path), 'utf8');
    }

    write(path, text) {
        return writeFile(join(this.home, path), text);
    }

    /** The workspace, as the proofs of a workbench want it. */
    get disk() {
        return {
            read: (file) => this.read(join('workspace', file)),
            owner: async (file) => {
                const { uid, gid } = await stat(join(this.home, 'workspace', file));
                return `${uid}:${gid}`;
            },
        };
    }

    async stop() {
        if (this.#script.isRunning) this.#script.signal('SIGTERM');
        await this.#script.end(STOP_MS);
        // What is still ending may write for a moment.
        await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
    }
}

// Runs one of the project's scripts as a person does: at a terminal, watching its output.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const REPO = fileURLToPath(new URL('../../..', import.meta.url));

/** A command in the background, with all it has printed so far. */
export class Running {
    output = '';
    #child;
    #ended;

    /** `command` is an array; `options` are those of spawn, with `env` added to the environment. */
    constructor(command, { env = {}, ...options } = {}) {
        this.#child = spawn(command[0], command.slice(1), {
            stdio: ['pipe', 'pipe', 'pipe'],
            cwd: REPO,
            env: { ...process.env, ...env },
            ...options,
        });
        for (const stream of [this.#child.stdout, this.#child.stderr]) {
            stream.setEncoding('utf8').on('data', (text) => (this.output += text));
        }
        this.#ended = new Promise((resolve, reject) => {
            this.#child.on('error', reject).on('close', (code, signal) => resolve({ code, signal }));
        });
        this.#ended.catch(() => {});
    }

    /** The same, at a terminal of its own, where `type('\x03')` is Ctrl-C. */
    static atTerminal(command, options) {
        // exec: the shell is the user's, or sh; some stay in between and would get the signals, too.
        const line = 'exec ' + command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        return new Running(['script', '--quiet', '--flush', '--return', '--command', line, '/dev/null'], options);
    }

    get pid() {
        return this.#child.pid;
    }

    get isRunning() {
        return this.#child.exitCode === null && this.#child.signalCode === null;
    }

    type(text) {
        this.#child.stdin.write(text);
    }

    signal(name) {
        this.#child.kill(name);
    }

    /** Waits until the output matches; fails when the command ends, or the time is up, before it does. */
    async printed(pattern, milliseconds) {
        const deadline = Date.now() + milliseconds;
        let over = false;
        this.#ended.then(() => (over = true), () => (over = true));
        while (!pattern.test(this.output)) {
            if (over || Date.now() > deadline) {
                throw new Error(`${over ? 'ended' : `${milliseconds} ms passed`} without printing ${pattern}:\n${this.output}`);
            }
            await sleep(50);
        }
        return this.output.match(pattern);
    }

    /** Waits for the end: `{ code, signal }`. */
    async end(milliseconds) {
        const late = sleep(milliseconds, { ref: false }).then(() => {
            throw new Error(`still running after ${milliseconds} ms:\n${this.output}`);
        });
        return Promise.race([this.#ended, late]);
    }
}

/** Runs a command to its end; returns its code and all it printed. */
export async function run(command, options = {}) {
    const running = new Running(command, options);
    const { code } = await running.end(options.timeout ?? 120_000);
    return { code, output: running.output };
}

export function sleep(milliseconds, { ref = true } = {}) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        if (!ref) timer.unref();
    });
}

/** Tries until `attempt` returns something truthy; the last error or result tells why it never did. */
export async function eventually(what, attempt, milliseconds = 20_000) {
    const deadline = Date.now() + milliseconds;
    for (;;) {
        let last;
        try {
            last = await attempt();
            if (last) return last;
        } catch (error) {
            last = error;
        }
        if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`, { cause: last });
        await sleep(100);
    }
}

/** A TCP port of 127.0.0.1 that is free now. */
export function freePort() {
    return listenOnce(0);
}

/** Whether a TCP port is free now at all of this machine's addresses. */
export function isFree(port) {
    return listenOnce(port, '0.0.0.0').then(() => true, () => false);
}

function listenOnce(wanted, address = '127.0.0.1') {
    return new Promise((resolve, reject) => {
        const server = createServer().on('error', reject);
        server.listen(wanted, address, () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

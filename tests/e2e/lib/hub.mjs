// A real JupyterHub by scripts/hub, and what people do at it.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, tryDocker, IMAGE } from './container.mjs';
import { REPO, Running, eventually, isFree } from './script.mjs';

const START_MS = 300_000; // it may have to install JupyterHub
const SPAWN_MS = 240_000;
const STOP_MS = 120_000;

const PASSWORD = 'any will do';

export class Hub {
    #command;
    #script;
    #state;
    #adminToken;

    /**
     * Starts a Hub with a state of its own, and homes that no other Hub uses. `hub` is JupyterHub's
     * major version, `configs` are configuration files of the repository on top of
     * docker/jupyterhub's, `options` go to jupyterhub, `env` into its environment. `port` is the
     * first of three, where it has to be known before (see freePorts).
     */
    static async start({ hub = 6, port, image = IMAGE, baseUrl = '/', configs = [], options = [], env = {} } = {}) {
        const it = new Hub();
        it.port = port ?? (await freePorts());
        it.url = `http://127.0.0.1:${it.port}${baseUrl.slice(0, -1)}`;
        it.#state = await mkdtemp(join(tmpdir(), 'waiide-hub-'));
        it.#command = [
            join(REPO, 'scripts/hub'), '--port', String(it.port), '--base-url', baseUrl,
            '--hub', String(hub), '--image', image, '--state', it.#state,
            ...configs.flatMap((file) => ['--with', join(REPO, file)]),
            '--', `--DockerSpawner.volumes={"${it.volume('{username}')}": "/home/{raw_username}"}`, ...options,
        ];
        it.env = env;
        await it.#run();
        return it;
    }

    async #run() {
        this.#script = Running.atTerminal(this.#command, { env: this.env });
        const up = async () => (await fetch(`${this.url}/hub/login`)).ok;
        const ended = this.#script.end(START_MS * 2).then(() => assert.fail(`the Hub ended:\n${this.log.slice(-2000)}`));
        ended.catch(() => {});
        try {
            await Promise.race([eventually('the Hub answers', up, START_MS), ended]);
        } catch (error) {
            await this.discard();
            throw error;
        }
    }

    /** The volume of a user's home. */
    volume(user) {
        return `waiide-e2e-${this.port}-${user}`;
    }

    /** The container of a user's server, where the names need no escaping. */
    container(user, server = '') {
        return `waiide-${this.port}-${user}${server && `--${server}`}`;
    }

    get log() {
        return this.#script.output;
    }

    /** Ctrl-C: returns the code and signal it ended with. */
    async interrupt(milliseconds = STOP_MS) {
        this.#script.type('\x03');
        return this.#script.end(milliseconds);
    }

    /** Ends the Hub and its proxy, and starts them again with the same state and ports. */
    async restart() {
        await this.interrupt();
        await this.startAgain();
    }

    /** Starts the Hub again after its end, with the same state and ports. */
    startAgain() {
        return this.#run();
    }

    /** Ends the Hub and removes whatever is left of it: containers, homes and state. */
    async discard() {
        if (this.#script.isRunning) await this.interrupt().catch(() => this.#script.signal('SIGKILL'));
        for (const name of await this.containers()) await tryDocker('rm', '--force', '--volumes', name);
        const volumes = (await docker('volume', 'ls', '--quiet')).split('\n');
        const isOurs = (name) => name.startsWith(this.volume('')) || name.startsWith(`waiide-${this.port}`);
        for (const name of volumes.filter(isOurs)) await tryDocker('volume', 'rm', name);
        await this.#endProxy();
        await rm(this.#state, { recursive: true, force: true });
    }

    /** Ends a proxy that the Hub has left running, by the process id that it has left for that. */
    async #endProxy() {
        const pid = Number(await readFile(join(this.#state, 'jupyterhub-proxy.pid'), 'utf8').catch(() => ''));
        if (!pid) return;
        const ended = () => isEnded(pid);
        if (!ended()) process.kill(pid, 'SIGTERM');
        await eventually('the proxy has ended', ended, STOP_MS);
    }

    /** The names of this Hub's containers that exist. */
    async containers() {
        const names = await docker('ps', '--all', '--format', '{{.Names}}');
        return names.split('\n').filter((name) => name.startsWith(this.container('')));
    }

    /** A new API token of a user's, for their name and password. */
    async token(user) {
        const body = { auth: { username: user, password: PASSWORD } };
        const answer = await this.api(undefined, 'POST', `/users/${encodeURIComponent(user)}/tokens`, body);
        assert.equal(answer.status, 201, await answer.clone().text());
        return (await answer.json()).token;
    }

    /** The admin's token, who may do everything. */
    async adminToken() {
        this.#adminToken ??= await this.token('admin');
        return this.#adminToken;
    }

    /** Calls the Hub's REST API with a user's token; `body` becomes JSON. */
    api(token, method, path, body) {
        const headers = token ? { Authorization: `token ${token}` } : {};
        return fetch(`${this.url}/hub/api${path}`, { method, headers, body: body && JSON.stringify(body) });
    }

    /** The same as the admin; a refusal throws. Returns the answer's JSON, if it is that. */
    async admin(method, path, body) {
        const answer = await this.api(await this.adminToken(), method, path, body);
        const text = await answer.text();
        assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
        return text && JSON.parse(text);
    }

    /** Makes users who need not have logged in yet. */
    addUsers(...usernames) {
        return this.admin('POST', '/users', { usernames });
    }

    /** What the Hub knows about a user's server; undefined when it has none of that name. */
    async server(user, server = '') {
        return (await this.admin('GET', `/users/${encodeURIComponent(user)}`)).servers[server];
    }

    /** Starts a user's server and waits until it is ready. `options` are the spawner's user options. */
    async startServer(user, server = '', options = {}) {
        await this.admin('POST', serverPath(user, server), options);
        await this.serverIsReady(user, server);
    }

    async serverIsReady(user, server = '') {
        const ready = async () => {
            const { ready, pending } = (await this.server(user, server)) ?? {};
            return ready || (pending ? false : 'failed');
        };
        const state = await eventually(`the server of ${user} is ready`, ready, SPAWN_MS);
        assert.equal(state, true, `the server of ${user} did not start:\n${this.log.slice(-4000)}`);
    }

    /** Stops a user's server and waits until its container has gone, or has stopped. */
    async stopServer(user, server = '') {
        await this.admin('DELETE', serverPath(user, server));
        const stopped = async () => {
            const { ready, pending } = (await this.server(user, server)) ?? {};
            return !ready && !pending;
        };
        await eventually(`the server of ${user} has stopped`, stopped, STOP_MS);
    }

    /** What the container of a user's server has printed. */
    async serverLog(user, server = '') {
        return docker('logs', this.container(user, server));
    }
}

/** A user's or a server's name as DockerSpawner puts it into names of containers and volumes. */
export function escaped(name) {
    const bytes = (character) => Buffer.from(character).toString('hex').replace(/../g, '-$&');
    return name.replace(/[^a-zA-Z0-9]/gu, bytes).toLowerCase();
}

/** Fills in the Hub's login form, which the page shows. */
export async function logIn(page, user) {
    await page.fill('#username_input', user);
    await page.fill('#password_input', PASSWORD);
    await page.click('#login_submit');
}

function isEnded(pid) {
    try {
        process.kill(pid, 0);
        return false;
    } catch (error) {
        if (error.code === 'ESRCH') return true;
        throw error;
    }
}

function serverPath(user, server) {
    const path = `/users/${encodeURIComponent(user)}`;
    return server === '' ? `${path}/server` : `${path}/servers/${encodeURIComponent(server)}`;
}

/**
 * A port such that the three that scripts/hub takes are free, and stay so until the Hub listens: below
 * the range that the kernel takes for outgoing connections (32768 to 60999, ip(7)). Those of an ended
 * Hub's proxy to containers that are gone hold theirs, at the bridge's address, for a while. And above
 * those that browsers, and fetch in Node, refuse to ask (Fetch, "port blocking"), the last of them 10080.
 */
export async function freePorts() {
    for (;;) {
        const port = randomInt(11_000, 32_000);
        const taken = [port, port + 1, port + 81];
        if ((await Promise.all(taken.map(isFree))).every(Boolean)) return port;
    }
}

// A real JupyterHub by scripts/hub, and what people do at it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, tryDocker, IMAGE } from './container.mjs';
import { REPO, Running, eventually, freePort, isFree } from './script.mjs';

const START_MS = 300_000; // it may have to install JupyterHub

const PASSWORD = 'any will do';

export class Hub {
    #script;
    #state;

    /** Starts a Hub with a state of its own, and homes that no other Hub uses. */
    static async start() {
        const hub = new Hub();
        hub.port = await freePorts();
        hub.url = `http://127.0.0.1:${hub.port}`;
        hub.#state = await mkdtemp(join(tmpdir(), 'waiide-hub-'));
        hub.#script = Running.atTerminal([
            join(REPO, 'scripts/hub'), '--port', String(hub.port), '--image', IMAGE, '--state', hub.#state,
            '--', `--DockerSpawner.volumes={"${hub.#volume('{username}')}": "/home/{raw_username}"}`,
        ]);
        const up = async () => (await fetch(`${hub.url}/hub/login`)).ok;
        const ended = hub.#script.end(START_MS * 2).then(() => assert.fail(`the Hub ended:\n${hub.#script.output}`));
        await Promise.race([eventually('the Hub answers', up, START_MS), ended]);
        ended.catch(() => {});
        return hub;
    }

    #volume(user) {
        return `waiide-e2e-${this.port}-${user}`;
    }

    /** The container of a user's default server. */
    container(user) {
        return `waiide-${this.port}-${user}`;
    }

    get log() {
        return this.#script.output;
    }

    /** Ctrl-C: returns the code and signal it ended with. */
    async interrupt(milliseconds) {
        this.#script.type('\x03');
        return this.#script.end(milliseconds);
    }

    /** Removes whatever a Hub that did not end well has left. */
    async discard(users) {
        if (this.#script.isRunning) await this.interrupt(60_000).catch(() => this.#script.signal('SIGKILL'));
        for (const user of users) {
            await tryDocker('rm', '--force', this.container(user));
            await tryDocker('volume', 'rm', this.#volume(user));
        }
        await rm(this.#state, { recursive: true, force: true });
    }

    /** The names of this Hub's containers that exist. */
    async containers() {
        const names = await docker('ps', '--all', '--format', '{{.Names}}');
        return names.split('\n').filter((name) => name.startsWith(`waiide-${this.port}-`));
    }

    /** A new API token of a user's, for their name and password. */
    async token(user) {
        const body = JSON.stringify({ auth: { username: user, password: PASSWORD } });
        const answer = await fetch(`${this.url}/hub/api/users/${user}/tokens`, { method: 'POST', body });
        assert.equal(answer.status, 201);
        return (await answer.json()).token;
    }

    /** Calls the Hub's REST API with a user's token. */
    api(token, method, path) {
        return fetch(`${this.url}/hub/api${path}`, { method, headers: { Authorization: `token ${token}` } });
    }
}

/** Fills in the Hub's login form, which the page shows. */
export async function logIn(page, user) {
    await page.fill('#username_input', user);
    await page.fill('#password_input', PASSWORD);
    await page.click('#login_submit');
}

/** A port such that the three that scripts/hub takes are free. */
async function freePorts() {
    for (;;) {
        const port = await freePort();
        if (port + 81 <= 65_535 && (await isFree(port + 1)) && (await isFree(port + 81))) return port;
    }
}

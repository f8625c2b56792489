// A Docker Swarm of two nodes: the engine at hand, and a second one as on another machine. Only
// root can start that.
import assert from 'node:assert/strict';
import { mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOCKER, docker, tryDocker } from './container.mjs';
import { REPO, Running, eventually, run } from './script.mjs';

const START_MS = 60_000;
const HAND_OVER_MS = 300_000;
// What a Swarm makes on each engine and leaves there.
const GATEWAY_NETWORK = 'docker_gwbridge';
// Both ends of the cable, in the range that is kept for tests of networks (RFC 2544).
const FIRST = '198.18.77.1';
const SECOND = '198.18.77.2';

export class Swarm {
    #engine;
    #folder;
    #isInitialised = false;

    /** Starts the second engine, gives it the image, and joins both. */
    static async start(image) {
        const state = await docker('info', '--format', '{{.Swarm.LocalNodeState}}');
        assert.equal(state, 'inactive', 'the engine is in a Swarm already, which is not ours to use');
        const routes = await must('ip', 'route', 'show', 'to', 'match', FIRST);
        assert.doesNotMatch(routes, /^[^d]/m, 'the network of the test is in use on this machine');
        const swarm = new Swarm();
        try {
            await swarm.#startEngine();
            await swarm.#handOver(image);
            await swarm.#join();
        } catch (error) {
            await swarm.end();
            throw error;
        }
        return swarm;
    }

    async #startEngine() {
        this.#folder = await mkdtemp(join(tmpdir(), 'waiide-engine-'));
        const [outer, inner] = ['waiide-two', 'waiide-one'];
        const script = join(REPO, 'tests/e2e/lib/second-engine.sh');
        const command = ['unshare', '--net', '--mount', script, this.#folder, inner, SECOND, FIRST];
        // It has to find the first one itself, past a proxy that the machine may have for the web.
        this.#engine = new Running(command, { env: { HTTPS_PROXY: '', https_proxy: '' } });
        const own = await readlink('/proc/self/ns/net');
        await eventually('namespaces', async () => (await readlink(`/proc/${this.#engine.pid}/ns/net`)) !== own);
        // The cable goes when one of its ends does, with the namespace.
        await must('ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', String(this.#engine.pid));
        await must('ip', 'address', 'add', `${FIRST}/30`, 'dev', outer);
        await must('ip', 'link', 'set', outer, 'up');
        await eventually('the second engine answers', () => {
            assert.ok(this.#engine.isRunning, this.#engine.output.slice(-4000));
            return this.onSecond('info');
        }, START_MS);
    }

    async #handOver(image) {
        const line = `'${DOCKER}' save ${image} | '${DOCKER}' --host unix://${this.#folder}/socket load`;
        await must('sh', '-c', line, { timeout: HAND_OVER_MS });
    }

    async #join() {
        const networks = await docker('network', 'ls', '--format', '{{.Name}}');
        this.hadGateway = networks.split('\n').includes(GATEWAY_NETWORK);
        await docker('swarm', 'init', '--advertise-addr', FIRST, '--listen-addr', `${FIRST}:2377`);
        this.#isInitialised = true;
        const token = await docker('swarm', 'join-token', '--quiet', 'worker');
        const address = ['--advertise-addr', SECOND, '--listen-addr', `${SECOND}:2377`];
        await this.onSecond('swarm', 'join', '--token', token, ...address, `${FIRST}:2377`);
        this.secondId = await this.onSecond('info', '--format', '{{.Swarm.NodeID}}');
        const ready = async () => (await docker('node', 'inspect', '--format', '{{.Status.State}}', this.secondId)) === 'ready';
        await eventually('the second node is ready', ready, START_MS);
    }

    /** Runs docker against the second engine. */
    onSecond(...args) {
        return docker('--host', `unix://${this.#folder}/socket`, ...args);
    }

    /** The task of a service that runs, or ran last. */
    async taskOf(service) {
        const [id] = (await docker('service', 'ps', '--quiet', service)).split('\n');
        return JSON.parse(await docker('inspect', '--type', 'task', id))[0];
    }

    /** Leaves both engines as they were found. */
    async end() {
        if (this.#isInitialised) {
            await docker('swarm', 'leave', '--force');
            const removed = async () => (await tryDocker('network', 'rm', GATEWAY_NETWORK)).code === 0;
            if (!this.hadGateway) await eventually(`${GATEWAY_NETWORK} is removed`, removed);
        }
        this.#engine?.signal('SIGTERM');
        await this.#engine?.end(START_MS);
        await rm(this.#folder, { recursive: true, force: true });
    }
}

/** Runs a command that has to succeed, and returns what it printed; the last argument may be its options. */
async function must(...command) {
    const options = typeof command.at(-1) === 'object' ? command.pop() : {};
    const { code, output } = await run(command, options);
    assert.equal(code, 0, `${command.join(' ')}: ${output}`);
    return output;
}

// scripts/quickstart, as a person runs it at a terminal: the whole workbench, then Ctrl-C.
import assert from 'node:assert/strict';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findInit, namespaceOf, processesIn } from './lib/namespace.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { REPO, Running, eventually, freePort, run } from './lib/script.mjs';

const START_MS = 600_000; // it may have to compile everything
const STOP_MS = 10_000;
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'waiide-init');
const SOMEBODY = 54_321; // a user that no file knows of

let folder;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waiide-quickstart-'));
    await chmod(folder, 0o755);
});

// What is still ending, after a failure, may write for a moment.
after(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }));

/** Starts it on free ports with a new home, and waits until it says that it runs. */
async function start({ name, prefix = [], options = [], env = {} }) {
    const home = join(folder, name);
    await mkdir(home, { recursive: true });
    const ports = { port: await freePort(), idePort: await freePort() };
    const started = Date.now();
    const script = Running.atTerminal(
        [...prefix, join(REPO, 'scripts/quickstart'), '--home', home, ...options,
            '--port', String(ports.port), '--ide-port', String(ports.idePort)],
        { env },
    );
    const [, url] = await script.printed(/runs at (http:\S+)/, START_MS);
    console.error(`${name}: healthy ${Date.now() - started} ms after the command`);
    const init = await findInit(script.pid);
    return { script, url, init, namespace: await namespaceOf(init), workspace: join(home, 'workspace'), ...ports };
}

function diskAt(workspace) {
    return {
        read: (file) => readFile(join(workspace, file), 'utf8'),
        owner: async (file) => {
            const { uid, gid } = await stat(join(workspace, file));
            return `${uid}:${gid}`;
        },
    };
}

async function assertNothingLeft({ namespace, url }) {
    assert.deepEqual(await processesIn(namespace), []);
    await assert.rejects(fetch(url), 'the port is still answered');
}

async function digest(file) {
    return createHash('sha256').update(await readFile(file)).digest('hex');
}

test('as root: the workbench works, and Ctrl-C leaves nothing', { skip: notRoot() }, async () => {
    const passwd = await digest('/etc/passwd');
    const env = { WAIIDE_PORT: 'nonsense', JUPYTERHUB_USER: 'somebody' }; // must not reach it
    const running = await start({ name: 'quickstart-root', env });
    try {
        await proveWorkbench({ name: 'quickstart-root', url: running.url, disk: diskAt(running.workspace), owner: '1000:100' });
        const processes = await processesIn(running.namespace);
        assert.match(processes.find(({ pid }) => pid === running.init).command, /^waiide-init/);
        assert.deepEqual(processes.filter(({ uid }) => uid !== 1000), [], 'all of it is uid 1000');
        const { services } = await (await fetch(new URL('/api/services', running.url))).json();
        assert.deepEqual(services.map(({ name, ready }) => `${name} ${ready}`).sort(), ['gateway true', 'ide true']);
    } finally {
        running.script.type('\x03');
    }
    assert.deepEqual(await running.script.end(STOP_MS), { code: 0, signal: null });
    await assertNothingLeft(running);
    assert.equal(await digest('/etc/passwd'), passwd, 'the host is as it was');
});

test('TERM stops it, too', { skip: notRoot() }, async () => {
    const running = await start({ name: 'quickstart-term' });
    // The script itself, below script(1) that gives it a terminal.
    const [child] = (await readFile(`/proc/${running.script.pid}/task/${running.script.pid}/children`, 'utf8')).split(' ');
    process.kill(Number(child), 'SIGTERM');
    assert.deepEqual(await running.script.end(STOP_MS), { code: 0, signal: null });
    await assertNothingLeft(running);
});

test('when the script is killed, nothing outlives it', { skip: notRoot() }, async () => {
    const running = await start({ name: 'quickstart-kill' });
    const [child] = (await readFile(`/proc/${running.script.pid}/task/${running.script.pid}/children`, 'utf8')).split(' ');
    process.kill(Number(child), 'SIGKILL');
    await eventually('the namespace ends', async () => (await processesIn(running.namespace)).length === 0, STOP_MS);
});

test('a port in use is refused by its number', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    try {
        const { code, output } = await run([join(REPO, 'scripts/quickstart'), '--port', String(port)]);
        assert.equal(code, 1);
        assert.match(output, new RegExp(`port ${port} .*in use`));
    } finally {
        other.close();
    }
});

test('as an ordinary user: the workbench works, and the files are theirs', { skip: notRoot() }, async (t) => {
    const setpriv = ['setpriv', '--reuid', `${SOMEBODY}`, '--regid', `${SOMEBODY}`, '--clear-groups'];
    const allowed = await run([...setpriv, 'unshare', '--user', '--map-root-user', '--mount', '--pid', '--fork', 'true']);
    if (allowed.code !== 0) return t.skip(`user namespaces are not allowed here: ${allowed.output.trim()}`);

    const { options, env, account } = await somebody();
    const running = await start({ name: 'quickstart-user', prefix: setpriv, options, env });
    try {
        const disk = diskAt(running.workspace);
        await proveWorkbench({ name: 'quickstart-user', url: running.url, disk, owner: `${SOMEBODY}:${SOMEBODY}` });
        const processes = await processesIn(running.namespace);
        assert.deepEqual(processes.filter(({ uid }) => uid !== SOMEBODY), []);
    } finally {
        running.script.type('\x03');
    }
    assert.deepEqual(await running.script.end(STOP_MS), { code: 0, signal: null });
    await assertNothingLeft(running);
    await rm(account, { recursive: true, force: true });
});

/**
 * What an ordinary user has in place: a home, and a cache folder with the server in it, as hard
 * links to root's, so that the test neither fetches nor compiles it again. cargo stays root's, so
 * the binary is one that is built already.
 */
async function somebody() {
    const account = join(folder, 'somebody');
    const cache = join(account, 'cache/waiide-init');
    await mkdir(cache, { recursive: true });
    const linked = await run(['cp', '-al', ...(await complete(CACHE)), cache]);
    assert.equal(linked.code, 0, linked.output);
    const binary = join(account, 'waiide-init');
    const built = await run([join(REPO, 'scripts/build')], { timeout: START_MS });
    await cp(built.output.trim().split('\n').at(-1), binary);
    for (const path of [account, join(account, 'cache'), cache]) await chown(path, SOMEBODY, SOMEBODY);
    await mkdir(join(folder, 'quickstart-user'));
    await chown(join(folder, 'quickstart-user'), SOMEBODY, SOMEBODY);
    return { account, options: ['--binary', binary], env: { HOME: account, XDG_CACHE_HOME: join(account, 'cache') } };
}

/** The folders of the cache that hold Node and the server. */
async function complete(cache) {
    const names = (await readdir(cache)).filter((name) => /^(node|vscode-server)-[\d.]+$/.test(name));
    assert.equal(names.length, 2, `${cache} holds ${names}`);
    return names.map((name) => join(cache, name));
}

function notRoot() {
    return process.getuid() === 0 ? false : 'it takes root to look into the namespace';
}

// Containers of the image, by the docker client that scripts/test has chosen.
import { run } from './script.mjs';

export const DOCKER = process.env.DOCKER ?? 'docker';
export const IMAGE = process.env.E2E_IMAGE ?? 'waiide';

/** Runs docker; returns what it printed on both streams. A failure throws it. */
export async function docker(...args) {
    const { code, output } = await run([DOCKER, ...args]);
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit code ${code}\n${output}`);
    return output.trim();
}

/** The same, where a failure is an answer: `{ code, output }`. */
export function tryDocker(...args) {
    return run([DOCKER, ...args]);
}

/** Starts a container of the image in the background and returns its id. */
export function startContainer(...options) {
    return docker('run', '--detach', '--label', 'waiide-init-e2e', ...options, IMAGE);
}

/** Removes a container, whatever its state; its log goes to stderr when `failed`. */
export async function removeContainer(id, failed = false) {
    if (failed) console.error((await tryDocker('logs', '--tail', '60', id)).output);
    await tryDocker('rm', '--force', '--volumes', id);
}

/** `docker inspect` of one container. */
export async function inspect(id) {
    return JSON.parse(await docker('inspect', id))[0];
}

/** The processes in a container as [{ pid, uid, command }], seen from the host. */
export async function processesOf(id) {
    const lines = (await docker('top', id, '-eo', 'pid,uid,args')).split('\n').slice(1);
    return lines.map((line) => {
        const [, pid, uid, command] = line.match(/^\s*(\d+)\s+(\d+)\s+(.*)$/);
        return { pid: Number(pid), uid: Number(uid), command };
    });
}

/** The workspace of a container, for proveWorkbench. */
export function diskIn(id, workspace) {
    return {
        read: (file) => untrimmed('exec', id, 'cat', `${workspace}/${file}`),
        owner: (file) => docker('exec', id, 'stat', '--format', '%u:%g', `${workspace}/${file}`),
    };
}

async function untrimmed(...args) {
    const { code, output } = await tryDocker(...args);
    if (code !== 0) throw new Error(output);
    return output;
}

// Looks at the processes of a namespace from outside, through /proc.
import { readdir, readFile, readlink } from 'node:fs/promises';

/** The processes in the same PID namespace as `pid`, as [{ pid, uid, command }]. */
export async function processesBeside(pid) {
    return processesIn(await readlink(`/proc/${pid}/ns/pid`));
}

/** The processes in a PID namespace, named as by readlink(/proc/PID/ns/pid). */
export async function processesIn(namespace) {
    const found = [];
    for (const entry of await readdir('/proc')) {
        if (!/^\d+$/.test(entry)) continue;
        const process = await describe(entry, namespace).catch(() => null); // it ended meanwhile
        if (process) found.push(process);
    }
    return found;
}

export function namespaceOf(pid) {
    return readlink(`/proc/${pid}/ns/pid`);
}

/** The first process of the namespace that `ancestor`, an unshare somewhere below it, has made. */
export async function findInit(ancestor) {
    const own = await namespaceOf('self');
    const queue = [String(ancestor)];
    while (queue.length > 0) {
        const pid = queue.shift();
        if ((await namespaceOf(pid)) !== own) return Number(pid);
        const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
        queue.push(...children.split(' ').filter(Boolean));
    }
    throw new Error(`no process below ${ancestor} has a PID namespace of its own`);
}

async function describe(pid, namespace) {
    if ((await readlink(`/proc/${pid}/ns/pid`)) !== namespace) return null;
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ').trim();
    return { pid: Number(pid), uid: Number(status.match(/^Uid:\t(\d+)/m)[1]), command };
}

/** The process that has the number `pid` in a PID namespace, by its number out here. */
export async function hostPid(namespace, pid) {
    for (const process of await processesIn(namespace)) {
        const status = await readFile(`/proc/${process.pid}/status`, 'utf8').catch(() => '');
        if (status.match(/^NSpid:.*\t(\d+)$/m)?.[1] === String(pid)) return process.pid;
    }
    throw new Error(`no process ${pid} in ${namespace}`);
}

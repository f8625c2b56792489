// Rootless Podman, as somebody who is nobody on this machine: an account of its own with a range of
// subordinate ids, in a mount namespace that has its own /etc/passwd, /etc/subuid and /etc/subgid.
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCKER, IMAGE } from './container.mjs';
import { run } from './script.mjs';

/** Who starts the containers, and the first of their 65536 subordinate ids. */
export const PERSON = 59_876;
export const RANGE = 1_600_000_000;

const NAME = 'waiide-podman';
const ENTER = `set -e
for name in passwd subuid subgid; do mount -n --bind "$DIR/$name" "/etc/$name"; done
exec setpriv --reuid=${PERSON} --regid=${PERSON} --clear-groups env -i HOME="$DIR/home" PATH="$PATH" \\
    XDG_RUNTIME_DIR="$DIR/run" TMPDIR="$DIR/home" "$@"`;
// runc and cgroupfs: they also do on a machine without systemd, with cgroup v1.
const OPTIONS = ['--storage-driver=overlay', '--runtime=/usr/sbin/runc', '--cgroup-manager=cgroupfs', '--log-level=error'];

export class Podman {
    /** With the image; or throws why it can't be had. */
    static async make() {
        const podman = new Podman();
        podman.dir = await mkdtemp('/var/tmp/waiide-podman-');
        await chmod(podman.dir, 0o755);
        try {
            await podman.#makeAccount();
            const load = await podman.#as('sh', '-c', `podman ${OPTIONS.join(' ')} load --quiet <&3`);
            if (load.code !== 0) throw new Error(load.output);
        } catch (error) {
            await podman.end();
            throw error;
        }
        return podman;
    }

    /** Runs a container of the image to its end: `{ code, output }`. */
    async run(options, words = []) {
        const started = ['run', '--rm', '--network=none', '--no-healthcheck', ...options, `localhost/${IMAGE}`];
        return this.#as('podman', ...OPTIONS, ...started, ...words);
    }

    /** A folder of the host with a file in it, both of this owner. */
    async folder(name, owner) {
        const folder = join(this.dir, name);
        await mkdir(folder);
        await writeFile(join(folder, 'work.txt'), 'mine\n');
        await chown(join(folder, 'work.txt'), owner, owner);
        await chown(folder, owner, owner);
        return folder;
    }

    /** Ends the process that keeps the user namespace, and removes everything. */
    async end() {
        const pid = await readFile(join(this.dir, 'run/libpod/tmp/pause.pid'), 'utf8').catch(() => '');
        if (pid.trim()) process.kill(Number(pid));
        await rm(this.dir, { recursive: true, force: true });
    }

    async #makeAccount() {
        const line = `${NAME}:x:${PERSON}:${PERSON}::${this.dir}/home:/bin/sh\n`;
        await writeFile(join(this.dir, 'passwd'), await readFile('/etc/passwd', 'utf8') + line);
        for (const name of ['subuid', 'subgid']) await writeFile(join(this.dir, name), `${NAME}:${RANGE}:65536\n`);
        for (const name of ['home', 'run']) {
            await mkdir(join(this.dir, name), { mode: 0o700 });
            await chown(join(this.dir, name), PERSON, PERSON);
        }
    }

    /** Runs a command as that person; descriptor 3 has the image. */
    #as(...command) {
        const isLoading = command[0] === 'sh';
        const unshare = ['unshare', '--mount', 'sh', '-c', ENTER, 'enter', ...command];
        const piped = ['sh', '-c', '"$0" save "$1" | { exec 3<&0; shift; exec "$@" </dev/null; }', DOCKER, IMAGE];
        const env = { ...process.env, DIR: this.dir };
        return run(isLoading ? [...piped, ...unshare] : unshare, { env });
    }
}

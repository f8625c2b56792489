// Folders of the host that containers get for a home, with whatever owners a test needs.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IMAGE, docker } from './container.mjs';

/** Runs a shell script as root, with a folder at /there. Owners can be set so without being root. */
export function asRoot(folder, script) {
    const shell = ['--user', '0', '--entrypoint', 'sh'];
    return docker('run', '--rm', ...shell, '--volume', `${folder}:/there`, IMAGE, '-c', `cd /there; ${script}`);
}

/** A folder that holds folders; `end` removes it with all that containers have put there. */
export class Volumes {
    static async make() {
        const volumes = new Volumes();
        volumes.path = await mkdtemp(join(tmpdir(), 'waiide-volumes-'));
        await chmod(volumes.path, 0o755);
        return volumes;
    }

    /** A folder with one file in it, and what this script makes of it. */
    async folder(name, script) {
        await asRoot(this.path, `mkdir '${name}'; cd '${name}'; echo mine > work.txt; ${script}`);
        return join(this.path, name);
    }

    /** The owner and the contents of that file: what no start may change. */
    async fileIn(folder) {
        return asRoot(folder, "stat -c '%u:%g' work.txt; cat work.txt; ls -A | wc -l");
    }

    async end() {
        await asRoot(this.path, 'rm -rf ./*');
        await rm(this.path, { recursive: true, force: true });
    }
}

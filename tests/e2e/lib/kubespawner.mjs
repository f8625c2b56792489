// KubeSpawner for the Hub's Python: installed once, exactly as locked, outside the tree.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { REPO, run } from './script.mjs';

const LOCK = join(REPO, 'tests/e2e/hubs/requirements-kubespawner.txt');
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'waiide-init');

/** The folder to be put on PYTHONPATH. */
export async function kubeSpawner() {
    const digest = createHash('sha256').update(await readFile(LOCK)).digest('hex').slice(0, 12);
    const folder = join(CACHE, `kubespawner-${digest}`);
    if (!existsSync(folder)) await install(folder);
    const [version] = await readdir(join(folder, 'lib'));
    return join(folder, 'lib', version, 'site-packages');
}

/** Installs aside, so that the folder is there only when all of it is. */
async function install(folder) {
    const aside = await mkdtemp(`${folder}-`);
    try {
        await must('python3', '-m', 'venv', aside);
        const options = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--requirement', LOCK];
        await must(join(aside, 'bin/python'), '-m', 'pip', 'install', ...options);
        await rename(aside, folder);
    } catch (error) {
        await rm(aside, { recursive: true, force: true });
        throw error;
    }
}

async function must(...command) {
    const { code, output } = await run(command, { timeout: 600_000 });
    assert.equal(code, 0, `${command.join(' ')}: ${output}`);
}

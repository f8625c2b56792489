// docker/jupyterhub/zero-to-jupyterhub.yaml: what KubeSpawner makes of it, in a container that has
// just that.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { IMAGE, docker, inspect, processesOf, tryDocker } from './lib/container.mjs';
import { Hub } from './lib/hub.mjs';
import { kubeSpawner } from './lib/kubespawner.mjs';
import { REPO } from './lib/script.mjs';
import { Visitor } from './lib/visitor.mjs';

const CONFIGS = ['tests/e2e/hub-configs/wrong_scopes.py', 'tests/e2e/hub-configs/pods.py'];
// A configuration of kubectl's, which KubeSpawner wants to have; nothing is asked there.
const CLUSTER = JSON.stringify({
    'current-context': 'none',
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
    clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'none', user: {} }],
});
const NAME = `waiide-e2e-pod-${process.pid}`;

let folder;
let hub;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waiide-kube-'));
    await writeFile(join(folder, 'cluster'), CLUSTER);
    const env = {
        KUBECONFIG: join(folder, 'cluster'),
        PYTHONPATH: await kubeSpawner(),
        TEST_CONFIGS: join(REPO, 'docker/jupyterhub'),
        TEST_CONTAINER: NAME,
        TEST_IMAGE: IMAGE,
        TEST_POD: join(folder, 'pod.json'),
        TEST_VOLUME: NAME,
    };
    hub = await Hub.start({ configs: CONFIGS, env });
    await hub.addUsers('alice', 'bob');
    await hub.startServer('alice', 'waiide');
});

after(async () => {
    await tryDocker('rm', '--force', '--volumes', NAME);
    await tryDocker('volume', 'rm', NAME);
    await hub?.discard();
    await rm(folder, { recursive: true, force: true });
});

async function visit(user) {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, user);
    return visitor.get(`${hub.url}/user/alice/waiide/`);
}

test('the pod is a user without rights, with the volume at /home/jovyan', async () => {
    const { spec } = JSON.parse(await readFile(join(folder, 'pod.json'), 'utf8'));
    const [container] = spec.containers;
    assert.deepEqual(spec.securityContext, { fsGroup: 100 });
    assert.deepEqual(container.securityContext, {
        runAsUser: 1000,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(container.args, ['jupyterhub-singleuser']);
    assert.equal(container.command, undefined, "the image's own entry point stays");
    assert.deepEqual(container.volumeMounts.map(({ mountPath }) => mountPath), ['/home/jovyan']);
    assert.deepEqual(spec.volumes.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName), ['claim-alice--waiide']);
    assert.ok(container.env.some(({ name, value }) => name === 'WAIIDE_HOME' && value === '/home/jovyan'));
});

test('the container has just that', async () => {
    const { Config, HostConfig } = await inspect(NAME);
    assert.deepEqual(Config.Cmd, ['jupyterhub-singleuser']);
    assert.equal(Config.User, '1000');
    assert.deepEqual([HostConfig.GroupAdd, HostConfig.CapDrop, HostConfig.SecurityOpt], [['100'], ['ALL'], ['no-new-privileges']]);
    const status = await docker('exec', NAME, 'cat', '/proc/1/status');
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    assert.match(status, /^CapBnd:\s+0{16}$/m);
    assert.deepEqual((await processesOf(NAME)).filter(({ uid }) => uid !== 1000), []);
});

test('its owner gets the IDE, by scopes that RepairScopes put right, and nobody else does', async () => {
    const { status, url, text, trail } = await visit('alice');
    assert.equal(status, 200, trail.join('\n'));
    assert.equal(new URL(url).pathname, '/user/alice/waiide/ide/');
    assert.match(text, /vscode-workbench-web-configuration/);
    assert.equal((await visit('bob')).status, 403);
    const files = await docker('exec', NAME, 'ls', '-A', '/home/jovyan');
    for (const name of ['workspace', '.jupyter', '.WAIIDE-server']) assert.ok(files.split('\n').includes(name), files);
});

test("it ends within KubeSpawner's 1 s, and its files are there at the next start", async () => {
    await docker('exec', NAME, 'sh', '-c', 'echo kept > /home/jovyan/workspace/note');
    // A machine with much to do may take longer once; a program that does not end never does.
    for (let attempt = 1; ; attempt++) {
        await hub.stopServer('alice', 'waiide');
        const [, code, seconds] = [...hub.log.matchAll(/the pod ended with (\d+) after ([\d.]+) s/g)].at(-1);
        console.error(`hub-config-kubernetes: the pod ended with ${code} after ${seconds} s`);
        await hub.startServer('alice', 'waiide');
        assert.equal(await docker('exec', NAME, 'cat', '/home/jovyan/workspace/note'), 'kept');
        if (code === '0') break;
        assert.ok(attempt < 3, `exit code ${code}`);
    }
    await hub.stopServer('alice', 'waiide');
});

// docker/jupyterhub/swarm.py on a real Swarm of two engines.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { IMAGE, docker, tryDocker } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';
import { REPO, eventually } from './lib/script.mjs';
import { Swarm } from './lib/swarm.mjs';
import { Visitor } from './lib/visitor.mjs';

const CONFIGS = ['docker/jupyterhub/swarm.py', 'tests/e2e/hub-configs/wrong_scopes.py', 'tests/e2e/hub-configs/on_swarm.py'];

let swarm;
let hub;
let tasks; // by service

const SERVICES = { alice: '', bob: 'waiide' }; // user and server
const serviceOf = (user) => hub.container(user, SERVICES[user]);
const isOnSecond = (user) => tasks[user].NodeID === swarm.secondId;

before(async () => {
    const id = await docker('image', 'inspect', '--format', '{{.Id}}', IMAGE);
    swarm = await Swarm.start(id);
    const env = { TEST_IMAGE_ID: id, TEST_CONFIGS: join(REPO, 'docker/jupyterhub') };
    hub = await Hub.start({ configs: CONFIGS, env });
    await hub.addUsers('alice', 'bob');
});

after(async () => {
    for (const user of Object.keys(SERVICES)) if (hub) await tryDocker('service', 'rm', serviceOf(user));
    await hub?.discard();
    await swarm?.end();
});

const onNodeOf = (user, ...args) => (isOnSecond(user) ? swarm.onSecond(...args) : docker(...args));

test('two servers start, one on each node', async () => {
    await Promise.all(Object.entries(SERVICES).map(([user, server]) => hub.startServer(user, server)));
    tasks = { alice: await swarm.taskOf(serviceOf('alice')), bob: await swarm.taskOf(serviceOf('bob')) };
    assert.notEqual(tasks.alice.NodeID, tasks.bob.NodeID);
});

test('the one on the other machine is a working workbench', async () => {
    const user = isOnSecond('alice') ? 'alice' : 'bob';
    const container = tasks[user].Status.ContainerStatus.ContainerID;
    const workspace = `/home/${user}/workspace`;
    await proveWorkbench({
        name: 'hub-swarm',
        url: `${hub.url}/hub/login?next=${encodeURIComponent(`/user/${user}/${SERVICES[user]}`)}`,
        disk: {
            read: (file) => onNodeOf(user, 'exec', container, 'cat', `${workspace}/${file}`),
            owner: (file) => onNodeOf(user, 'exec', container, 'stat', '--format', '%u:%g', `${workspace}/${file}`),
        },
        owner: '1000:100',
        enter: (page) => logIn(page, user),
    });
});

test('each is reached by its owner, at its own node, and by nobody else', async () => {
    for (const [user, server] of Object.entries(SERVICES)) {
        for (const [visitor, status] of [[user, 200], [user === 'alice' ? 'bob' : 'alice', 403]]) {
            const visit = new Visitor();
            await visit.logIn(hub.url, visitor);
            const answer = await visit.get(`${hub.url}/user/${user}/${server && `${server}/`}ide/`);
            assert.equal(answer.status, status, `${visitor} at ${user}'s: ${answer.trail.join('\n')}`);
        }
    }
});

test('each home is a named volume on its node', async () => {
    for (const user of Object.keys(SERVICES)) {
        const container = tasks[user].Status.ContainerStatus.ContainerID;
        const mounts = JSON.parse(await onNodeOf(user, 'inspect', '--format', '{{json .Mounts}}', container));
        assert.deepEqual(mounts.map(({ Type, Name, Destination }) => [Type, Name, Destination]), [['volume', hub.volume(user), `/home/${user}`]]);
    }
});

test('a server that its user shuts down stays down', async () => {
    const token = await hub.token('alice');
    const headers = { Authorization: `token ${token}` };
    const answer = await fetch(`${hub.url}/user/alice/api/shutdown`, { method: 'POST', headers });
    assert.ok(answer.ok, `${answer.status}`);
    await eventually('the Hub has noticed', async () => (await hub.server('alice')) === undefined, 60_000);
    const task = await swarm.taskOf(serviceOf('alice'));
    assert.deepEqual([task.ID, task.Status.State, task.Status.ContainerStatus.ExitCode], [tasks.alice.ID, 'complete', 0]);
});

test('stopped through the Hub, the service goes', async () => {
    await hub.stopServer('bob', 'waiide');
    assert.notEqual((await tryDocker('service', 'inspect', serviceOf('bob'))).code, 0);
});

// docker/jupyterhub's Hub as it is, with its named servers and its roles: what each user gets, and
// who comes in where.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { docker, inspect } from './lib/container.mjs';
import { Hub } from './lib/hub.mjs';
import { Visitor } from './lib/visitor.mjs';

let hub;

before(async () => {
    hub = await Hub.start({ configs: ['docker/jupyterhub/named_servers.py', 'docker/jupyterhub/roles.py'] });
    await hub.addUsers('alice', 'bob', 'carol');
    await Promise.all([hub.startServer('alice'), hub.startServer('alice', 'waiide'), hub.startServer('bob')]);
});

after(() => hub?.discard());

// The template's two dashes stay where a server has no name.
const defaultOf = (user) => `${hub.container(user)}--`;

async function variables(container) {
    const { Config } = await inspect(container);
    return Object.fromEntries(Config.Env.map((line) => line.split(/=(.*)/s)));
}

async function mountsOf(container) {
    return (await inspect(container)).Mounts.map(({ Name, Destination }) => [Name, Destination]);
}

async function visit(user, server) {
    const visitor = new Visitor();
    await visitor.logIn(hub.url, user);
    const answer = await visitor.visit(`${hub.url}/user/alice/${server}ide/`);
    if (answer.status === 200) assert.match(answer.text, /vscode-workbench-web-configuration/, answer.trail.join('\n'));
    return answer.status;
}

test('each server is a container of its own, on port 8070, with its own scope', async () => {
    const containers = [defaultOf('alice'), hub.container('alice', 'waiide'), defaultOf('bob')];
    assert.deepEqual((await hub.containers()).sort(), containers.sort());
    for (const [container, path, server] of [
        [defaultOf('alice'), '/user/alice/', 'alice/'],
        [hub.container('alice', 'waiide'), '/user/alice/waiide/', 'alice/waiide'],
    ]) {
        const env = await variables(container);
        assert.equal(env.JUPYTERHUB_SERVICE_URL, `http://0.0.0.0:8070${path}`);
        assert.equal(env.JUPYTERHUB_OAUTH_CALLBACK_URL, `${path}oauth_callback`);
        assert.equal(JSON.parse(env.JUPYTERHUB_OAUTH_ACCESS_SCOPES)[0], `access:servers!server=${server}`);
    }
});

test('a volume for each user, that outlives the container', async () => {
    const home = [[hub.volume('alice'), '/home/alice']];
    assert.deepEqual(await mountsOf(defaultOf('alice')), home);
    assert.deepEqual(await mountsOf(hub.container('alice', 'waiide')), home);
    assert.deepEqual(await mountsOf(defaultOf('bob')), [[hub.volume('bob'), '/home/bob']]);

    const { Id } = await inspect(defaultOf('bob'));
    await docker('exec', '--user', '1000', Id, 'sh', '-c', 'echo kept > /home/bob/workspace/note; touch /tmp/lost');
    await hub.stopServer('bob');
    assert.ok(!(await hub.containers()).includes(defaultOf('bob')), 'the container is removed');
    await hub.startServer('bob');
    assert.notEqual((await inspect(defaultOf('bob'))).Id, Id);
    assert.equal(await docker('exec', defaultOf('bob'), 'cat', '/home/bob/workspace/note'), 'kept');
    await assert.rejects(docker('exec', defaultOf('bob'), 'cat', '/tmp/lost'), /No such file/);
});

test('the owner and an admin come in, another user and nobody do not', async () => {
    assert.equal(await visit('alice', 'waiide/'), 200);
    assert.equal(await visit('admin', 'waiide/'), 200);
    assert.equal(await visit('bob', 'waiide/'), 403);
    const nobody = await new Visitor().get(`${hub.url}/user/alice/waiide/ide/`);
    assert.match(nobody.url, /\/hub\/login\?next=/, nobody.trail.join('\n'));
});

test('whom alice shares a server with comes into that one', async () => {
    const token = await hub.token('alice');
    const share = await hub.api(token, 'POST', '/shares/alice/waiide', { user: 'bob' });
    assert.equal(share.status, 200, await share.text());
    assert.equal(await visit('bob', 'waiide/'), 200);
    assert.equal(await visit('bob', ''), 403);
    // The other way round he has nothing to give.
    const taken = await hub.api(await hub.token('bob'), 'POST', '/shares/alice/waiide', { user: 'carol' });
    assert.equal(taken.status, 404, await taken.text());

    await hub.api(token, 'PATCH', '/shares/alice/waiide', { user: 'bob' });
    assert.equal(await visit('bob', 'waiide/'), 403);
});

test('the group that helps others comes in, and starts nothing of theirs', async () => {
    assert.equal(await visit('carol', 'waiide/'), 403);
    await hub.admin('POST', '/groups/support/users', { users: ['carol'] });
    assert.equal(await visit('carol', 'waiide/'), 200);
    const start = await hub.api(await hub.token('carol'), 'POST', '/users/bob/servers/x', {});
    assert.ok([403, 404].includes(start.status), `${start.status}`);
});

test('the server of a user can report activity and do no more', async () => {
    const { JUPYTERHUB_API_TOKEN } = await variables(hub.container('alice', 'waiide'));
    const whoami = await (await hub.api(JUPYTERHUB_API_TOKEN, 'GET', '/user')).json();
    const scopes = whoami.scopes.filter((scope) => !scope.startsWith('read:users:'));
    assert.deepEqual(scopes.sort(), ['access:servers!server=alice/waiide', 'users:activity!user=alice']);
});

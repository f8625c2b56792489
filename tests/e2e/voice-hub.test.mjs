// Voice behind a Hub with DockerSpawner: in default servers and named ones, each with the policy on,
// off, and set to forbid; and what Jupyter's own pages and the Hub's get.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { diskIn } from './lib/container.mjs';
import { EXTENSION } from './lib/gateway.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { CASES, POLICY, USERS, listen } from './lib/voice.mjs';

let hub;

before(async () => {
    hub = await Hub.start({
        configs: ['tests/e2e/hub-configs/own_headers.py', 'tests/e2e/hub-configs/voice.py', 'docker/jupyterhub/voice.py'],
        env: { TEST_EXTENSION: EXTENSION },
    });
    await hub.addUsers(...Object.values(USERS));
    await Promise.all(Object.values(USERS).map((user) => hub.startServer(user)));
    await Promise.all(Object.values(USERS).map((user) => hub.startServer(user, 'waiide')));
});

after(() => hub?.discard());

for (const [place, server, path] of [['default server', '', ''], ['named server', 'waiide', 'waiide/']]) {
    for (const { name, policies, check } of CASES) {
        test(`${place}, the policy ${name}`, async () => {
            const user = USERS[name];
            const listened = await listen({
                name: `voice-hub-${server || 'default'}-${name}`,
                url: `${hub.url}/user/${user}/${path}ide/`,
                disk: diskIn(hub.container(user, server), `/home/${user}/workspace`),
                enter: (page) => logIn(page, user),
            });
            assert.equal(new URL(listened.address).pathname, `/user/${user}/${path}ide/`);
            check(listened.found, new URL(hub.url).origin);
            assert.deepEqual(listened.policies, policies);
        });
    }
}

test("Jupyter's own pages have the policy of the IDE", async () => {
    for (const { name, policies } of CASES) {
        const headers = { Authorization: `token ${await hub.token(USERS[name])}` };
        const { status, headers: got } = await fetch(`${hub.url}/user/${USERS[name]}/api/status`, { headers });
        assert.equal(status, 200);
        assert.deepEqual([got.get('permissions-policy')], [policies[0] ?? null], name);
    }
});

test("voice.py gives the Hub's pages one policy, and takes nothing from them", async () => {
    for (const [path, status, rest] of [['/hub/login', 200, ''], ['/hub/nowhere', 404, ''], ['/hub/api/', 200, "; default-src 'none'"]]) {
        const answer = await fetch(`${hub.url}${path}`, { redirect: 'manual' });
        assert.equal(answer.status, status, path);
        const got = ['permissions-policy', 'content-security-policy', 'x-site'].map((name) => answer.headers.get(name));
        assert.deepEqual(got, [POLICY, `frame-ancestors 'none'; report-uri /hub/security/csp-report${rest}`, 'its own'], path);
    }
});

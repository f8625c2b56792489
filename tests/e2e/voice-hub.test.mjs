// Voice behind a Hub with DockerSpawner: in default servers and named ones, each with the policy on,
// off, and set to forbid. The policy goes by the user's name.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { diskIn } from './lib/container.mjs';
import { EXTENSION } from './lib/gateway.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { CASES, listen } from './lib/voice.mjs';

const USERS = { on: 'alice', off: 'bob', forbid: 'carol' };

let hub;

before(async () => {
    hub = await Hub.start({
        configs: ['docker/jupyterhub/voice.py', 'tests/e2e/hub-configs/voice.py'],
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

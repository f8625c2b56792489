// Voice over TLS: docker/nginx's site before a standalone waiide-init, and docker/jupyterhub's
// before a Hub, in the real browser.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { diskIn } from './lib/container.mjs';
import { EXTENSION, Gateway } from './lib/gateway.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { Nginx } from './lib/nginx.mjs';
import { REPO } from './lib/script.mjs';
import { Visitor } from './lib/visitor.mjs';
import { CASES, FLAGS, FORBID, POLICY, USERS, assertHeard, assertRefused, listen } from './lib/voice.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };
const NAME = 'ide.example.com';
const SNIPPET = '# include /etc/nginx/permissions-policy.conf;';
const included = [SNIPPET, `include ${join(REPO, 'docker/nginx/permissions-policy.conf')};`];

describe('standalone behind docker/nginx/waiide.conf', () => {
    for (const [name, { base = '/', settings = [], changes = [] }, policies, check, verdict] of [
        ['as-it-is', {}, [POLICY], assertHeard, 'Nothing is in the way so far'],
        // What the edge says takes the place of what is said behind it.
        ['edge', { base: '/ide/', settings: ['--permissions-policy', FORBID], changes: [['location / {', 'location /ide/ {'], included] }, [POLICY], assertHeard, 'Nothing is in the way so far'],
        // An edge that adds one and hides none: the last one holds.
        ['doubled', { changes: [[SNIPPET, `add_header Permissions-Policy "${FORBID}" always;`]] }, [POLICY, FORBID], assertRefused, 'A proxy on the way shuts the microphone off'],
    ]) {
        test(name, LIMIT, async (t) => {
            const nginx = await Nginx.prepare();
            t.after(() => nginx.stop());
            const gateway = await Gateway.start({ extension: true, base, settings: ['--allowed-hosts', NAME, ...settings] });
            t.after(() => gateway.stop());
            await nginx.start('docker/nginx/waiide.conf', [['server 127.0.0.1:8070;', `server 127.0.0.1:${gateway.port};`], ...changes], NAME);
            const origin = `https://${NAME}:${nginx.port}`;
            const listened = await listen({ name: `voice-nginx-${name}`, url: `${origin}${base}`, disk: gateway.disk, flags: nginx.flags });
            check(listened.found, origin);
            assert.deepEqual(listened.policies, policies);
            await withPage(`voice-check-nginx-${name}`, async (page) => {
                await page.goto(`${origin}${base}api/voice-check`);
                await page.locator('#verdict', { hasText: verdict }).waitFor();
            }, { flags: [...FLAGS, ...nginx.flags] });
        });
    }
});

test('an edge that lets nothing be framed is found by the voice check', LIMIT, async (t) => {
    const nginx = await Nginx.prepare();
    t.after(() => nginx.stop());
    const gateway = await Gateway.start({ settings: ['--allowed-hosts', NAME] });
    t.after(() => gateway.stop());
    const forbidding = 'add_header Content-Security-Policy "frame-ancestors \'none\'" always;';
    await nginx.start('docker/nginx/waiide.conf', [['server 127.0.0.1:8070;', `server 127.0.0.1:${gateway.port};`], [SNIPPET, forbidding]], NAME);
    await withPage('voice-check-nginx-unframed', async (page) => {
        await page.goto(`https://${NAME}:${nginx.port}/api/voice-check`);
        await page.locator('#verdict', { hasText: 'Frames in this page do not come up' }).waitFor();
        await page.locator('#turn', { hasText: 'whoever runs the reverse proxy' }).waitFor();
        // The page itself has its microphone all the same.
        await page.locator('#ask').click();
        await page.locator('#links li', { hasText: 'Sound arrives in the page' }).filter({ hasText: 'yes' }).waitFor();
    }, { flags: [...FLAGS, ...nginx.flags] });
});

describe('a Hub behind docker/jupyterhub/nginx.conf', () => {
    let nginx;
    let hub;

    before(async () => {
        nginx = await Nginx.prepare();
        hub = await Hub.start({
            configs: [
                'docker/jupyterhub/behind_nginx.py', 'tests/e2e/hub-configs/at_public_url.py',
                'docker/jupyterhub/voice.py', 'tests/e2e/hub-configs/voice.py',
            ],
            env: { TEST_PUBLIC_URL: `${nginx.url}/`, TEST_EXTENSION: EXTENSION },
        });
        await nginx.start('docker/jupyterhub/nginx.conf', [
            ['server 127.0.0.1:8000;', `server 127.0.0.1:${hub.port};`],
            ['server_name hub.example.com;', 'server_name localhost;'],
        ]);
        await hub.addUsers(...Object.values(USERS));
        await Promise.all(Object.values(USERS).map((user) => hub.startServer(user)));
    });

    after(async () => {
        await nginx?.stop();
        await hub?.discard();
    });

    for (const { name, policies, check } of CASES) {
        test(`the policy ${name}`, LIMIT, async () => {
            const user = USERS[name];
            const listened = await listen({
                name: `voice-hub-nginx-${name}`,
                url: `${nginx.url}/user/${user}/ide/`,
                disk: diskIn(hub.container(user), `/home/${user}/workspace`),
                enter: (page) => logIn(page, user),
                flags: nginx.flags,
            });
            check(listened.found, nginx.url);
            assert.deepEqual(listened.policies, policies);
        });
    }

    test("the Hub's pages and Jupyter's own have one policy, too", async () => {
        const visitor = new Visitor({ authority: nginx.certificate });
        await visitor.logIn(nginx.url, 'alice');
        for (const path of ['/hub/login', '/hub/home', '/user/alice/api/status']) {
            const { status, headers, trail } = await visitor.get(`${nginx.url}${path}`);
            assert.equal(status, 200, trail.join('\n'));
            assert.equal(headers['permissions-policy'], POLICY, path);
        }
    });
});

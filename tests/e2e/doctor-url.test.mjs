// `doctor --url` against a real nginx before the gateway and a VS Code server: nginx is
// misconfigured in one way at a time.
import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { askDoctor, hop, linesFor, troubles } from './lib/doctor.mjs';
import { Gateway, HOME, developmentBuild } from './lib/gateway.mjs';
import { Nginx } from './lib/nginx.mjs';
import { REPO } from './lib/script.mjs';

const SITE = 'docker/nginx/waiide.conf';
const SITE_NAME = 'ide.example.com';
/** Where nginx may add something to whatever passes. */
const PLACE = 'proxy_buffering         off;';
const UPGRADE = 'proxy_set_header Upgrade    $http_upgrade;';
const HOST = 'proxy_set_header Host              $http_host;';
const SCHEME = 'proxy_set_header X-Forwarded-Proto $scheme;';
const TOKEN = 'a-token-that-nobody-prints';
const PROXY = 'reverse_proxy';

let binary;
let gateway;
let nginx;
let name;

before(async () => {
    binary = await developmentBuild();
    name = await nameOfThisMachine();
    gateway = await Gateway.start({
        files: { token: TOKEN },
        settings: ['--token-file', `${HOME}/token`, '--allowed-hosts', name],
    });
    await gateway.ready();
    nginx = await Nginx.prepare();
    await nginx.start(SITE, changed(), SITE_NAME);
});

after(async () => {
    await nginx?.stop();
    await gateway?.stop();
});

/** What a browser on another machine would call this one: no secure context over http. */
async function nameOfThisMachine() {
    const addresses = Object.values(networkInterfaces()).flat();
    const outer = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
    return lookup(hostname(), { family: 4 }).then(() => hostname(), () => outer.address);
}

/** The site's changes: what it takes to run, and one more. */
function changed(...more) {
    return changedFor(gateway, ...more);
}

function changedFor({ port }, ...more) {
    return [
        ['server 127.0.0.1:8070;', `server 127.0.0.1:${port};`],
        ['server_name ide.example.com;', 'server_name localhost;'],
        ['https://$host$', `https://$host:${nginx.port}$`],
        ...more,
    ];
}

const restart = (changes) => nginx.restart(SITE, changes, SITE_NAME);
const adding = (line) => [PLACE, `${PLACE} ${line}`];

/** The report on the server behind a proxy with this change, by default by somebody with the token. */
async function ask(change, { url = `${nginx.url}/`, ...options } = {}) {
    await restart(changed(...(change ? [change] : [])));
    return askDoctor(binary, url, { token: TOKEN, authority: nginx.certificateFile, ...options });
}

test('all is well, by http:// as well, which leads to https://', async () => {
    const report = await ask(null, { url: `http://localhost:${nginx.httpPort}/` });
    assert.deepEqual([report.code, troubles(report)], [0, ['warning sign-in container']], report.text);
    assert.match(report.text, /the token is for http:\S+ alone/);
    const direct = await ask(null);
    assert.deepEqual([direct.code, troubles(direct)], [0, []], direct.text);
    assert.deepEqual(direct.findings.map(({ about }) => about), ['way', 'https', 'host', 'websocket', 'policy', 'webviews']);
    assert.equal(hop(direct, 'permissions-policy').by, 'container');
    assert.match(direct.text, /^Nothing is broken\.$/m);
});

test('a link with the token signs in', async () => {
    const report = await ask(null, { token: undefined, url: `${nginx.url}/?token=${TOKEN}` });
    assert.deepEqual([report.code, troubles(report)], [0, []], report.text);
    assert.deepEqual(report.way.map(({ status }) => status), [302, 200]);
});

test('without a token, and with a wrong one, what anybody sees is judged', async () => {
    for (const token of [undefined, 'a-wrong-one']) {
        const report = await ask(null, { token });
        assert.deepEqual([report.code, troubles(report)], [0, ['warning sign-in container']], report.text);
        assert.match(report.text, /WAIIDE_TOKEN/);
    }
});

test('microphone=() added to ours', async () => {
    const report = await ask(adding('add_header Permissions-Policy "microphone=()" always;'));
    assert.deepEqual([report.code, troubles(report)], [1, [`broken policy ${PROXY}`, `warning policy ${PROXY}`]], report.text);
    assert.equal(hop(report, 'permissions-policy').change, 'doubled');
    assert.ok(linesFor(report, PROXY).some((line) => /^add_header Permissions-Policy "microphone=\(self\).* always;$/.test(line)));
});

test('microphone=() in the place of ours, and the lines to paste put it right', async () => {
    const off = 'proxy_hide_header Permissions-Policy; add_header Permissions-Policy "microphone=()" always;';
    const report = await ask(adding(off));
    assert.deepEqual([report.code, troubles(report)], [1, [`broken policy ${PROXY}`]], report.text);
    assert.deepEqual([hop(report, 'permissions-policy').change, hop(report, 'permissions-policy').by], ['replaced', PROXY]);
    const mended = await ask(adding(linesFor(report, PROXY).join('\n')));
    assert.deepEqual([mended.code, troubles(mended)], [0, []], mended.text);
});

test('a second line that says the same', async () => {
    const report = await ask(adding('add_header Permissions-Policy "microphone=(self)" always;'));
    assert.deepEqual([report.code, troubles(report)], [0, [`warning policy ${PROXY}`]], report.text);
});

test('a value that no browser can read', async () => {
    const unreadable = 'proxy_hide_header Permissions-Policy; add_header Permissions-Policy "microphone self" always;';
    const report = await ask(adding(unreadable));
    assert.deepEqual([report.code, troubles(report)], [0, [`warning policy ${PROXY}`]], report.text);
    assert.match(report.text, /can't be read/);
});

test("Feature-Policy: microphone 'none', where ours is taken out", async () => {
    const old = `proxy_hide_header Permissions-Policy; add_header Feature-Policy "microphone 'none'" always;`;
    const report = await ask(adding(old));
    assert.deepEqual([report.code, troubles(report)], [1, [`broken policy ${PROXY}`]], report.text);
    assert.match(report.text, /Feature-Policy forbids the microphone/);
    assert.equal(hop(report, 'feature-policy').change, 'added');
    assert.equal(hop(report, 'permissions-policy').change, 'dropped');
});

test('Upgrade not passed on, and the lines to paste put it right', async () => {
    const report = await ask([UPGRADE, '']);
    assert.deepEqual([report.code, troubles(report)], [1, [`broken websocket ${PROXY}`]], report.text);
    const lines = linesFor(report, PROXY).filter((line) => line.startsWith('proxy_set_header Upgrade'));
    const mended = await ask([UPGRADE, lines.join('\n')]);
    assert.deepEqual([mended.code, troubles(mended)], [0, []], mended.text);
});

test('Host not passed on', async () => {
    const report = await ask([HOST, 'proxy_set_header Host 127.0.0.1;']);
    assert.deepEqual([report.code, troubles(report)], [1, [`broken host ${PROXY}`, `broken websocket ${PROXY}`]], report.text);
    assert.ok(linesFor(report, PROXY).every((line) => line === 'proxy_set_header Host $http_host;'));
});

test('Host passed on without its port', async () => {
    const report = await ask([HOST, 'proxy_set_header Host $host;']);
    assert.deepEqual([report.code, troubles(report)], [1, [`broken host ${PROXY}`, `broken websocket ${PROXY}`]], report.text);
});

test('another Host, to which the container does not answer', async () => {
    const named = await ask([HOST, '']);
    assert.deepEqual([named.code, troubles(named)], [1, [`broken way ${PROXY}`]], named.text);
});

test('X-Forwarded-Proto not passed on', async () => {
    const report = await ask([SCHEME, '']);
    assert.deepEqual([report.code, troubles(report)], [0, [`warning https ${PROXY}`]], report.text);
});

test('X-Frame-Options: DENY, which browsers pass over beside our frame-ancestors', async () => {
    const report = await ask(adding('add_header X-Frame-Options DENY always;'));
    assert.deepEqual([report.code, troubles(report)], [0, [`warning webviews ${PROXY}`]], report.text);
    assert.equal(hop(report, 'x-frame-options').change, 'added');
});

test("frame-ancestors 'none', and a default-src that knows no nonce", async () => {
    const framed = await ask(adding(`add_header Content-Security-Policy "frame-ancestors 'none'" always;`));
    assert.deepEqual([framed.code, troubles(framed)], [1, [`broken webviews ${PROXY}`]], framed.text);
    const shut = await ask(adding(`add_header Content-Security-Policy "default-src 'self'" always;`));
    assert.deepEqual([shut.code, troubles(shut)], [1, [`broken csp ${PROXY}`, `warning csp ${PROXY}`]], shut.text);
});

test('plain http under a name', async () => {
    const at = `http://${name}:${nginx.httpPort}/`;
    const plain = [
        `return 301 https://$host:${nginx.port}$request_uri;`,
        `location / {
            proxy_pass http://waiide; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $waiide_connection;
            proxy_set_header Host $http_host;
        }`,
    ];
    await restart([...changed(plain), [`listen 127.0.0.1:${nginx.httpPort};`, `listen ${nginx.httpPort};`]]);
    const report = await askDoctor(binary, at, { token: TOKEN });
    assert.deepEqual([report.code, troubles(report)], [1, [`broken https ${PROXY}`]], report.text);
    assert.match(report.text, /navigator\.mediaDevices/);
    assert.ok(linesFor(report, PROXY).some((line) => line.includes('listen 443 ssl')));
});

test('a certificate that nobody vouches for: no token goes there, and the rest is looked at', async () => {
    const report = await ask(null, { authority: undefined });
    assert.deepEqual([report.code, troubles(report)], [1, ['warning sign-in container', `broken https ${PROXY}`]], report.text);
    assert.match(report.text, /vouches for itself/);
    const link = await ask(null, { authority: undefined, token: undefined, url: `${nginx.url}/?token=${TOKEN}` });
    assert.deepEqual(link.way.map(({ status }) => status), [401], link.text);
});

test('a certificate for another name', async () => {
    await restart(changed(['listen 127.0.0.1:', 'listen ']));
    const report = await askDoctor(binary, `https://${name}:${nginx.port}/`, { authority: nginx.certificateFile });
    assert.ok(troubles(report).includes(`broken https ${PROXY}`), report.text);
    assert.match(report.text, /it is for another name/);
});

test('a redirect that leads to itself', async () => {
    const report = await ask(adding('return 301 https://$http_host$request_uri;'));
    assert.deepEqual([report.code, troubles(report)], [1, [`broken way ${PROXY}`]], report.text);
});

test('nobody behind the proxy, and nobody at all', async () => {
    const behind = await ask([String(gateway.port), '1']);
    assert.deepEqual([behind.code, troubles(behind)[0]], [1, `broken way ${PROXY}`], behind.text);
    const none = await askDoctor(binary, 'http://127.0.0.1:1/');
    assert.deepEqual([none.code, troubles(none)], [1, [`broken way ${PROXY}`]], none.text);
});

/** Starts a gateway with an IDE of lib/. */
async function startWith(t, file, { files = {}, settings = [] } = {}) {
    const ide = await readFile(`${REPO}tests/e2e/lib/${file}`);
    const own = ['--ide-command', `${HOME}/ide.sh {ide_port}`];
    const started = await Gateway.start({ files: { 'ide.sh': ide, ...files }, settings: [...own, ...settings] });
    t.after(() => started.stop());
    return started;
}

async function askBefore(started, url = nginx.url) {
    await restart([...changedFor(started), ['listen 127.0.0.1:', 'listen ']]);
    return askDoctor(binary, `${url}/`, { authority: nginx.certificateFile });
}

test('an IDE that is still starting, and a name that is not allowed', async (t) => {
    const slow = await startWith(t, 'slow-ide.sh', { files: { wait: '' } });
    const starting = await askBefore(slow);
    assert.deepEqual([starting.code, troubles(starting)], [0, ['warning way container']], starting.text);
    assert.match(starting.text, /the IDE is still starting/);
    const other = await askBefore(slow, `https://${name}:${nginx.port}`);
    assert.deepEqual(troubles(other), ['broken way container', `broken https ${PROXY}`], other.text);
    assert.deepEqual(linesFor(other, 'container'), [`WAIIDE_ALLOWED_HOSTS=${name}`]);
});

test('webviews of another origin, and turned to the own one', async (t) => {
    const as = async (...settings) => {
        const started = await startWith(t, 'foreign-webviews.sh', { settings });
        await started.ready();
        return askBefore(started);
    };
    const foreign = await as();
    assert.deepEqual([foreign.code, troubles(foreign)], [1, ['broken webviews container']], foreign.text);
    assert.deepEqual(linesFor(foreign, 'container'), ['WAIIDE_WEBVIEWS=same-origin']);
    const turned = await as('--webviews', 'same-origin');
    assert.deepEqual([turned.code, troubles(turned)], [0, []], turned.text);
});

// A server that the user has started on loopback, in a real browser: its page, what that loads and
// sends, events and WebSockets, under /proxy/<port>/ and /absproxy/<port>/; the container's own ports.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { openBrowser, screenshot } from './lib/browser.mjs';
import { Gateway } from './lib/gateway.mjs';

const LIMIT = { timeout: 120_000 };
const PATIENCE_MS = 60_000;
const BYTES = 3_000_000;

/** Runs in the page, from addresses that are relative to it: all that a page may do with its server. */
const SCRIPT = `
    const place = new URL('socket', location.href);
    place.protocol = 'ws:';
    const socket = () => new Promise((resolve, reject) => {
        const it = new WebSocket(place, ['echo']);
        it.onopen = () => it.send('hello');
        it.onmessage = ({ data }) => (it.close(1000), resolve(it.protocol + ' ' + data));
        it.onerror = reject;
    });
    const events = () => new Promise((resolve, reject) => {
        const it = new EventSource('events'), all = [];
        it.onmessage = ({ data }) => all.push(data) === 3 && (it.close(), resolve(all.join(' ')));
        it.onerror = reject;
    });
    const upload = async () => (await fetch('upload', { method: 'PUT', body: new Uint8Array(${BYTES}) })).text();
    const seen = async (name) => (await fetch('seen/' + name + '%2Fb?c=%20d')).text();
    Promise.all([socket(), events(), upload(), seen('a')])
        .then((all) => all.join('\\n'), (error) => 'failed: ' + (error.message ?? error.type))
        .then((text) => { document.querySelector('pre').textContent = text; document.title = 'done'; });
`;
const PAGE = '<!doctype html><title>a page</title><h1>A page of the user\'s</h1><pre></pre><script src="app.js"></script>';

let browser, gateway, server, port;

/** What is answered by the last part of a path. */
const ANSWERS = {
    '': (_, response) => response.setHeader('Content-Type', 'text/html').end(PAGE),
    'app.js': (_, response) => response.setHeader('Content-Type', 'text/javascript').end(SCRIPT),
    upload: (request, response) => {
        let count = 0;
        request.on('data', (piece) => { count += piece.length; });
        request.on('end', () => response.end(`${request.method} ${count}`));
    },
    // Each is sent on its own, and the last one ends nothing: what is held back is never seen.
    events: (_, response) => {
        response.setHeader('Content-Type', 'text/event-stream');
        ['one', 'two', 'three'].forEach((word, index) => setTimeout(() => response.write(`data: ${word}\n\n`), 50 * index));
    },
};

/** Answers whatever the prefix in front: what there is of it is told by `seen`. */
function answer(request, response) {
    const name = request.url.split('?')[0].split('/').at(-1);
    if (request.url.includes('/seen/')) response.end(request.url);
    else if (ANSWERS[name]) ANSWERS[name](request, response);
    else response.writeHead(404).end();
}

/** Takes a WebSocket, and sends the payload of its first message back, without a mask (RFC 6455 §5.2). */
function echo(request, socket) {
    const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
        + `Sec-WebSocket-Protocol: ${request.headers['sec-websocket-protocol']}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on('error', () => {});
    socket.once('data', (frame) => {
        const mask = frame.subarray(2, 6), payload = frame.subarray(6, 6 + (frame[1] & 0x7f));
        socket.write(Buffer.from([0x81, payload.length, ...payload.map((byte, index) => byte ^ mask[index % 4])]));
    });
}

before(async () => {
    server = createServer(answer).on('upgrade', echo);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = server.address().port;
    gateway = await Gateway.start({ base: '/user/alice/' });
    browser = await openBrowser();
});

after(async () => {
    await browser?.close();
    await gateway?.stop();
    server?.closeAllConnections();
    server?.close();
});

async function visit(path, use) {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    try {
        return await use(page, await page.goto(gateway.at(path)));
    } finally {
        await page.close();
    }
}

for (const [kind, seen] of [['proxy', () => '/'], ['absproxy', () => `/user/alice/absproxy/${port}/`]]) {
    test(`a page under /${kind}/<port>/ has all of its server`, LIMIT, async () => {
        await visit(`${kind}/${port}/`, async (page) => {
            await page.waitForFunction(() => document.title === 'done');
            await screenshot(page, `gateway-port-${kind}`);
            const lines = ['echo hello', 'one two three', `PUT ${BYTES}`, `${seen()}seen/a%2Fb?c=%20d`];
            assert.equal(await page.locator('pre').textContent(), lines.join('\n'));
        });
    });
}

test('an address without the slash leads to the one with it', LIMIT, async () => {
    await visit(`proxy/${port}?q=1`, async (page, response) => {
        assert.equal(response.status(), 200);
        assert.equal(page.url(), gateway.at(`proxy/${port}/?q=1`));
    });
});

test('the ports of the container itself are nobody\'s way in', LIMIT, async () => {
    for (const own of [gateway.port, gateway.idePort]) {
        await visit(`proxy/${own}/`, async (page, response) => {
            assert.equal(response.status(), 403);
            assert.match(await page.locator('body').textContent(), new RegExp(`port ${own} is this container's own`));
        });
    }
});

test('where nobody listens, the page says so', LIMIT, async () => {
    const gone = createServer();
    await new Promise((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const number = gone.address().port;
    await new Promise((resolve) => gone.close(resolve));
    await visit(`proxy/${number}/`, async (page, response) => {
        assert.equal(response.status(), 502);
        assert.match(await page.locator('body').textContent(), new RegExp(`nobody listens on port ${number}`));
    });
});

// A web site that means no good, and what its pages try at an IDE.
import { createServer } from 'node:http';

/** Serves an empty page at any path of a free port of 127.0.0.1, whatever the host name. */
export class HostileSite {
    #server;

    static start() {
        const site = new HostileSite();
        const page = '<!doctype html><title>A harmless page</title><body>';
        site.#server = createServer((_, answer) => {
            // Anybody may read what is here: the control of what tries to read across origins.
            answer.setHeader('Access-Control-Allow-Origin', '*');
            answer.setHeader('Content-Type', 'text/html');
            answer.end(page);
        });
        return new Promise((resolve, reject) => {
            site.#server.on('error', reject).listen(0, '127.0.0.1', () => {
                site.port = site.#server.address().port;
                resolve(site);
            });
        });
    }

    at(host) {
        return `http://${host}:${this.port}/`;
    }

    stop() {
        this.#server.closeAllConnections();
        this.#server.close();
    }
}

/** What an attack came to: what it got, or null once it is clear that it gets nothing. */
export async function attempt(page, attack, target) {
    const never = new Promise(() => {});
    const refused = attack.frames ? refusal(page, target.base) : never;
    const got = await Promise.race([page.evaluate(attack, target), refused, attack.shows?.(page).catch(() => never) ?? never]);
    return got ?? null;
}

/**
 * Resolves to null when a frame, or whatever else holds a page, is not given what it asked for below
 * `base`: the embedding page itself learns nothing of that.
 */
function refusal(page, base) {
    return new Promise((resolve) => {
        const isFramed = (request) => request.url().startsWith(base) && ['document', 'other'].includes(request.resourceType());
        page.on('response', (answer) => isFramed(answer.request()) && answer.status() === 403 && resolve(null));
        page.on('requestfailed', (request) => isFramed(request) && resolve(null));
    });
}

// Each of these runs in a page of the site's, and returns what it got of the IDE at `base`, or null.
// `file` is a path of the user's, without its extension.

/** Sends a request whose answer it cannot read: that it got through is what it learns. */
export async function fetchBlindly({ base }) {
    const answer = await fetch(`${base}version`, { mode: 'no-cors', credentials: 'include' }).catch(() => null);
    return answer && `an answer of the type ${answer.type}`;
}

/** Reads an answer. */
export function fetchAndRead({ base }) {
    return fetch(`${base}version`).then((answer) => answer.text(), () => null);
}

/** Reads a file of the user's as if it were a script of its own. */
export async function embedScript({ base, file }) {
    const script = document.createElement('script');
    script.src = `${base}vscode-remote-resource?path=${file}.js`;
    const over = new Promise((resolve) => (script.onload = script.onerror = resolve));
    document.body.append(script);
    await over;
    return window.secret;
}

/** Takes a style sheet of the user's. */
export async function embedStyle({ base, file }) {
    const link = document.createElement('link');
    Object.assign(link, { rel: 'stylesheet', href: `${base}vscode-remote-resource?path=${file}.css` });
    const over = new Promise((resolve) => (link.onload = link.onerror = resolve));
    document.head.append(link);
    await over;
    const { color } = getComputedStyle(document.body);
    return color === 'rgb(1, 2, 3)' ? color : null;
}

/** Measures a picture of the user's. */
export async function embedImage({ base, file }) {
    const image = new Image();
    image.src = `${base}vscode-remote-resource?path=${file}.svg`;
    await image.decode().catch(() => {});
    return image.naturalWidth ? `a picture ${image.naturalWidth} pixels wide` : null;
}

/** Opens the WebSocket behind which the terminals are. */
export async function openWebSocket({ base, commit }) {
    const socket = new WebSocket(`${base}stable-${commit}?reconnectionToken=${Date.now()}`.replace('http', 'ws'));
    const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve('an open WebSocket');
        socket.onerror = () => resolve(null);
    });
    socket.close();
    return opened;
}

/**
 * Has the page in which webviews run obey: it frames that page and gives it a script, which runs with
 * the IDE's own origin and reads a file of the user's.
 */
export function orderWebview({ base, commit, file, tag = 'iframe' }) {
    const query = new URLSearchParams({
        id: '1', origin: '1', swVersion: '1', platform: 'browser', parentOrigin: location.origin, disableServiceWorker: '1',
    });
    const resource = JSON.stringify(`${base}vscode-remote-resource?path=${file}.js`);
    const script = `fetch(${resource}).then((it) => it.text()).then((text) => acquireVsCodeApi().postMessage(text))`;
    const contents = `<!doctype html><script>${script}</script>`;
    const frame = document.createElement(tag);
    frame[tag === 'object' ? 'data' : 'src'] =
        `${base}stable-${commit}/static/out/vs/workbench/contrib/webview/browser/pre/index.html?${query}`;
    return new Promise((resolve) => {
        addEventListener('message', ({ data, ports: [port] }) => {
            if (data.channel !== 'webview-ready') return;
            port.onmessage = (event) => event.data.channel === 'onmessage' && resolve(event.data.data.message);
            port.postMessage({ channel: 'content', args: { contents, title: '', options: { allowScripts: true } } });
        });
        document.body.append(frame);
    });
}
orderWebview.frames = true;

/** Shows the workbench in a frame, under whatever it lays over it. */
export function frameWorkbench({ base }) {
    document.body.append(Object.assign(document.createElement('iframe'), { src: base }));
    return new Promise(() => {});
}
frameWorkbench.frames = true;
frameWorkbench.shows = async (page) => {
    await page.frameLocator('iframe').locator('#vscode-workbench-web-configuration').waitFor({ state: 'attached' });
    return 'the workbench in a frame';
};

/** Sends a form that tells the IDE to start, and goes where that leads. */
export function sendForm({ base }) {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: `${base}api/services/ide/start` });
    document.body.append(form);
    // Not while the browser still waits for what this function returns.
    setTimeout(() => form.submit());
}

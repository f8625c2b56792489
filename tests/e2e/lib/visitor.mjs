// A visitor of a Hub and its servers with cookies and no browser: where only the answer counts.
import http from 'node:http';
import https from 'node:https';

const REDIRECTS = 20;

export class Visitor {
    #cookies = []; // { name, value, path, attributes }

    /** `authority` is the certificate that vouches for an HTTPS site. */
    constructor({ authority } = {}) {
        this.authority = authority;
    }

    /** The cookies that were set, with the rest of each Set-Cookie line. */
    get cookies() {
        return [...this.#cookies];
    }

    /** Logs in at a Hub through its form. */
    async logIn(hubUrl, user, password = 'any will do') {
        await this.get(`${hubUrl}/hub/login`);
        const { value } = this.#cookies.find(({ name, path }) => name === '_xsrf' && path.endsWith('/hub/'));
        const form = new URLSearchParams({ _xsrf: value, username: user, password });
        const { status, headers } = await this.#ask('POST', `${hubUrl}/hub/login?next=%2Fhub%2Fhome`, String(form));
        if (status !== 302) throw new Error(`${user} could not log in: ${status}`);
        return headers.location;
    }

    /** Goes where a navigating browser ends up: `{ status, url, text, headers, trail }`. */
    async get(url) {
        const trail = [];
        for (let at = url; trail.length < REDIRECTS; ) {
            const answer = await this.#ask('GET', at);
            trail.push(`${answer.status} ${at}`);
            const { location } = answer.headers;
            if (!location || answer.status >= 400) return { ...answer, url: at, trail };
            at = new URL(location, at).href;
        }
        throw new Error(`redirected without end:\n${trail.join('\n')}`);
    }

    /**
     * The same, and where the Hub asks whether a server that is not one's own may know who comes,
     * presses "Authorize".
     */
    async visit(url) {
        const answer = await this.get(url);
        if (!answer.url.includes('/hub/api/oauth2/authorize?') || answer.status !== 200) return answer;
        const inputs = answer.text.matchAll(/<input type="hidden" name="(_xsrf|scopes)" value="([^"]*)"/g);
        const form = new URLSearchParams([...inputs].map(([, name, value]) => [name, value]));
        const { headers } = await this.#ask('POST', answer.url, String(form));
        return this.get(new URL(headers.location, answer.url).href);
    }

    #ask(method, url, body) {
        const { protocol, pathname } = new URL(url);
        const headers = { 'Sec-Fetch-Mode': 'navigate', Cookie: this.#cookiesFor(pathname) };
        if (body) headers['Content-Type'] = 'application/x-www-form-urlencoded';
        const { request } = protocol === 'https:' ? https : http;
        return new Promise((resolve, reject) => {
            const asked = request(url, { method, headers, ca: this.authority }, async (answer) => {
                for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line, pathname);
                let text = '';
                for await (const piece of answer.setEncoding('utf8')) text += piece;
                resolve({ status: answer.statusCode, headers: answer.headers, text });
            });
            asked.on('error', reject).end(body);
        });
    }

    #keep(line, pathname) {
        const [pair, ...attributes] = line.split(/;\s*/);
        const equals = pair.indexOf('=');
        const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? pathname;
        const cookie = { name: pair.slice(0, equals), value: pair.slice(equals + 1), path, attributes };
        this.#cookies = this.#cookies.filter(({ name, path }) => name !== cookie.name || path !== cookie.path);
        // What is set to nothing, or to have expired long ago, is gone.
        if (cookie.value !== '' && cookie.value !== '""') this.#cookies.push(cookie);
    }

    #cookiesFor(pathname) {
        const fits = this.#cookies.filter(({ path }) => pathname.startsWith(path));
        return fits.map(({ name, value }) => `${name}=${value}`).join('; ');
    }
}

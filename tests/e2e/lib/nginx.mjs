// A real nginx with a site file of the repository's, on ports of its own and with a certificate
// that it vouches for itself.
import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPO, Running, eventually, freePort, run } from './script.mjs';

export class Nginx {
    #running;
    #folder;

    /** Chooses its ports, so that what stands behind it can be told. */
    static async prepare() {
        const nginx = new Nginx();
        nginx.#folder = await mkdtemp(join(tmpdir(), 'waiide-nginx-'));
        [nginx.httpPort, nginx.port] = [await freePort(), await freePort()];
        nginx.url = `https://localhost:${nginx.port}`;
        await nginx.#makeCertificate();
        return nginx;
    }

    /**
     * `site` is the file, and `host` the name that its certificate has there; `changes` are [what
     * stands there, what takes its place].
     */
    async start(site, changes, host = 'hub.example.com') {
        await this.#write(site, changes, host);
        this.#running = new Running(['nginx', '-e', 'stderr', '-p', this.#folder, '-c', this.#path('nginx.conf')]);
        await eventually('nginx listens', () => this.#listens());
    }

    #path(name) {
        return join(this.#folder, name);
    }

    async #makeCertificate() {
        const { code, output } = await run([
            'openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:ide.example.com,IP:127.0.0.1',
            '-addext', 'basicConstraints=critical,CA:FALSE',
            '-keyout', this.#path('site.key'), '-out', this.#path('site.pem'),
        ]);
        assert.equal(code, 0, output);
        this.certificateFile = this.#path('site.pem');
        this.certificate = await readFile(this.certificateFile, 'utf8');
    }

    /**
     * Chromium's flags by which it takes this certificate for one that somebody vouches for, and
     * finds the site by its name. A browser that is told to overlook errors runs no service worker.
     */
    get flags() {
        const key = new X509Certificate(this.certificate).publicKey.export({ type: 'spki', format: 'der' });
        const digest = createHash('sha256').update(key).digest('base64');
        return [`--ignore-certificate-errors-spki-list=${digest}`, '--host-resolver-rules=MAP ide.example.com 127.0.0.1'];
    }

    /** The site file with these changes, each of which has to find its place, and a frame for it. */
    async #write(site, changes, host) {
        let text = await readFile(join(REPO, site), 'utf8');
        for (const [from, to] of [
            ['listen 80;', `listen 127.0.0.1:${this.httpPort};`],
            ['listen 443 ssl', `listen 127.0.0.1:${this.port} ssl`],
            [`/etc/ssl/certs/${host}.pem`, this.#path('site.pem')],
            [`/etc/ssl/private/${host}.key`, this.#path('site.key')],
            ...changes,
        ]) {
            assert.ok(text.includes(from), `${site} has no "${from}"`);
            text = text.replaceAll(from, to);
        }
        text = text.replaceAll(/^ *listen \[::\].*$/gm, '');
        await writeFile(this.#path('site.conf'), text);
        const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
        await writeFile(this.#path('nginx.conf'), `
            daemon off; pid nginx.pid; error_log stderr;
            events {}
            http { access_log off; ${temporary.join(' ')} include site.conf; }
        `);
    }

    async #listens() {
        assert.ok(this.#running.isRunning, this.#running.output);
        return (await fetch(`http://127.0.0.1:${this.httpPort}/`, { redirect: 'manual' })).status > 0;
    }

    get log() {
        return this.#running.output;
    }

    /** Ends it, and starts it again with another site. */
    async restart(site, changes, host) {
        await this.#end();
        await this.start(site, changes, host);
    }

    async #end() {
        if (this.#running?.isRunning) this.#running.signal('SIGTERM');
        await this.#running?.end(20_000);
    }

    async stop() {
        await this.#end();
        await rm(this.#folder, { recursive: true, force: true });
    }
}

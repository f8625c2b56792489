// docker/jupyterhub/internal_ssl.py: TLS between the Hub, its proxy and a user's server.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { after, before, test } from 'node:test';
import { IMAGE, diskIn, docker, tryDocker } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';

const ENDS = 'waiide-e2e-ends';

let hub;

before(async () => {
    await makeImageThatEnds();
    hub = await Hub.start({
        configs: ['docker/jupyterhub/internal_ssl.py'],
        options: [`--DockerSpawner.move_certs_image=${ENDS}`],
    });
});

after(async () => {
    await hub?.discard();
    await tryDocker('image', 'rm', ENDS);
});

/** In busybox's place, which can't be pulled everywhere. */
async function makeImageThatEnds() {
    const context = await mkdtemp(join(tmpdir(), 'waiide-image-'));
    await writeFile(join(context, 'Dockerfile'), `FROM ${IMAGE}\nENTRYPOINT ["true"]\nCMD []\n`);
    await docker('build', '--tag', ENDS, context);
    await rm(context, { recursive: true });
}

test('alice logs in and lands in a working workbench', async (t) => {
    const proven = proveWorkbench({
        name: 'hub-internal-ssl',
        url: `${hub.url}/`,
        disk: diskIn(hub.container('alice'), '/home/alice/workspace'),
        owner: '1000:100',
        enter: (page) => logIn(page, 'alice'),
    });
    await proven.catch((error) => {
        t.diagnostic(hub.log.slice(-6000));
        throw error;
    });
});

test('her server is asked over TLS, and is ready', async () => {
    const services = JSON.parse(await docker('exec', hub.container('alice'), 'waiide-init', 'status', '--json')).services;
    assert.deepEqual(services.filter(({ ready }) => !ready), []);
    assert.match(await hub.serverLog('alice'), /singleuser is ready/);
    await docker('exec', hub.container('alice'), 'waiide-init', 'healthcheck');
});

test('whoever has no certificate of the Hub gets nowhere', async () => {
    const [address] = (await docker('port', hub.container('alice'), '8070')).split('\n');
    const [host, port] = address.split(':');
    const end = await new Promise((resolve) => {
        const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => socket.write('GET / HTTP/1.1\r\n\r\n'));
        socket.on('error', (error) => resolve(error.code)).on('data', (data) => resolve(`${data}`)).on('close', () => resolve('closed'));
    });
    assert.match(end, /ALERT_CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE/);
});

test('the doctor reaches the Hub with the server’s own certificate', async () => {
    const report = await docker('exec', hub.container('alice'), 'waiide-init', 'doctor');
    assert.match(report, /^ok +hub +https:\/\/\S+ answers: JupyterHub 6/m);
    assert.match(report, /^ok +hub +it takes this container for alice's default server/m);
    assert.match(report, /Nothing is broken/);
});

// docker/jupyterhub/internal_ssl.py: TLS between the Hub, its proxy and a user's server.
import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { after, before, test } from 'node:test';
import { IMAGE, diskIn, docker } from './lib/container.mjs';
import { Hub, logIn } from './lib/hub.mjs';
import { proveWorkbench } from './lib/proof.mjs';

let hub;

before(async () => {
    hub = await Hub.start({
        configs: ['docker/jupyterhub/internal_ssl.py'],
        options: [`--DockerSpawner.move_certs_image=${IMAGE}`],
    });
});

after(() => hub?.discard());

test('alice logs in and lands in a working workbench', async () => {
    await proveWorkbench({
        name: 'hub-internal-ssl',
        url: `${hub.url}/`,
        disk: diskIn(hub.container('alice'), '/home/alice/workspace'),
        owner: '1000:100',
        enter: (page) => logIn(page, 'alice'),
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

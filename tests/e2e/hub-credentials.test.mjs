// What the IDE gets to see of a visitor's credentials, with an IDE that tells.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { docker } from './lib/container.mjs';
import { Hub } from './lib/hub.mjs';

let hub;
let token; // alice's

before(async () => {
    hub = await Hub.start({ configs: ['tests/e2e/hub-configs/echoing_ide.py'] });
    await hub.addUsers('alice');
    await hub.startServer('alice');
    token = await hub.token('alice');
});

after(() => hub?.discard());

for (const path of ['ide/x', 'proxy/8071/x']) {
    test(`by ${path} neither the Hub's token nor its cookies reach the IDE`, async () => {
        const headers = {
            Authorization: `token ${token}`,
            Cookie: 'jupyterhub-session-id=s3cret; jupyterhub-user-alice=s3cret; _xsrf=s3cret; vscode-tkn=its-own',
        };
        const answer = await fetch(`${hub.url}/user/alice/${path}`, { headers });
        assert.equal(answer.status, 200);
        const seen = await answer.text();
        assert.match(seen, /^Cookie: vscode-tkn=its-own$/m);
        assert.doesNotMatch(seen, /s3cret|^Authorization/im);
        assert.ok(!seen.includes(token), seen);
    });
}

test('without the user’s own configuration, Jupyter still has ours', async () => {
    const environment = await docker('exec', hub.container('alice'), 'printenv', 'JUPYTERHUB_DISABLE_USER_CONFIG');
    assert.equal(environment.trim(), '1');
    assert.match(await hub.serverLog('alice'), /waiide_singleuser \| extension was successfully loaded/);
});

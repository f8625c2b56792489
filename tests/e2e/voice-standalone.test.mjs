// Voice in the real workbench, standalone: whether an extension's webview gets the microphone, by
// the policy that waiide-init sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway } from './lib/gateway.mjs';
import { CASES, listen } from './lib/voice.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };

for (const { name, settings, policies, check } of CASES) {
    test(`standalone, the policy ${name}`, LIMIT, async (t) => {
        const gateway = await Gateway.start({ extension: true, settings });
        t.after(() => gateway.stop());
        await gateway.ready();
        const listened = await listen({ name: `voice-standalone-${name}`, url: gateway.url, disk: gateway.disk });
        check(listened.found, gateway.origin);
        assert.deepEqual(listened.policies, policies);
    });
}

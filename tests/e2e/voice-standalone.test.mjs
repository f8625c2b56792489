// Voice in the real workbench, standalone: whether an extension's webview gets the microphone, by
// the policy that waiide-init sends.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Gateway } from './lib/gateway.mjs';
import { FORBID, POLICY, assertHeard, assertRefused, listen } from './lib/voice.mjs';

// Nothing here takes long; what does, hangs.
const LIMIT = { timeout: 300_000 };

for (const [name, settings, expected, check] of [
    ['on', [], [POLICY], assertHeard],
    ['off', ['--permissions-policy', 'off'], [], assertHeard],
    ['forbid', ['--permissions-policy', FORBID], [FORBID], assertRefused],
]) {
    test(`standalone, the policy ${name}`, LIMIT, async (t) => {
        const gateway = await Gateway.start({ extension: true, settings });
        t.after(() => gateway.stop());
        await gateway.ready();
        const { found, policies } = await listen({ name: `voice-standalone-${name}`, url: gateway.url, disk: gateway.disk });
        check(found, gateway.origin);
        assert.deepEqual(policies, expected);
    });
}

// `waiide-init doctor --url`, as it is run on anybody's machine.
import assert from 'node:assert/strict';
import { run } from './script.mjs';

/**
 * Asks about `url`. `token` is given by its variable; `authority` is a file of certificates to be
 * believed; there are no variables but `variables`. Returns the exit code, the report as JSON and as
 * text.
 */
export async function askDoctor(binary, url, { token, authority, variables = {} } = {}) {
    const all = { WAIIDE_TOKEN: token, SSL_CERT_FILE: authority, ...variables };
    const set = Object.entries(all).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`);
    const ask = (...more) => run(['env', '-i', ...set, binary, 'doctor', '--url', url, ...more]);
    const [{ code, output }, text] = [await ask('--json'), await ask()];
    assert.equal(text.code, code, text.output);
    const secret = token ?? new URL(url).searchParams.get('token');
    if (secret) assert.ok(!(output + text.output).includes(secret), 'the token is in the output');
    return { code, text: text.output, ...JSON.parse(output) };
}

/** What is not well: "level about side", in the order in which it was found. */
export function troubles({ findings }) {
    const bad = findings.filter(({ level }) => level !== 'ok');
    return bad.map(({ level, about, change }) => `${level} ${about} ${change?.side}`);
}

/** All lines that are to be pasted on a side. */
export function linesFor({ findings }, side) {
    return findings.flatMap(({ change }) => (change?.side === side ? (change.lines ?? []) : []));
}

/** How a header came through, in the report's table. */
export function hop({ headers }, name) {
    const { sent, got, change, by } = headers.find(({ header }) => header === name);
    return { sent, got, change, by };
}

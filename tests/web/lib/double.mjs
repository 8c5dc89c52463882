// SPDX-License-Identifier: Apache-2.0
// A CA service's double over TLS beside a test's world; it ends with that world.
import { spawn, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

import { order, ownProfile, secret } from './requests.mjs';
import { until } from './world.mjs';

const build = process.env.KEYFOB_BUILD ?? process.argv[2];

function send(url, ca, method, path, body) {
    return new Promise((resolve, reject) => {
        const asked = request(`${url}/_double/${path}`, { method, ca, agent: false }, (answer) => {
            const parts = [];
            answer.on('data', (part) => parts.push(part));
            answer.on('end', () => (answer.statusCode === 200 ? resolve(Buffer.concat(parts)) : reject(new Error(`the double's control: ${path}: ${answer.statusCode}`))));
        });
        asked.on('error', reject);
        asked.end(body);
    });
}

/** SHA-256 of the first certificate of a PEM file, as openssl writes it. */
export function fingerprint(path) {
    return execFileSync('openssl', ['x509', '-in', path, '-noout', '-fingerprint', '-sha256'], { encoding: 'utf8' }).trim().split('=')[1];
}

/** `service`: cryptopro, digicert or privacyidea; `knobs`: its first settings (tests/doubles). */
export async function double(here, service, knobs = {}) {
    const settings = Object.entries(knobs).map(([name, value]) => `${name}=${value}`);
    const child = spawn(join(build, 'bin/ca-double'), [service, '--tls', 'ok', ...settings], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    const line = await until('the double', () => said.match(/^url=(\S+) tls-root=(\S+) ca-root=(\S+)$/m));
    const [, url, tlsRoot, caRoot] = line, ca = readFileSync(tlsRoot);
    const close = here.close;
    here.close = async () => {
        const ended = new Promise((resolve) => child.on('exit', resolve));
        child.stdin.end();
        await Promise.all([close(), ended]);
    };
    return {
        url, tlsRoot, caRoot,
        async set(more) {
            for (const [name, value] of Object.entries(more))
                await send(url, ca, 'POST', 'knobs', JSON.stringify({ [name]: value }));
        },
        async count(name) {
            return JSON.parse(await send(url, ca, 'GET', 'counters'))[name] ?? 0;
        },
        /** The service is gone, or there again. */
        out: (is = true) => send(url, ca, 'POST', 'knobs', JSON.stringify({ fault: is ? 'refuse' : '' }))
            .then(() => is && send(url, ca, 'POST', 'knobs', JSON.stringify({ 'fault-count': '-1' }))),
        /** The connection `name` accepts the double's root, and its issuing CA where that does not come with certificates. */
        async trust(name, { issuing = true } = {}) {
            const chain = join(here.dir, 'chain.pem');
            writeFileSync(chain, await send(url, ca, 'GET', 'chain'));
            for (const path of issuing ? [caRoot, chain] : [caRoot])
                here.keyfob('connection', 'roots', name, '--file', chain, '--accept', fingerprint(path));
        },
    };
}

/** Where the CryptoPro double answers. */
export const atUc = (ca) => [`url=${ca.url}/ui/api/b1ca4992-d7cd-4f7e-b56e-a81e00db58ee`, `ca-file=${ca.tlsRoot}`];

/** The connection "uc" to a CryptoPro CA that knows this person, trusted and signed in to: here.ca. */
export async function knownAtUc(here, knobs = {}) {
    here.ca = await double(here, 'cryptopro', { purpose: 'clientAuth,emailProtection', ...knobs });
    here.keyfob('connection', 'add', 'uc', 'cryptopro', ...atUc(here.ca));
    here.keyfob('connection', 'login', 'uc', '--user', 'fedorov', ...secret(here, 'password', 'korova'));
    await here.ca.trust('uc', { issuing: false });
    ownProfile(here);
}

/** From outside the page. */
export function orderAtUc(here, name) {
    const template = here.json('connection', 'templates', 'uc').items[0].name;
    return order(here, 'uc', name, '--profile', 'both', '--template', template);
}

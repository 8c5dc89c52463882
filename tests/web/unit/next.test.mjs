// SPDX-License-Identifier: Apache-2.0
// Where errors lead.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NEXT, nextOf } from '../../../tools/web/page/core/next.js';

const TABLE = readFileSync(new URL('../../../include/keyfob/errors.def', import.meta.url), 'utf8');
const CODES = [...TABLE.matchAll(/^KF_ERROR\(\w+, "(\w+)"/gm)].map((found) => found[1]);

test('only errors that there are lead somewhere', () => {
    for (const code of Object.keys(NEXT)) assert.ok(CODES.includes(code), code);
});

test('an error of a job leads to the very thing', () => {
    assert.equal(nextOf('pin_locked', { token: 'pkcs11:serial=1' }).route, '#/tokens/pkcs11%3Aserial%3D1?do=unblock');
    assert.equal(nextOf('request_rejected', { request: 'r-17' }).route, '#/requests/r-17');
    assert.equal(nextOf('ca_login', { connection: 'Lab & Co' }).route, '#/connections/Lab%20%26%20Co');
});

test('without a thing it leads to the list', () => {
    assert.equal(nextOf('pin_locked', null).route, '#/tokens');
    assert.equal(nextOf('module_failed', { token: 'x' }).route, '#/settings');
});

test('what has no screen leads nowhere', () => {
    assert.equal(nextOf('memory'), null);
    assert.equal(nextOf('not a code'), null);
});

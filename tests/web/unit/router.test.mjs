// SPDX-License-Identifier: Apache-2.0
// Addresses inside the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paramsOf, parse, path, withQuery } from '../../../tools/web/page/core/router.js';
import { codeOf } from '../../../tools/web/page/core/session.js';

test('an address is a screen, parts and a query', () => {
    assert.deepEqual(parse('#/requests/r-17?view=all&q=a%20b'),
        { screen: 'requests', parts: ['r-17'], query: { view: 'all', q: 'a b' } });
    assert.deepEqual(parse(''), { screen: '', parts: [], query: {} });
    assert.deepEqual(parse('#/'), { screen: '', parts: [], query: {} });
});

test('parts may have anything in them', () => {
    const uri = 'pkcs11:model=Rutoken%20ECP;serial=0914/33?x#y';
    assert.deepEqual(parse(path('tokens', uri, 'Фёдоров & К')).parts, [uri, 'Фёдоров & К']);
});

test('a broken escape is taken as it is', () => {
    assert.deepEqual(parse('#/tokens/100%').parts, ['100%']);
});

test('parts have names', () => {
    const params = paramsOf(['token', 'container'], parse('#/tokens/t/c/more?do=unblock'));
    assert.deepEqual([params.token, params.container, params.parts.length, params.query.do], ['t', 'c', 3, 'unblock']);
    assert.equal(paramsOf(['id'], parse('#/requests')).id, undefined);
});

test('a query leaves out what is empty', () => {
    assert.equal(withQuery('#/requests?old=1', { view: 'all', q: '', after: null }), '#/requests?view=all');
    assert.equal(withQuery('#/requests', {}), '#/requests');
});

test('a code is found in an address, and nothing else is a code', () => {
    assert.equal(codeOf('#code=7F3K-92QD'), '7F3K-92QD');
    assert.equal(codeOf('#/tokens/code=1'), '');
    assert.equal(codeOf('#code=<script>'), '');
    assert.equal(codeOf(''), '');
});

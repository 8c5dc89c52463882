// SPDX-License-Identifier: Apache-2.0
// Jobs as the page follows them, with a server that is a table of answers.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { tell } from '../../../tools/web/page/core/events.js';
import { attendWith, job } from '../../../tools/web/page/core/jobs.js';
import { onTrouble } from '../../../tools/web/page/core/http.js';

globalThis.crypto ??= webcrypto; // as in browsers; Node.js 18 has it elsewhere

const sent = [];
let answers, seen, closed;

/** Each answer of the table once, in its order. */
function serve(table) {
    answers = new Map(Object.entries(table).map(([key, list]) => [key, [list].flat()]));
    globalThis.fetch = async (address, init) => {
        const key = `${init.method} ${address.replace('/api/v1', '')}`;
        sent.push({ key, headers: init.headers, body: init.body ? JSON.parse(init.body) : undefined });
        const list = answers.get(key) ?? [];
        const body = list.length > 1 ? list.shift() : list[0];
        if (!body) return new Response('{"code":"not_found"}', { status: 404 });
        return new Response(JSON.stringify(body.body ?? body), { status: body.status ?? 200 });
    };
}

beforeEach(() => {
    sent.length = 0;
    seen = [];
    closed = 0;
    attendWith(() => ({ update: (state, wrong) => seen.push([state.state, wrong?.code ?? null]), close: () => { closed += 1; } }));
});
afterEach(() => onTrouble({ lost: () => {}, offline: () => {} }));

test('a job ends with its result', async () => {
    serve({ 'POST /x': { id: 'j-1', state: 'running' } });
    const result = job('/x', { a: 1 });
    await new Promise(setImmediate);
    tell('job.changed', { id: 'j-2', state: 'done', result: { wrong: 1 } });
    tell('job.changed', { id: 'j-1', state: 'done', result: { right: 1 } });
    assert.deepEqual(await result, { right: 1 });
    assert.equal(closed, 1);
    assert.ok(sent[0].headers['Idempotency-Key'].length > 20);
});

test('an end that comes before the answer to the start is not missed', async () => {
    serve({ 'POST /x': { id: 'j-1', state: 'running' } });
    const result = job('/x');
    tell('job.changed', { id: 'j-1', state: 'done', result: { ok: true } });
    assert.deepEqual(await result, { ok: true });
});

test('a result that is too large for an event is asked for', async () => {
    serve({ 'POST /x': { id: 'j-1', state: 'running' }, 'GET /jobs/j-1': { id: 'j-1', state: 'done', result: { large: true } } });
    const result = job('/x');
    await new Promise(setImmediate);
    tell('job.changed', { id: 'j-1', state: 'done', result: null, result_left_out: true });
    assert.deepEqual(await result, { large: true });
});

test('a failed job throws its error', async () => {
    serve({ 'POST /x': { id: 'j-1', state: 'failed', error: { code: 'token_full', message: 'the token is full' } } });
    await assert.rejects(job('/x'), { code: 'token_full', message: 'the token is full' });
});

test('a wrong PIN is not tried again by itself', async () => {
    serve({ 'POST /x': { id: 'j-1', state: 'failed', error: { code: 'pin_wrong' } } });
    await assert.rejects(job('/x'), { code: 'pin_wrong' });
    assert.equal(sent.length, 1);
});

test('with retryPin a wrong PIN starts the job again, with another key', async () => {
    serve({ 'POST /x': [{ id: 'j-1', state: 'failed', error: { code: 'pin_wrong' } }, { id: 'j-2', state: 'done', result: {} }] });
    await job('/x', {}, { retryPin: true });
    assert.notEqual(sent[0].headers['Idempotency-Key'], sent[1].headers['Idempotency-Key']);
    assert.deepEqual(seen, [['failed', null], ['done', 'pin_wrong']]);
    assert.equal(closed, 1);
});

test('after a gap the job is read again', async () => {
    serve({ 'POST /x': { id: 'j-1', state: 'running' }, 'GET /jobs/j-1': { id: 'j-1', state: 'done', result: { late: 1 } } });
    const result = job('/x');
    await new Promise(setImmediate);
    tell('reset');
    assert.deepEqual(await result, { late: 1 });
});

test('a signal cancels the job at the server', async () => {
    serve({ 'POST /x': { id: 'j-1', state: 'running' }, 'DELETE /jobs/j-1': {} });
    const cancel = new AbortController();
    const result = job('/x', {}, { signal: cancel.signal });
    await new Promise(setImmediate);
    cancel.abort();
    await new Promise(setImmediate);
    tell('job.changed', { id: 'j-1', state: 'cancelled' });
    await assert.rejects(result, { code: 'interrupted' });
    assert.ok(sent.some(({ key }) => key === 'DELETE /jobs/j-1'));
});

test('a 401 of the session is told, one of a CA is not', async () => {
    let lost = 0;
    onTrouble({ lost: () => { lost += 1; }, offline: () => {} });
    serve({ 'POST /x': { status: 401, body: { code: 'ca_login' } }, 'POST /y': { status: 401, body: { code: 'sign_in' } } });
    await assert.rejects(job('/x'), { code: 'ca_login', status: 401 });
    assert.equal(lost, 0);
    await assert.rejects(job('/y'), { code: 'sign_in' });
    assert.equal(lost, 1);
});

test('no server is an error of its own', async () => {
    let offline = 0;
    onTrouble({ lost: () => {}, offline: () => { offline += 1; } });
    globalThis.fetch = async () => { throw new TypeError('failed to fetch'); };
    await assert.rejects(job('/x'), { code: 'offline', status: 0 });
    assert.equal(offline, 1);
});

// SPDX-License-Identifier: Apache-2.0
// What is shown of the server's data: when it is read, and what the watchers hear.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { tell } from '../../../tools/web/page/core/events.js';
import { forget, watch } from '../../../tools/web/page/core/store.js';

let asked, waiting, leaving;

/** Requests wait until answer() is called. */
beforeEach(() => {
    asked = [];
    waiting = [];
    leaving = new AbortController();
    globalThis.fetch = (address, { signal }) => new Promise((resolve, reject) => {
        asked.push(address.replace('/api/v1', ''));
        signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
        waiting.push(resolve);
    });
});
afterEach(() => {
    leaving.abort();
    forget();
});

async function answer(body, status = 200) {
    waiting.shift()(new Response(JSON.stringify(body), { status }));
    await new Promise(setImmediate);
}

function states() {
    const heard = [];
    return { heard, fn: (state) => heard.push([state.data?.n ?? null, state.error?.code ?? null, state.loading]) };
}

test('a watcher hears that it is being read, then the data', async () => {
    const { heard, fn } = states();
    watch('/x', 'token.changed', leaving.signal, fn);
    await answer({ n: 1 });
    assert.deepEqual(heard, [[null, null, true], [1, null, false]]);
});

test('two watchers of a path are one request', async () => {
    const one = states(), two = states();
    watch('/x', [], leaving.signal, one.fn);
    watch('/x', [], leaving.signal, two.fn);
    await answer({ n: 1 });
    assert.deepEqual(asked, ['/x']);
    assert.deepEqual(two.heard.at(-1), [1, null, false]);
});

test('its events and a reset read it again, others do not', async () => {
    watch('/x', 'request.changed', leaving.signal, () => {});
    await answer({ n: 1 });
    tell('token.changed');
    assert.equal(asked.length, 1);
    tell('request.changed', { id: 'r-1' });
    assert.equal(asked.length, 2);
    await answer({ n: 2 });
    tell('reset');
    assert.equal(asked.length, 3);
});

test('events while it is being read are one more request, after it', async () => {
    const { heard, fn } = states();
    watch('/x', 'request.changed', leaving.signal, fn);
    for (let i = 0; i < 5; i++) tell('request.changed');
    assert.equal(asked.length, 1);
    await answer({ n: 1 });
    assert.equal(asked.length, 2);
    await answer({ n: 2 });
    assert.equal(asked.length, 2);
    assert.deepEqual(heard.at(-1), [2, null, false]);
});

test('with an error the last data stays, until it can be read again', async () => {
    const { heard, fn } = states();
    watch('/x', 'request.changed', leaving.signal, fn);
    await answer({ n: 1 });
    tell('request.changed');
    await answer({ code: 'ca_unreachable' }, 502);
    assert.deepEqual(heard.at(-1), [1, 'ca_unreachable', false]);
    tell('request.changed');
    await answer({ n: 2 });
    assert.deepEqual(heard.at(-1), [2, null, false]);
});

test('a watcher that has left hears nothing more', async () => {
    const { heard, fn } = states();
    watch('/x', 'request.changed', leaving.signal, fn);
    leaving.abort();
    tell('request.changed');
    await new Promise(setImmediate);
    assert.deepEqual(heard, [[null, null, true]]);
    assert.equal(asked.length, 1);
});

test('refresh reads it now', async () => {
    const source = watch('/x', [], leaving.signal, () => {});
    await answer({ n: 1 });
    source.refresh();
    assert.equal(asked.length, 2);
});

/** Timers that run when the test says so. */
function holdTimers(t) {
    const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
    const held = new Map();
    let last = 0;
    globalThis.setTimeout = (fn) => { held.set(++last, fn); return last; };
    globalThis.clearTimeout = (timer) => held.delete(timer);
    t.after(() => Object.assign(globalThis, real));
    return () => {
        const due = [...held.values()];
        held.clear();
        for (const fn of due) fn();
    };
}

test('a list of tokens that has changed is looked at once more', async (t) => {
    const pass = holdTimers(t);
    watch('/tokens', 'token.removed', leaving.signal, () => {});
    await answer({ n: 1 });
    pass();
    assert.equal(asked.length, 2);
    await answer({ n: 1 });
    pass();
    assert.equal(asked.length, 2);
});

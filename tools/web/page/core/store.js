// SPDX-License-Identifier: Apache-2.0
// What is shown of the server's data: read once for all who watch it, and again when an event says so.

import { listen } from './events.js';
import { get } from './http.js';

/* The server looks for tokens every other second, and sees nothing of one that comes back sooner; a list that was read
 * meanwhile would stay wrong. So what has changed in it is looked at once more. */
const SETTLE_MS = 5000;
const SETTLING = new Set(['/tokens']);
const sources = new Map();

/**
 * Read a path now and whenever one of the event types (or "reset") comes; never twice at once. `data` stays while
 * it is being read again; with an error the last data stays too, `since` says when it was read (ms).
 * @param {string} path
 * @param {string|string[]} types
 * @param {AbortSignal} signal ends it
 * @param {(state: {data: any, error: any, loading: boolean, since: number}) => void} fn
 * @returns {{refresh: () => Promise<void>}} refresh: read it again now
 */
export function watch(path, types, signal, fn) {
    const source = sources.get(path) ?? make(path);
    const watcher = { fn, types: new Set([types].flat()) };
    source.watchers.add(watcher);
    const leave = () => {
        source.watchers.delete(watcher);
        if (!source.watchers.size) drop(source);
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    else if (source.state.since || source.state.loading) fn(source.state);
    if (!signal.aborted && !source.running) read(source);
    return { refresh: () => read(source) };
}

/** Forget everything: another person may sign in. */
export function forget() {
    for (const source of [...sources.values()]) drop(source);
}

function make(path) {
    const source = { path, watchers: new Set(), state: { data: null, error: null, loading: false, since: 0 },
        ending: new AbortController(), running: null, again: false, settling: 0 };
    sources.set(path, source);
    listen('*', (data, type) => {
        const concerned = type === 'reset' || [...source.watchers].some(({ types }) => types.has(type));
        if (concerned) read(source);
    }, source.ending.signal);
    return source;
}

function drop(source) {
    source.ending.abort();
    clearTimeout(source.settling);
    if (sources.get(source.path) === source) sources.delete(source.path);
}

/** At most one request is under way; what comes meanwhile makes one more. */
function read(source) {
    if (source.running) {
        source.again = true;
        return source.running;
    }
    source.running = readOnce(source).finally(() => {
        source.running = null;
        if (source.again && !source.ending.signal.aborted) {
            source.again = false;
            read(source);
        }
    });
    return source.running;
}

async function readOnce(source) {
    change(source, { loading: true });
    try {
        const data = await get(source.path, source.ending.signal);
        if (SETTLING.has(source.path)) settle(source, data);
        change(source, { data, error: null, loading: false, since: Date.now() });
    } catch (error) {
        if (!source.ending.signal.aborted) change(source, { error, loading: false });
    }
}

function settle(source, data) {
    if (JSON.stringify(data) === JSON.stringify(source.state.data)) return;
    clearTimeout(source.settling);
    source.settling = setTimeout(() => read(source), SETTLE_MS);
}

function change(source, what) {
    source.state = { ...source.state, ...what };
    for (const { fn } of [...source.watchers]) {
        try {
            fn(source.state);
        } catch (error) {
            console.error(error);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Events: one stream for all tabs of this browser. The tab that has the lock reads it and tells the others; hidden
// tabs hold none. Whenever something may have been missed, "reset" tells everybody to read again.

const LOCK = 'keyfob-events';
/** Not at once again when the server refused the stream. */
const REFUSED_MS = 1000;
const TYPES = ['token.inserted', 'token.removed', 'token.changed', 'connection.changed', 'request.changed',
    'certificate.changed', 'settings.changed', 'job.changed', 'news', 'session.locking', 'session.ended',
    'server.stopping', 'reset'];
const listeners = new Set();
const state = { running: null, channel: null, source: null, waiting: null, unlock: null, hiddenToo: false,
    whenBroken: () => {} };

/**
 * @param {string|string[]} types "*" for all of them
 * @param {(data: any, type: string) => void} fn
 * @param {AbortSignal} [signal] ends it
 */
export function listen(types, fn, signal) {
    const listener = { types: new Set([types].flat()), fn };
    if (signal?.aborted) return;
    listeners.add(listener);
    signal?.addEventListener('abort', () => listeners.delete(listener), { once: true });
}

/** Tell the listeners of this tab. @param {string} type @param {any} [data] */
export function tell(type, data = {}) {
    for (const { types, fn } of [...listeners]) {
        if (types.has(type) || types.has('*')) call(fn, data, type);
    }
}

/** Tell those of all tabs. @param {string} type @param {any} [data] */
export function tellAll(type, data = {}) {
    state.channel?.postMessage({ type, data });
    tell(type, data);
}

/**
 * Begin, once somebody is signed in; again after the stream was refused.
 * @param {() => void} whenBroken the stream ended: is the server there, is the session?
 */
export function start(whenBroken) {
    state.whenBroken = whenBroken;
    if (state.running) return void compete();
    state.running = new AbortController();
    const { signal } = state.running;
    state.channel = new BroadcastChannel(LOCK);
    state.channel.onmessage = (message) => tell(message.data.type, message.data.data);
    document.addEventListener('visibilitychange', () => seen(), { signal });
    compete();
}

/** End: signed out, or no server. */
export function stop() {
    state.running?.abort();
    state.running = null;
    state.channel?.close();
    state.channel = null;
    release();
}

/** Desktop notifications need one stream even while every tab is hidden. @param {boolean} yes */
export function keepWhenHidden(yes) {
    state.hiddenToo = yes;
    if (state.running) seen(false);
}

function wanted() {
    return state.running && (state.hiddenToo || document.visibilityState === 'visible');
}

/** Shown or hidden. A hidden tab hears what another reads, and may have missed the rest. */
function seen(shown = document.visibilityState === 'visible') {
    if (!wanted()) release();
    else compete();
    if (shown) tell('reset');
}

/** Wait for the lock, and hold it as long as the stream is read here. */
function compete() {
    if (state.source || state.waiting || !wanted()) return;
    const waiting = new AbortController();
    state.waiting = waiting;
    navigator.locks.request(LOCK, { signal: waiting.signal }, () => new Promise((done) => {
        state.waiting = null;
        read(done);
    })).catch(() => {});
}

function release() {
    state.waiting?.abort();
    state.waiting = null;
    state.source?.close();
    state.source = null;
    state.unlock?.();
    state.unlock = null;
}

function read(unlock) {
    const source = new EventSource('/api/v1/events');
    let opened = false;
    state.source = source;
    state.unlock = unlock;
    source.onopen = () => {
        /* The first time nobody knows what was missed; later the server does, by Last-Event-ID. */
        if (!opened) tellAll('reset');
        opened = true;
    };
    source.onerror = () => {
        if (source.readyState !== EventSource.CLOSED) return void state.whenBroken();
        if (state.source === source) release();
        setTimeout(() => state.running && state.whenBroken(), REFUSED_MS);
    };
    for (const type of TYPES) source.addEventListener(type, (event) => tellAll(type, parse(event.data)));
}

function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return {};
    }
}

function call(fn, data, type) {
    try {
        fn(data, type);
    } catch (error) {
        console.error(error);
    }
}

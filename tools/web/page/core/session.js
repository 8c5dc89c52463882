// SPDX-License-Identifier: Apache-2.0
// The session: signing in with a code, staying signed in while a person is there, and losing it.

import { listen, tellAll } from './events.js';
import { ApiError, del, get, post, setSession } from './http.js';

const EXTEND_MS = 60000;
const state = { session: null, known: '', extended: 0, channel: null };

/** @returns {any} keyfob.session/1, or null */
export function session() {
    return state.session;
}

/**
 * The session of this browser, if it has one. Throws ApiError: 401 signed out, "offline" no server. A page that had a
 * session takes no other one: who answers may have taken the port when the server ended.
 * @param {boolean} [anew] another tab of this browser has just signed in
 */
export async function restore(anew = false) {
    const session = await get('/session', undefined, { quiet: true });
    if (!anew && state.known && session.proof !== state.known) throw new ApiError({ code: 'sign_in' }, 401);
    return keep(session);
}

/** @param {string} code of `keyfob open` or `keyfob serve` */
export async function signIn(code) {
    const session = keep(await post('/session', { code }, { quiet: true }));
    state.channel?.postMessage('opened');
    return session;
}

/** Another tab of this browser has signed in; the cookie is this one's too. @param {() => void} fn */
export function whenOpenedElsewhere(fn) {
    state.channel = new BroadcastChannel('keyfob-session');
    state.channel.onmessage = () => fn();
}

/** End it here and in every tab. */
export async function signOut() {
    await del('/session', {}, { quiet: true }).catch(() => {});
    tellAll('session.ended');
}

/** It is over: nothing more is sent in its name. */
export function drop() {
    state.session = null;
    setSession({});
}

/** A person is there: the lock moves away. */
export async function extend() {
    state.extended = Date.now();
    const answer = await post('/session/extend', {});
    if (state.session) state.session = { ...state.session, ...answer };
    tellAll('session.extended', state.session);
}

/** Keys and pointers are a sign of a person; once a minute the server is told. @param {AbortSignal} signal */
export function noticePerson(signal) {
    state.extended = Date.now();
    const notice = () => {
        if (!state.session || Date.now() - state.extended < EXTEND_MS) return;
        extend().catch(() => {});
    };
    for (const type of ['keydown', 'pointerdown', 'wheel']) {
        document.addEventListener(type, notice, { signal, passive: true });
    }
    listen('session.extended', (data) => {
        state.extended = Date.now();
        if (state.session && data?.locks_at) state.session = { ...state.session, ...data };
    }, signal);
}

/** @param {string} hash "#code=XXXX" @returns {string} the code, or "" */
export function codeOf(hash) {
    const found = /^#?\/?code=([\w-]+)/.exec(hash);
    return found ? found[1] : '';
}

function keep(session) {
    state.session = session;
    state.known = session.proof;
    setSession(session);
    return session;
}

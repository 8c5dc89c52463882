// SPDX-License-Identifier: Apache-2.0
// Nobody seems to be there: a minute before the session locks the page says so, and one key stays signed in.

import { h, put } from '../core/dom.js';
import { listen } from '../core/events.js';
import { duration, t } from '../core/i18n.js';
import { extend, signOut } from '../core/session.js';
import { announce } from './basics.js';
import { dialog } from './dialog.js';
import { report } from './error.js';

const state = { open: null };

/** @param {AbortSignal} signal the session's end */
export function watchLock(signal) {
    listen('session.locking', (data) => warn(Number(data.seconds) || 60, signal), signal);
    listen(['session.extended', 'session.ended'], () => state.open?.abort(), signal);
}

async function warn(seconds, signal) {
    if (state.open) return;
    const closing = new AbortController();
    state.open = closing;
    signal.addEventListener('abort', () => closing.abort(), { once: true });
    const end = Date.now() + seconds * 1000;
    const left = h('p', { class: 'countdown' });
    const timer = setInterval(() => tick(left, end), 1000);
    tick(left, end);
    announce(t('core.lock.title'), 'assertive');
    const stay = await dialog({ title: t('core.lock.title'), alert: true, everywhere: true, signal: closing.signal,
        body: [h('p', null, t('core.lock.text')), left],
        actions: [{ text: t('core.lock.stay'), value: 'stay', primary: true },
            { text: t('core.sign_out'), value: 'out' }] });
    clearInterval(timer);
    state.open = null;
    if (closing.signal.aborted) return;
    if (stay === 'out') await signOut();
    else await extend().catch(report);
}

function tick(node, end) {
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
    put(node, t('core.lock.left', { time: duration(seconds * 1000) }));
    if (seconds === 30 || seconds === 10) announce(node.textContent, 'assertive');
}

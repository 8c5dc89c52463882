// SPDX-License-Identifier: Apache-2.0
// No server: what to do is said over everything, until it answers again.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { announce, codeLine } from './basics.js';

const GRACE_MS = 1200;
const WAITS_MS = [500, 1000, 2000, 3000, 5000];
const state = { running: false };

/**
 * Try again until `again` does not throw "offline".
 * @param {() => Promise<any>} again
 */
export async function lostServer(again) {
    if (state.running) return;
    state.running = true;
    const start = Date.now();
    let overlay = null;
    for (let turn = 0; ; turn++) {
        await sleep(WAITS_MS[Math.min(turn, WAITS_MS.length - 1)]);
        if (!overlay && Date.now() - start >= GRACE_MS) overlay = open();
        if (document.visibilityState === 'hidden') continue;
        if (!await isOffline()) break;
    }
    overlay?.close();
    state.running = false;
    if (overlay) announce(t('core.offline.back'));
    await again().catch(() => {});
}

/** Only a failed connection counts; any answer is a server. */
async function isOffline() {
    return fetch('/api/v1/session', { headers: { Accept: 'application/json' } }).then(() => false, () => true);
}

function open() {
    const title = h('h2', { id: 'offline-title' }, t('core.offline.title'));
    const text = h('div', { id: 'offline-text' }, h('p', null, t('core.offline.text')),
        h('p', null, codeLine('keyfob serve')), h('p', null, t('core.offline.open')),
        h('p', null, codeLine('keyfob open')));
    const element = h('dialog', { class: 'overlay', role: 'alertdialog', 'aria-labelledby': title.id,
        'aria-describedby': text.id }, title, text, h('p', { class: 'loading' },
        h('span', { class: 'spinner', 'aria-hidden': 'true' }), h('span', null, t('core.offline.trying'))));
    const before = document.activeElement;
    element.addEventListener('cancel', (event) => event.preventDefault());
    element.addEventListener('close', () => {
        element.remove();
        if (before?.isConnected) before.focus();
    });
    document.body.append(element);
    element.showModal();
    announce(t('core.offline.title'), 'assertive');
    return element;
}

function sleep(ms) {
    return new Promise((resolve) => { setTimeout(resolve, ms); });
}

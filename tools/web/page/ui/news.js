// SPDX-License-Identifier: Apache-2.0
// What happens while nobody does anything: tokens that come and go, and the agent's news.

import { listen } from '../core/events.js';
import { t } from '../core/i18n.js';
import { settings } from '../core/settings.js';
import { grouped } from '../core/text.js';
import { notify } from './notify.js';

const KINDS = { issued: 'ok', installed: 'ok', renewed: 'ok', rejected: 'bad', failed: 'bad' };

/** @param {AbortSignal} signal */
export function followNews(signal) {
    listen('token.inserted', (data) => notify(t('core.news.inserted', { token: nameOf(data) }),
        { kind: 'ok', route: '#/tokens', everywhere: true }), signal);
    listen('token.removed', (data) => notify(t('core.news.removed', { token: nameOf(data) }),
        { kind: 'warn', route: '#/tokens', everywhere: true }), signal);
    listen('news', (data) => tellNews(data), signal);
}

function nameOf({ label, serial }) {
    return [label, serial ? `(${grouped(serial)})` : ''].filter(Boolean).join(' ');
}

/** keyfob.news/1 of the agent: its own sentence. */
function tellNews(data) {
    const text = data.text ?? data.title ?? '';
    if (!text) return;
    notify(text, { kind: KINDS[data.kind] ?? 'info', route: data.request ? `#/requests/${data.request}` : '',
        everywhere: true });
    if (settings().notify && document.visibilityState === 'hidden') showOnDesktop(text);
}

function showOnDesktop(text) {
    if (globalThis.Notification?.permission === 'granted') new Notification('keyfob', { body: text });
}

// SPDX-License-Identifier: Apache-2.0
// What happens while nobody does anything: tokens that come and go, and the agent's news.

import { listen } from '../core/events.js';
import { has, t } from '../core/i18n.js';
import { path } from '../core/router.js';
import { settings } from '../core/settings.js';
import { grouped } from '../core/text.js';
import { notify } from './notify.js';

const KINDS = { issued: 'ok', installed: 'ok', rejected: 'bad', needs_you: 'warn', expiring: 'warn', problem: 'warn' };

/** @param {AbortSignal} signal */
export function followNews(signal) {
    listen('token.inserted', (data) => tellToken('core.news.inserted', 'ok', data), signal);
    listen('token.removed', (data) => tellToken('core.news.removed', 'warn', data), signal);
    listen('news', (data) => tellNews(data), signal);
}

/** Nobody inserts a container of keyfob's own: it was made or deleted, and that is said where it happened. */
function tellToken(words, kind, data) {
    if (/[:;]manufacturer=keyfob[;?]|[:;]manufacturer=keyfob$/.test(data.uri ?? '')) return;
    notify(t(words, { token: nameOf(data) }), { kind, route: path('tokens', data.serial), everywhere: true });
}

function nameOf({ label, serial }) {
    return [label, serial ? `(${grouped(serial)})` : ''].filter(Boolean).join(' ');
}

/** keyfob.news/1 of the agent: what it is about and what happened; its own line only where there are no words for it. */
function tellNews(data) {
    const what = data.request ?? data.certificate ?? '', key = `core.news.kind.${data.kind}`;
    const text = what && has(key) ? t(key, { what }) : data.text;
    if (!text) return;
    notify(text, { kind: KINDS[data.kind] ?? 'info', route: routeOf(data), everywhere: true });
    if (settings().notify && document.visibilityState === 'hidden') showOnDesktop(text);
}

function routeOf({ request, certificate }) {
    if (request) return path('requests', request);
    return certificate ? path('certificates', 'personal', certificate) : '';
}

function showOnDesktop(text) {
    if (globalThis.Notification?.permission === 'granted') new Notification('keyfob', { body: text });
}

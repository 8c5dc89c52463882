// SPDX-License-Identifier: Apache-2.0
// Who is signed in: this browser and others, each with its end.
import { del } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { ago, t, time } from '../core/i18n.js';
import { signOut, session } from '../core/session.js';
import { watch } from '../core/store.js';
import { announce, button, errorCard } from '../ui/index.js';
import { group } from './settings_save.js';

/** @param {AbortSignal} signal
 * @returns {Element} */
export function sessionsGroup(signal) {
    const body = h('div', {});
    const result = h('div', {});

    async function end(item) {
        try {
            if (item.this) return await signOut();
            await del(`/sessions/${encodeURIComponent(item.id)}`);
            announce(t('settings.sessions.ended'), 'polite');
            put(result);
            return await sessions.refresh();
        } catch (error) {
            put(result, errorCard(error, { retry: () => end(item) }));
            return undefined;
        }
    }

    function line(item) {
        const browser = item.browser || t('settings.sessions.unknown');
        const press = button(t(item.this ? 'settings.sessions.out' : 'settings.sessions.end'), { on: () => end(item) });
        if (!item.this) press.setAttribute('aria-label', `${press.textContent}: ${browser}`);
        const own = item.this ? ` (${t('settings.sessions.this')})` : null;
        const seen = t('settings.sessions.seen', { started: ago(item.started_at), seen: ago(item.seen_at) });
        return h('li', { class: 'spread setting-line' },
            h('div', {}, h('strong', {}, h('bdi', {}, browser)), own, h('div', { class: 'muted' }, seen)), press);
    }

    const sessions = watch('/sessions', ['session.ended'], signal, ({ data, error }) => {
        if (error && !data) put(body, errorCard(error, { retry: () => sessions.refresh() }));
        else if (data) put(body, h('ul', { class: 'plain-list' }, data.items.map(line)));
    });
    const ends = session() && session().ends_at;
    const until = ends ? h('p', { class: 'muted' }, t('settings.sessions.until', { time: time(ends) })) : null;
    return group('sessions', h('p', {}, t('settings.sessions.text')), body, until, result);
}

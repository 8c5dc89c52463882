// SPDX-License-Identifier: Apache-2.0
// Who acts next, and what is when: lines with a state, and bars on a scale of time.

import { h, svg } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { icon } from './basics.js';

const ICONS = { done: 'check', now: 'clock', next: 'minus', failed: 'cross' };

/**
 * What happened and what comes: [{text, state: done|now|next|failed, who?, at?}].
 * @param {{text: any, state: 'done'|'now'|'next'|'failed', who?: any, at?: any}[]} items
 * @param {{label?: string}} [options]
 */
export function timeline(items, options = {}) {
    return h('ol', { class: 'timeline', 'aria-label': options.label ?? t('core.timeline') }, items.map((item) =>
        h('li', { class: item.state, 'aria-current': item.state === 'now' ? 'step' : null }, icon(ICONS[item.state]),
            h('span', null, item.who ? h('strong', null, item.who, ' ') : null, item.text,
                h('span', { class: 'visually-hidden' }, ` (${t(`core.timeline.${item.state}`)})`),
                item.at ? h('span', { class: 'small muted' }, ` ${date(item.at)}`) : null))));
}

/**
 * A life from one day to another with today in it, as a bar; the text beside it says the same.
 * @param {any} from ISO text or seconds @param {any} until @param {string} kind ok warn bad
 */
export function lifeBar(from, until, kind = 'ok') {
    const start = instant(from), end = instant(until);
    const part = Math.min(1, Math.max(0, (Date.now() - start) / Math.max(1, end - start)));
    return svg('svg', { class: `life-bar ${kind}`, viewBox: '0 0 100 6', preserveAspectRatio: 'none',
        'aria-hidden': 'true' }, svg('rect', { class: 'all', width: 100, height: 6, rx: 3 }),
    svg('rect', { class: 'gone', width: part * 100, height: 6, rx: 3 }));
}

function instant(x) {
    return (typeof x === 'number' ? new Date(x * 1000) : new Date(x)).getTime();
}

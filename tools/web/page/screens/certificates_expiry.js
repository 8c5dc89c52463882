// SPDX-License-Identifier: Apache-2.0
// What ends when: a banner for what is near, and all of it in the order of time, as bars that a list says in words.
import { h, name as bdi } from '../core/dom.js';
import { date, n, t } from '../core/i18n.js';
import { link, path } from '../core/router.js';
import { settings } from '../core/settings.js';
import { lifeBar, icon } from '../ui/index.js';
import { isEnding, isSelfSigned, ownerName, statusMark, statusOf } from './certificates_words.js';

/** @param {object[]} items of the personal store
 * @returns {Element|null} */
export function expiryBanner(items) {
    const ending = items.filter((item) => isEnding(item, settings().warn_days)).sort((a, b) => a.days_left - b.days_left);
    if (ending.length === 0) return null;
    return h('section', { class: 'notice warn', 'aria-label': t('certificates.ending') },
        h('p', {}, icon('warning'), ' ', h('strong', {}, n('certificates.ending.count', ending.length))),
        h('ul', { class: 'bare-list' }, ending.map((item) => h('li', { class: 'note-line' }, bdi(ownerName(item)), ' ', statusMark(item, settings().warn_days), ' ',
            isSelfSigned(item) ? null : link(`${path('certificates', 'personal', item.id)}?do=renew`, t('certificates.renew'), {
                class: 'button small', 'aria-label': t('certificates.renew.what', { name: ownerName(item) }),
            })))));
}

/* Of the marks, the three colours of a bar. */
const BARS = { valid: 'ok', expiring: 'warn', expired: 'bad' };

function line(item) {
    const { kind } = statusOf(item, settings().warn_days);
    return h('li', {}, h('span', { class: 'expiry-date' }, date(item.not_after)),
        h('span', { class: 'expiry-name' }, link(path('certificates', 'personal', item.id), bdi(ownerName(item)))),
        lifeBar(item.not_before, item.not_after, BARS[kind] || 'ok'), statusMark(item, settings().warn_days));
}

/** Soonest first; what was renewed or revoked is over.
 * @param {object[]} items
 * @returns {Element|null} */
export function expiryTimeline(items) {
    const running = items.filter((item) => !['superseded', 'revoked'].includes(item.status)).sort((a, b) => a.not_after.localeCompare(b.not_after));
    if (running.length === 0) return null;
    return h('details', { class: 'expiry', open: running.length > 1 }, h('summary', {}, t('certificates.timeline')),
        h('ol', { class: 'bare-list' }, running.map(line)));
}

// SPDX-License-Identifier: Apache-2.0
// "What happens next" of a request: what was done, who must act, and what keyfob does meanwhile.
import { ago, t } from '../core/i18n.js';
import { timeline } from '../ui/index.js';
import { actorText, doText, soonText } from './requests_words.js';

const FRESH_MS = 60000;

/** @param {any} request keyfob.request/1 @returns {Element} */
export function nextList(request) {
    const items = [...done(request), ...request.next.map((item, i) => line(item, i, request))];
    return timeline(items.length ? items : [{ text: t('requests.next.none'), state: 'done' }], { label: t('requests.next') });
}

function who(actor) {
    return t('requests.who.line', { who: actorText(actor) });
}

function done(request) {
    const sent = request.order?.sent_at;
    if (!sent || !request.next.length) return [];
    return [{ state: 'done', who: who('you'), text: t('requests.next.sent', { ago: ago(sent) }) }];
}

function line(item, i, request) {
    return { state: i === 0 ? 'now' : 'next', who: who(item.actor), text: `${doText(item, request)}${when(item)}${keeps(item, request)}` };
}

/* What has only just begun needs no time. */
function when(item) {
    if (item.since && Date.now() - new Date(item.since).getTime() < FRESH_MS) return '';
    if (item.since) return ` (${t('requests.next.since', { ago: ago(item.since) })})`;
    return item.at ? ` (${soonText(item.at)})` : '';
}

/* A renewal does not take the old certificate away. */
function keeps(item, request) {
    const last = item.what === 'install' || (item.what === 'store' && item.actor === 'keyfob');
    return last && request.renews ? `. ${t('requests.next.keeps', { old: request.renews })}` : '';
}

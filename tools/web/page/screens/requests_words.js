// SPDX-License-Identifier: Apache-2.0
// Requests in words: how one stands, who must act, what comes next and when.
import { name } from '../core/dom.js';
import { ago, t } from '../core/i18n.js';
import { mark } from '../ui/index.js';
import { isEnd, markOf, nextOf, ownerOf, standing, tokenName } from './requests_model.js';

const ACTORS = new Set(['you', 'ca', 'keyfob', 'approver', 'recipient']);
const DECIDERS = new Set(['you', 'approver', 'recipient']);
const SOON_MS = 5000;

/** @param {any} request "Issued, not installed yet" */
export function statusText(request) {
    return t(`requests.status.${standing(request)}`);
}

/** @param {any} request */
export function statusMark(request) {
    return mark(markOf(request), statusText(request));
}

/** @param {any} request */
export function ownerName(request) {
    return name(ownerOf(request));
}

/** @param {string} actor of an item of `next` */
export function actorText(actor) {
    return t(`requests.who.${ACTORS.has(actor) ? actor : 'other'}`);
}

/** What is to be done, in the person's language. @param {any} item of `next` @param {any} request */
export function doText(item, request) {
    const values = { connection: request.connection, token: tokenName(request.token) };
    return t(`requests.next.${doWord(item, request)}`, values);
}

function doWord(item, request) {
    if (item.what === 'decide' && DECIDERS.has(item.actor)) return `decide.${item.actor}`;
    if (item.what === 'store' && item.actor === 'you') return 'store.you';
    if (item.what === 'destroy_key' && !request.token) return 'withdraw';
    return item.what;
}

/** In the row: "You: insert Rutoken ECP (0914 3328) and install the certificate". @param {any} request */
export function actorLine(request) {
    const item = nextOf(request);
    if (!item || isEnd(request) && item.what !== 'destroy_key') return '';
    return t('requests.row.actor', { who: actorText(item.actor), what: doText(item, request) });
}

/** @param {string|null|undefined} at whether keyfob asks then, and not already about now */
export function isLater(at) {
    return Boolean(at) && new Date(at).getTime() - Date.now() >= SOON_MS;
}

/** When keyfob asks next: "in 3 minutes", or that it is about to. @param {string} at */
export function soonText(at) {
    return isLater(at) ? ago(at) : t('requests.next.now');
}

/** In the row: when it was asked and when it will be. @param {any} request */
export function timesLine(request) {
    if (isEnd(request) || !request.checked_at) return ago(request.updated_at);
    const troubled = request.link === 'problem';
    const before = t(troubled ? 'requests.row.tried' : 'requests.row.checked', { ago: ago(request.checked_at) });
    if (!isLater(request.next_check_at)) return before;
    const after = t(troubled ? 'requests.row.again' : 'requests.row.next', { ago: ago(request.next_check_at) });
    return `${before}, ${after}`;
}

/** Without who it is: what stands in notifications and announcements. @param {any} request */
export function newsText(request) {
    return t('requests.news', { owner: ownerOf(request), status: statusText(request) });
}

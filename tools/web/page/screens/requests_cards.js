// SPDX-License-Identifier: Apache-2.0
// The card of a request that needs a look: what happened, in whose words, what became of the key, what helps.
import { h, id } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon, libraryLine } from '../ui/index.js';
import { numberLine } from './requests_dialogs.js';
import { hasNext, keyState, standing, tokenName } from './requests_model.js';
import { soonText } from './requests_words.js';

/** The C library's word for a rejection without one. */
const NO_REASON = 'no reason given';

/* standing: what the card says, and the actions that stand on it */
const CARDS = {
    rejected: { words: (request) => request.reason, acts: ['again', 'destroy'], kind: 'bad' },
    failed: { technical: (request) => request.reason, acts: ['again'], kind: 'bad' },
    quarantined: { technical: (request) => request.reason, next: quarantinedNext, acts: ['retry', 'revoke', 'withdraw'], kind: 'bad' },
    needs_operator: { technical: (request) => request.reason, more: numberLine, acts: ['retry', 'import'], kind: 'warn' },
    problem: { technical: (request) => request.problem, next: problemNext, acts: ['check', 'connection'], kind: 'warn' },
    your_turn: { words: (request) => request.order?.ca_text, acts: ['check'], kind: 'warn' },
    sign_in: { acts: ['sign_in', 'connection'], kind: 'warn' },
    withdrawn: { when: (request) => hasNext(request, 'destroy_key'), title: 'left', acts: ['destroy'], kind: 'warn' },
};

/** The names of the actions that the card has, so that they stand there only. @param {any} request */
export function actsOnCard(request) {
    return cardOf(request)?.acts ?? [];
}

/**
 * @param {any} request
 * @param {(name: string, primary: boolean) => Element|null} button makes the button of an action that is possible now
 * @returns {Element|null}
 */
export function requestCard(request, button) {
    const card = cardOf(request);
    if (!card) return null;
    const heading = h('h3', { id: id(), class: 'card-title' }, icon(card.kind === 'bad' ? 'cross' : 'warning'), titleText(card, request));
    return h('section', { class: ['card', card.kind === 'bad' ? 'error-card' : 'warn-card'], 'aria-labelledby': heading.id },
        heading, card.words ? caWords(card.words(request), request) : null, libraryLine(card.technical?.(request)), keyLine(request),
        h('p', null, card.next ? card.next(request) : nextText(card, request)), card.more?.(request) ?? null,
        h('div', { class: 'actions' }, card.acts.map((name, i) => button(name, i === 0))));
}

function cardOf(request) {
    const card = CARDS[standing(request)];
    return card && (!card.when || card.when(request)) ? card : null;
}

function titleText(card, request) {
    return t(`requests.card.${card.title ?? standing(request)}`, { connection: request.connection });
}

function nextText(card, request) {
    return card.title === 'left' ? t('requests.next.destroy_key', { token: tokenName(request.token) })
        : t(`requests.card.${standing(request)}.next`);
}

function quarantinedNext(request) {
    if (request.revocation) return t('requests.card.revocation');
    if (request.revoked_at) return t('requests.card.revoked.next');
    return t(hasNext(request, 'trust') ? 'requests.card.trust.next' : 'requests.card.quarantined.next');
}

function problemNext(request) {
    const known = t('requests.card.problem.known', { status: t(`requests.status.${request.status}`) });
    const next = request.next.find((item) => item.at);
    return [known, next ? t('requests.card.problem.next', { ago: soonText(next.at) }) : ''].filter(Boolean).join(' ');
}

/** The CA's own words, as they came, and whose they are. @param {string|null} text @param {any} request */
export function caWords(text, request) {
    if (!text || text === NO_REASON) return h('p', null, t('requests.ca.says.none'));
    return h('figure', { class: 'ca-words' }, h('figcaption', { class: 'small muted' }, t('requests.ca.says', { connection: request.connection })),
        h('blockquote', { dir: 'auto' }, text));
}

/** Is the key safe? @param {any} request */
export function keyLine(request) {
    const state = keyState(request);
    if (!state) return null;
    return h('p', { class: 'error-key' }, icon('key'), h('span', null, t(`requests.key.${state}`, { token: tokenName(request.token) })));
}

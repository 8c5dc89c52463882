// SPDX-License-Identifier: Apache-2.0
// Errors are cards that stay: what happened, whether the key is safe, what to do next, and the code.

import { h, id } from '../core/dom.js';
import { has, language, t } from '../core/i18n.js';
import { nextOf } from '../core/next.js';
import { link } from '../core/router.js';
import { announce, button, codeLine, copyButton, icon } from './basics.js';

/** What to do next is in the sentence of these. */
const NAMED_THERE = new Set(['config', 'token_other', 'ca_answer', 'needs_person']);
let sink = (card) => console.error(card.textContent);

/** Where report() puts cards: the frame's place above the view. @param {(card: Element) => void} fn */
export function showErrorsWith(fn) {
    sink = fn;
}

/** An error that no screen has taken: its card goes to the top of the view. @param {any} error */
export function report(error) {
    if (isQuiet(error)) return;
    sink(errorCard(error, { close: true }));
}

/** Cancelled by the person, or shown by the frame itself (no server, signed out). @param {any} error */
export function isQuiet(error) {
    return error?.name === 'AbortError' || error?.code === 'offline'
        || (error?.status === 401 && error.code === 'sign_in')
        || (error?.code === 'interrupted' && !error.request);
}

/**
 * @param {any} error an ApiError, or anything thrown
 * @param {{retry?: () => any, close?: boolean, actions?: Element[]}} [options]
 */
export function errorCard(error, options = {}) {
    const title = h('h2', { id: id(), class: 'card-title' }, icon('cross'), titleOf(error));
    const card = h('section', { class: 'card error-card', 'aria-labelledby': title.id, tabindex: '-1' }, title,
        sentence(error), keyLine(error), nextLine(error), commands(error),
        h('div', { class: 'actions' }, options.retry ? button(t('core.again'), { on: options.retry }) : null,
            options.actions ?? null, routeLink(error),
            options.close ? button(t('core.close'), { plain: true, on: () => card.remove() }) : null),
        h('p', { class: 'error-code small muted' }, h('code', null, codeOf(error)), ' ',
            copyButton(() => detailsOf(error), t('core.copy_details'))));
    announce(titleOf(error), 'assertive');
    return card;
}

/** The words of an error in one line: for notifications and fields. @param {any} error */
export function titleOf(error) {
    const code = codeOf(error);
    return has(`errors.${code}.what`) ? t(`errors.${code}.what`) : t('errors.failed.what');
}

function codeOf(error) {
    return error?.code && typeof error.code === 'string' ? error.code : 'failed';
}

/** The server's own words are of this case. */
function sentence(error) {
    const text = String(error?.message ?? '');
    return text === error?.code ? null : libraryLine(text, NAMED_THERE.has(error?.code));
}

/**
 * What the library says is English: on a page in another language it is folded.
 * @param {string|null|undefined} text
 * @param {boolean} [open] it is needed
 */
export function libraryLine(text, open = false) {
    if (!text) return null;
    const line = h('p', { class: 'error-said', dir: 'auto' }, text);
    return language() === 'en' ? line : folded(t('core.details'), line, open);
}

function keyLine(error) {
    const known = has(`errors.${codeOf(error)}.key`);
    const text = known ? t(`errors.${codeOf(error)}.key`) : error?.key;
    return text ? h('p', { class: 'error-key' }, icon('key'), h('span', null, text)) : null;
}

function nextLine(error) {
    const code = codeOf(error);
    return has(`errors.${code}.next`) ? h('p', null, t(`errors.${code}.next`)) : null;
}

function commands(error) {
    const said = (error?.next ?? []).filter((next) => next.cli);
    if (!said.length) return null;
    return folded(t('errors.in_terminal'),
        said.map(({ text, cli }) => [text ? h('p', { dir: 'auto' }, text) : null, h('p', null, codeLine(cli))]));
}

function folded(title, content, open = false) {
    return h('details', { class: 'small', open }, h('summary', null, title), content);
}

function routeLink(error) {
    const given = (error?.next ?? []).find((next) => next.route);
    const known = nextOf(codeOf(error), error?.subject);
    const route = given?.route ?? known?.route;
    if (!route || location.hash === route) return null;
    return link(route, t(known?.label ?? 'errors.go.there'), { class: 'button' });
}

/** Never a PIN or a secret: only what the server said. */
function detailsOf(error) {
    const lines = [`code: ${codeOf(error)}`, `message: ${error?.message ?? ''}`, `status: ${error?.status ?? ''}`,
        `page: ${location.hash.split('?')[0]}`, `time: ${new Date().toISOString()}`];
    return lines.join('\n');
}

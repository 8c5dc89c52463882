// SPDX-License-Identifier: Apache-2.0
// The small parts: icons, buttons, marks, empty states, loading, live announcements.

import { h, put, svg } from '../core/dom.js';
import { duration, t } from '../core/i18n.js';
import { report } from './error.js';

/** A symbol of icons.svg, always beside a word. @param {string} name @param {string} [extra] class */
export function icon(name, extra = '') {
    return svg('svg', { class: `icon ${extra}`.trim(), 'aria-hidden': 'true', focusable: 'false' },
        svg('use', { href: `icons.svg#${name}` }));
}

/**
 * A button. One that cannot be used says why (aria-disabled and the reason under its text). While a promise of `on`
 * is under way it is busy and takes no second click; what is thrown becomes an error card at the top of the view.
 * @param {any} text
 * @param {{primary?: boolean, danger?: boolean, plain?: boolean, small?: boolean, icon?: string, label?: string,
 *   type?: string, on?: (event: Event) => any, disabledBecause?: string|null}} [options]
 *   plain: without a frame; label: a longer name for a screen reader
 */
export function button(text, options = {}) {
    const kinds = ['primary', 'danger', 'plain', 'small'].filter((kind) => options[kind]);
    const node = h('button', { type: options.type ?? 'button', class: ['button', ...kinds],
        'aria-label': options.label }, options.icon ? icon(options.icon) : null,
    h('span', { class: 'button-text' }, text));
    because(node, options.disabledBecause ?? null);
    node.addEventListener('click', (event) => press(node, event, options.on));
    return node;
}

/**
 * Say why a button cannot be used; null: it can. The reason is part of its name, as it is of what is seen.
 * @param {HTMLElement} node @param {string|null} reason
 */
export function because(node, reason) {
    const there = node.querySelector('.button-reason');
    if ((there?.textContent.trim() ?? null) === reason) return;
    there?.remove();
    node.removeAttribute('aria-disabled');
    if (node.dataset.label) node.setAttribute('aria-label', node.dataset.label);
    if (!reason) return;
    node.setAttribute('aria-disabled', 'true');
    node.append(h('span', { class: 'button-reason' }, ` ${reason}`));
    if (!node.hasAttribute('aria-label')) return;
    node.dataset.label ??= node.getAttribute('aria-label');
    node.setAttribute('aria-label', `${node.dataset.label} ${reason}`);
}

/** Only an icon to see; the text is its name. @param {string} text @param {string} name @param {Object} [options] */
export function iconButton(text, name, options = {}) {
    const node = h('button', { type: 'button', class: ['icon-button', options.class], title: text }, icon(name),
        h('span', { class: 'visually-hidden' }, text));
    node.addEventListener('click', (event) => press(node, event, options.on));
    return node;
}

/** Copies a text; says so. @param {string|(() => string)} text @param {string} [label] */
export function copyButton(text, label = t('core.copy')) {
    const said = h('span', { class: 'button-text' }, label);
    const node = h('button', { type: 'button', class: 'button small' }, icon('copy'), said);
    node.addEventListener('click', async () => {
        await copy(typeof text === 'function' ? text() : text);
        put(said, t('core.copied'));
        announce(t('core.copied'));
        setTimeout(() => put(said, label), 2000);
    });
    return node;
}

/** A command for a terminal, or another text in one width, with a button that copies it. @param {string} text */
export function codeLine(text) {
    return h('span', { class: 'code-line' }, h('code', null, text), copyButton(text));
}

const MARKS = {
    ok: ['check', 'ok'], bad: ['cross', 'bad'], warn: ['warning', 'warn'], info: ['info', ''], wait: ['clock', ''],
    to_send: ['clock', ''], pending: ['clock', ''], issued: ['download', 'warn'], installed: ['check', 'ok'],
    rejected: ['cross', 'bad'], failed: ['cross', 'bad'], withdrawn: ['minus', ''], problem: ['warning', 'warn'],
    valid: ['check', 'ok'], expiring: ['warning', 'warn'], expired: ['cross', 'bad'], revoked: ['cross', 'bad'],
    untrusted: ['warning', 'warn'],
    connected: ['cloud-ok', 'ok'], signin: ['cloud-wait', 'warn'], waiting: ['cloud-wait', 'warn'],
    refused: ['cloud-bad', 'bad'], unreachable: ['warning', 'warn'], unchecked: ['cloud', ''],
    present: ['token', 'ok'], removed: ['token', ''], blank: ['token', 'warn'], software: ['computer', ''],
};

/**
 * A status: an icon and a word, never a colour alone.
 * @param {string} status one of the table above; its word is core.mark.STATUS
 * @param {any} [text] another word
 */
export function mark(status, text) {
    const [name, kind] = MARKS[status] ?? ['info', ''];
    return h('span', { class: ['mark', kind] }, icon(name), h('span', null, text ?? t(`core.mark.${status}`)));
}

/** A short word in a frame. @param {any} text @param {string} [kind] ok warn bad */
export function chip(text, kind = '') {
    return h('span', { class: ['chip', kind] }, text);
}

/** Nothing here yet, and what to do. @param {any} text @param {any} [action] a button or link */
export function emptyState(text, action) {
    return h('div', { class: 'empty' }, h('p', null, text), action ?? null);
}

/**
 * What takes time: nothing for 300 ms, then the text, after 5 s with the time and a way to cancel.
 * @param {string} [text] @param {{cancel?: () => void}} [options]
 */
export function loading(text = t('core.loading'), options = {}) {
    const elapsed = h('span', { class: 'muted' });
    const node = h('div', { class: 'loading', hidden: true }, h('span', { class: 'spinner', 'aria-hidden': 'true' }),
        h('span', { role: 'status' }, text), elapsed);
    const start = Date.now();
    setTimeout(() => { node.hidden = false; }, 300);
    const timer = setInterval(() => {
        if (Date.now() - start < 5000) return;
        if (!node.isConnected) clearInterval(timer);
        put(elapsed, duration(Math.floor((Date.now() - start) / 1000) * 1000));
        if (options.cancel && !node.querySelector('button')) {
            node.append(button(t('core.cancel'), { small: true, on: options.cancel }));
        }
    }, 1000);
    return node;
}

/**
 * Say something to a screen reader; the frame has the two live regions.
 * @param {string} text @param {'polite'|'assertive'} [how]
 */
export function announce(text, how = 'polite') {
    const region = document.getElementById(`live-${how}`);
    if (!region) return;
    const line = h('p', null, text);
    region.append(line);
    setTimeout(() => line.remove(), 10000);
}

/** @param {string} text */
export async function copy(text) {
    if (navigator.clipboard) {
        await navigator.clipboard.writeText(text).catch(() => copyBySelection(text));
    } else copyBySelection(text);
}

function copyBySelection(text) {
    const field = h('textarea', { class: 'visually-hidden', value: text });
    (document.querySelector('dialog:modal') ?? document.body).append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
}

async function press(node, event, on) {
    if (node.getAttribute('aria-disabled') === 'true') {
        event.preventDefault();
        announce(node.querySelector('.button-reason')?.textContent.trim() ?? '', 'polite');
        return;
    }
    if (node.getAttribute('aria-busy') === 'true') event.preventDefault();
    else if (on) await busyWhile(node, on(event));
}

async function busyWhile(node, work) {
    if (typeof work?.then !== 'function') return;
    node.setAttribute('aria-busy', 'true');
    try {
        await work;
    } catch (error) {
        report(error);
    } finally {
        node.removeAttribute('aria-busy');
    }
}

// SPDX-License-Identifier: Apache-2.0
// Dialogs: the browser's own <dialog>, which keeps the focus inside and gives it back.

import { h, id } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { because, button } from './basics.js';
import { errorCard, isQuiet } from './error.js';

/**
 * Open a dialog and wait for what is chosen; null when it was cancelled.
 * @param {{title: any, body?: any, wide?: boolean, alert?: boolean, closable?: boolean, everywhere?: boolean,
 *   signal?: AbortSignal, actions?: {text: string, value?: any, primary?: boolean, danger?: boolean, disabledBecause?: string|null,
 *   on?: () => any}[],
 *   onopen?: (control: {element: any, close: (value?: any) => void, buttons: any[]}) => void}} options
 *   body: nodes or texts. An action's `on` is called first (it may answer a promise; an error shows in the dialog):
 *   false keeps the dialog open, undefined closes it with `value`, anything else closes it with that.
 *   closable: false: neither Esc nor an action closes it. signal: closes it with null. everywhere: it is not of the
 *   screen, and stays when that is left.
 * @returns {Promise<any>}
 */
export function dialog(options) {
    return new Promise((resolve) => {
        const before = document.activeElement;
        const title = h('h2', { id: id() }, options.title);
        const errors = h('div', { class: 'dialog-errors' });
        let answer = null;
        const close = (value = null) => {
            answer = value;
            element.close();
            finish(); /* the event may come much later */
        };
        const finish = () => {
            if (!element.isConnected) return;
            element.remove();
            giveFocusBack(before);
            resolve(answer);
        };
        const buttons = (options.actions ?? []).map((action) => actionButton(action, close, errors));
        const body = h('div', { class: 'dialog-body' }, options.body ?? null);
        const element = h('dialog', { class: options.wide ? 'wide' : null, 'aria-labelledby': title.id,
            role: options.alert ? 'alertdialog' : null, 'data-of-screen': !options.everywhere,
        }, h('form', { method: 'dialog', novalidate: true, on: {
            submit: (event) => {
                event.preventDefault();
                buttons.find((one) => one.classList.contains('primary'))?.click();
            },
        } }, title, body, errors, h('div', { class: 'actions' }, buttons)));
        element.addEventListener('cancel', (event) => {
            if (options.closable === false) event.preventDefault();
        });
        element.addEventListener('close', finish);
        options.signal?.addEventListener('abort', () => close(null), { once: true });
        document.body.append(element);
        element.showModal();
        focusFirst(element);
        options.onopen?.({ element, close, buttons });
    });
}

/** The way back in the browser leads out of a dialog too: it is cancelled with the screen that it was of. */
export function closeDialogsOfScreen() {
    for (const element of document.querySelectorAll('dialog[data-of-screen]')) element.close();
}

/**
 * Ask before something is deleted for good; with `word` the person types it.
 * @param {{title: string, text: any, word?: string, action?: string,
 *   extra?: {label: string, checked?: boolean, help?: string}}} options
 * @returns {Promise<null|{confirm: string, extra: boolean}>}
 */
export async function confirmDelete(options) {
    const extra = options.extra ? checkBox(options.extra) : null;
    const field = options.word ? wordField(options.word) : null;
    const answer = await dialog({
        title: options.title, alert: true,
        body: [[options.text].flat().map((part) => (typeof part === 'string' ? h('p', null, part) : part)),
            extra?.element ?? null, field?.element ?? null],
        actions: [{ text: options.action ?? t('core.delete'), danger: true, on: () => !field || field.check() },
            { text: t('core.cancel') }],
        onopen: ({ element, buttons }) => {
            if (!field) buttons[1].focus();
            else field.watch(buttons[0], element);
        },
    });
    return answer ? { confirm: options.word ?? '', extra: extra?.box.checked ?? false } : null;
}

/**
 * A question with yes and no.
 * @param {{title: string, text?: any, yes: string, no?: string, danger?: boolean}} options
 */
export async function confirm(options) {
    const answer = await dialog({ title: options.title, alert: true,
        body: options.text ? h('p', null, options.text) : null,
        actions: [{ text: options.yes, value: true, primary: !options.danger, danger: options.danger },
            { text: options.no ?? t('core.cancel'), value: null }] });
    return answer === true;
}

/**
 * A check box with its label.
 * @param {{label: any, checked?: boolean, help?: string, on?: (checked: boolean) => void}} options
 */
export function checkBox(options) {
    const box = h('input', { type: 'checkbox', id: id(), checked: Boolean(options.checked) });
    const help = options.help ? h('span', { class: 'help', id: id() }, options.help) : null;
    if (help) box.setAttribute('aria-describedby', help.id);
    box.addEventListener('change', () => options.on?.(box.checked));
    return { box, element: h('div', { class: 'check' }, box, h('label', { for: box.id }, options.label), help) };
}

function actionButton(action, close, errors) {
    return button(action.text, { primary: action.primary, danger: action.danger,
        disabledBecause: action.disabledBecause, on: async () => {
            errors.replaceChildren();
            try {
                const said = action.on ? await action.on() : undefined;
                if (said !== false) close(said === undefined ? action.value ?? null : said);
            } catch (error) {
                if (!isQuiet(error)) errors.replaceChildren(errorCard(error));
            }
        } });
}

function wordField(word) {
    const field = h('input', { id: id(), type: 'text', autocomplete: 'off', spellcheck: 'false', autofocus: true });
    const same = () => field.value.normalize('NFC').trim() === word.normalize('NFC').trim();
    return {
        element: h('div', { class: 'field' },
            h('label', { for: field.id }, t('core.delete.type'), ' ', h('bdi', { class: 'mono' }, word)), field),
        check: () => (same() ? true : false),
        watch: (node) => {
            const look = () => because(node, same() ? null : t('core.delete.reason'));
            field.addEventListener('input', look);
            field.addEventListener('keydown', (event) => {
                if (event.key === 'Enter' && same()) node.click();
            });
            look();
            field.focus();
        },
    };
}

/** Danger never has the focus first. */
function focusFirst(element) {
    const wanted = element.querySelector('[autofocus]')
        ?? element.querySelector('.dialog-body :is(input, select, textarea)')
        ?? element.querySelector('.actions .primary') ?? element.querySelector('.actions button:not(.danger)');
    wanted?.focus();
}

function giveFocusBack(before) {
    if (before?.isConnected && before !== document.body) before.focus();
    else if (!document.querySelector('dialog:modal')) document.querySelector('h1')?.focus();
}

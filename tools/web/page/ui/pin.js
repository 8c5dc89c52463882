// SPDX-License-Identifier: Apache-2.0
// Asking for a PIN: for what, honest tries, new ones twice. What was typed goes to the server once and nowhere else.

import { h, id, put } from '../core/dom.js';
import { duration, has, n, t } from '../core/i18n.js';
import { path } from '../core/router.js';
import { grouped, strength } from '../core/text.js';
import { because, button, icon } from './basics.js';
import { checkBox } from './dialog.js';

const encoder = new TextEncoder();

/**
 * @param {any} question see work.h: {kind: pin|keypad, pin, token, container, why, tries, software, min, max, window,
 *   problem}
 * @param {any} wrong an ApiError of the try before this one, or null
 * @param {{answer: (said: Object) => void, cancel: () => void}} control
 */
export function pinQuestion(question, wrong, control) {
    const isNew = question.pin.startsWith('new_');
    const head = { title: titleFor(question), body: [forWhat(question), triesLine(question, wrong)] };
    if (question.tries === 'locked' && !isNew) return { ...head, ...lockedPart(question, control) };
    if (question.kind === 'keypad') return { ...head, ...elsewhere(question, 'core.pin.keypad') };
    if (question.window) return { ...head, ...elsewhere(question, 'core.pin.window') };
    const part = isNew ? newPart(question, control) : knownPart(question, control);
    return { ...head, ...part, body: [...head.body, ...part.body] };
}

/* --- words --- */

/** A container of this computer has a password where a token has a PIN. */
function word(question) {
    return question.software ? 'password' : 'pin';
}

function titleFor(question) {
    const key = `core.pin.title.${question.pin}.${word(question)}`;
    return t(key, { token: question.token?.label ?? '' });
}

/** A container that was named by its address (RFC 7512) is shown by the label in it. */
function containerLabel(container) {
    if (!container?.startsWith('pkcs11:')) return container;
    const label = /[:;]object=([^;?]*)/.exec(container)?.[1] ?? '';
    try {
        return decodeURIComponent(label);
    } catch {
        return '';
    }
}

function forWhat(question) {
    const { serial, label } = question.token ?? {}, { why = '' } = question;
    const container = containerLabel(question.container);
    return h('p', { class: 'muted pin-for' }, [
        serial && !question.software ? [t('core.pin.serial'), ' ', h('span', { class: 'mono' }, grouped(serial))]
            : null,
        container && container !== label ? [t('core.pin.container'), ' ', h('bdi', null, container)] : null,
        why ? (has(`core.why.${why}`) ? t(`core.why.${why}`) : why) : null,
    ].filter(Boolean).map((part, i) => [i ? ' · ' : null, part]));
}

/** PKCS#11 has no counter, only three flags: no number is made up. */
function triesLine(question, wrong) {
    const problem = question.problem ?? (wrong ? wrong.code : '');
    const texts = [problem === 'pin_wrong' ? t(`core.pin.wrong.${word(question)}`) : null,
        problem === 'pin_length' ? lengthHint(question) : null,
        problem === 'password_weak' ? t('core.pin.weak') : null];
    if (typeof question.left === 'number') texts.push(n('core.pin.left', question.left));
    else if (question.tries === 'low') texts.push(t('core.pin.low'));
    if (question.tries === 'last') texts.push(t('core.pin.last'));
    if (question.tries === 'locked') texts.push(t('core.pin.locked'));
    const said = texts.filter(Boolean).join(' ');
    const kind = problem || ['last', 'locked'].includes(question.tries) ? 'bad' : 'warn';
    return said ? h('p', { class: ['note', kind], role: 'alert', id: 'pin-problem' },
        icon(kind === 'bad' ? 'cross' : 'warning'), h('span', null, said)) : null;
}

function lengthHint({ min, max }) {
    if (min && max) return t('core.pin.length', { min, max });
    if (min) return t('core.pin.length.min', { min });
    return max ? t('core.pin.length.max', { max }) : '';
}

/** What is too short or too long costs no try. */
function hasLength({ min, max }, text) {
    const bytes = encoder.encode(text).length;
    return bytes > 0 && bytes >= (min || 0) && (!max || bytes <= max);
}

/* --- no field --- */

function lockedPart(question, control) {
    const serial = question.token?.serial || question.token?.label || '';
    const unblock = h('a', { class: 'button primary', href: `${path('tokens', serial)}?do=unblock`,
        on: { click: () => control.cancel() } }, t('core.pin.unblock'));
    return { actions: [unblock], focus: unblock, submit: null, cancelText: t('core.close') };
}

function elsewhere(question, words) {
    const elapsed = h('span', { class: 'muted' }), start = Date.now();
    const line = h('p', { class: 'loading', role: 'status' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }),
        h('span', null, t(words)), elapsed);
    const timer = setInterval(() => {
        if (!line.isConnected) clearInterval(timer);
        else put(elapsed, duration(Math.round((Date.now() - start) / 1000) * 1000));
    }, 1000);
    return { body: [forWhat(question), triesLine(question, null), line], actions: [], submit: null };
}

/* --- fields --- */

function knownPart(question, control) {
    const pin = secretField(t(`core.pin.label.${question.pin}.${word(question)}`));
    const sure = question.tries === 'last' ? checkBox({ label: t('core.pin.sure') }) : null;
    const send = sendButton();
    const serial = question.token?.serial || question.token?.label || '';
    const forgotten = question.pin === 'user' ? h('p', { class: 'small' }, t('core.pin.forgotten'), ' ',
        h('a', { href: `${path('tokens', serial)}?do=unblock`, on: { click: () => control.cancel() } },
            t('core.pin.unblock'))) : null;
    if (question.problem || question.tries === 'last') pin.field.setAttribute('aria-describedby', 'pin-problem');
    if (question.problem) pin.field.setAttribute('aria-invalid', 'true');
    const needsSure = () => because(send, sure && !sure.box.checked ? t('core.pin.sure.first') : null);
    sure?.box.addEventListener('change', needsSure);
    needsSure();
    return {
        body: [pin.element, sure?.element ?? null, showBox([pin.field]), forgotten], actions: [send], focus: pin.field,
        fail: (text) => failed(send, pin, text),
        submit: () => submit(send, pin, question, () => control.answer({ secret: take(pin.field) })),
    };
}

function newPart(question, control) {
    const kind = word(question), send = sendButton();
    const hint = question.software ? t('core.pin.hint.password') : lengthHint(question);
    const first = secretField(t(`core.pin.new.${kind}`), hint);
    const second = secretField(t(`core.pin.again.${kind}`));
    const meter = question.software ? strengthMeter(first.field) : null;
    return {
        body: [first.element, meter, second.element, showBox([first.field, second.field])], actions: [send],
        focus: first.field,
        fail: (text) => failed(send, first, text),
        submit: () => submit(send, first, question, () => {
            if (first.field.value !== second.field.value) {
                failed(send, second, t(`core.pin.differ.${kind}`));
                return;
            }
            second.field.value = '';
            control.answer({ secret: take(first.field) });
        }),
    };
}

/** The words change at the second press: the first one is being looked at. */
function submit(send, pin, question, go) {
    if (send.getAttribute('aria-busy') === 'true' || send.getAttribute('aria-disabled') === 'true') return;
    if (!pin.field.value) return void failed(send, pin, t('core.pin.empty'));
    if (!hasLength(question, pin.field.value)) return void failed(send, pin, lengthHint(question));
    pin.fail('');
    send.setAttribute('aria-busy', 'true');
    put(send.querySelector('.button-text'), t('core.pin.checking'));
    go();
}

function failed(send, part, text) {
    send.removeAttribute('aria-busy');
    put(send.querySelector('.button-text'), t('core.continue'));
    part.fail(text);
    part.field.focus();
}

function sendButton() {
    return button(t('core.continue'), { primary: true, type: 'submit' });
}

function take(field) {
    const text = field.value;
    field.value = '';
    return text;
}

/** Pasting works (WCAG 3.3.8); the browser keeps nothing. */
function secretField(label, hint = '') {
    const error = h('p', { class: 'field-error', id: id(), role: 'alert' });
    const help = hint ? h('p', { class: 'help', id: id() }, hint) : null;
    const field = h('input', { id: id(), type: 'password', autocomplete: 'off', spellcheck: 'false',
        autocapitalize: 'none', autocorrect: 'off', class: 'secret', 'aria-describedby': help?.id });
    return { field, element: h('div', { class: 'field' }, h('label', { for: field.id }, label), field, help, error),
        fail(text) {
            put(error, text ? [icon('cross'), text] : null);
            if (text) field.setAttribute('aria-invalid', 'true');
            else field.removeAttribute('aria-invalid');
            if (text) field.setAttribute('aria-describedby', [help?.id, error.id].filter(Boolean).join(' '));
        } };
}

function showBox(fields) {
    return checkBox({ label: t('core.pin.show'), on: (shown) => {
        for (const field of fields) field.type = shown ? 'text' : 'password';
    } }).element;
}

function strengthMeter(field) {
    const bar = h('meter', { min: 0, max: 4, low: 2, high: 3, optimum: 4, value: 0,
        'aria-label': t('core.pin.strength') });
    const words = h('span', { class: 'small muted', role: 'status' });
    field.addEventListener('input', () => {
        const level = strength(field.value);
        bar.value = level;
        put(words, field.value ? t(`core.pin.strength.${level}`) : '');
    });
    return h('p', { class: 'strength' }, bar, words);
}

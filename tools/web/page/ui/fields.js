// SPDX-License-Identifier: Apache-2.0
// The controls of a form's fields, one for each kind. Each has: element, read(), focus(), invalid(error id),
// describe(help id), require(yes); inline: the label comes after it; group: it is more than one control.

import { h, id } from '../core/dom.js';
import { choiceOf } from '../core/form_rules.js';
import { t } from '../core/i18n.js';
import { button, iconButton } from './basics.js';

const FILE_MAX = 1024 * 1024;
const MODES = { email: 'email', phone: 'tel', digits: 'numeric', inn: 'numeric', snils: 'numeric', ogrn: 'numeric',
    ogrnip: 'numeric' };
const KINDS = { text: textControl, number: textControl, switch: switchControl, choice: choiceControl, list: listControl,
    date: textControl, file: fileControl, secret: secretControl };

/**
 * @param {import('../core/form_rules.js').Field} field
 * @param {any} value
 * @param {{control: string}} ids
 * @param {{change: () => void, leave: () => void}} on
 */
export function makeControl(field, value, ids, on) {
    return (KINDS[field.kind] ?? textControl)(field, value, ids, on);
}

/* --- one text --- */

function textControl(field, value, ids, on) {
    const input = h('input', { id: ids.control, type: field.kind === 'date' ? 'date' : 'text', value,
        inputmode: field.kind === 'number' ? 'numeric' : MODES[field.check], autocomplete: 'off', spellcheck: 'false',
        dir: 'auto', class: field.kind === 'date' || field.kind === 'number' ? 'short' : null });
    return single(input, on, { read: () => input.value.normalize('NFC') });
}

function secretControl(field, value, ids, on) {
    const input = h('input', { id: ids.control, type: 'password', value, autocomplete: 'off', spellcheck: 'false',
        autocapitalize: 'none', class: 'secret' });
    const eye = iconButton(t('core.form.show'), 'eye', { on: () => {
        const shown = input.type === 'password';
        input.type = shown ? 'text' : 'password';
        eye.setAttribute('aria-pressed', String(shown));
    } });
    eye.setAttribute('aria-pressed', 'false');
    return single(input, on, { element: h('div', { class: 'with-button' }, input, eye) });
}

/** A closed choice is a select; an open one is a field with suggestions. */
function choiceControl(field, value, ids, on) {
    const choices = field.choices ?? [];
    if (!field.closed) return openChoice(field, value, ids, on);
    const known = choices.some((choice) => choice.value === value);
    const none = !field.required || !known ? h('option', { value: '' }, t('core.form.none')) : null;
    const select = h('select', { id: ids.control }, none,
        choices.map((choice) => h('option', { value: choice.value }, choice.title ?? choice.value)));
    select.value = known ? value : '';
    return single(select, on);
}

function openChoice(field, value, ids, on) {
    const list = h('datalist', { id: id() }, (field.choices ?? []).map((choice) =>
        h('option', { value: choice.value }, choice.title ?? '')));
    const input = h('input', { id: ids.control, type: 'text', list: list.id, value, autocomplete: 'off', dir: 'auto' });
    return single(input, on, { element: h('div', null, input, list), read: () => {
        const text = input.value.normalize('NFC');
        return choiceOf(field, text.trim()) ?? text;
    } });
}

function switchControl(field, value, ids, on) {
    const box = h('input', { id: ids.control, type: 'checkbox', checked: Boolean(value) });
    return { ...single(box, on, { read: () => box.checked }), inline: true };
}

function single(input, on, more = {}) {
    input.addEventListener('input', on.change);
    input.addEventListener('blur', on.leave);
    const described = { help: null, error: null };
    const describe = () => {
        const ids = [described.help, described.error].filter(Boolean).join(' ');
        if (ids) input.setAttribute('aria-describedby', ids);
        else input.removeAttribute('aria-describedby');
    };
    return {
        element: input, read: () => input.value, focus: () => input.focus(),
        invalid(errorId) {
            described.error = errorId;
            if (errorId) input.setAttribute('aria-invalid', 'true');
            else input.removeAttribute('aria-invalid');
            describe();
        },
        describe(helpId) {
            described.help = helpId;
            describe();
        },
        require: (yes) => (yes ? input.setAttribute('aria-required', 'true') : input.removeAttribute('aria-required')),
        ...more,
    };
}

/* --- several texts --- */

function listControl(field, value, ids, on) {
    const labelId = id(), state = { error: null, help: null };
    const lines = h('div', { class: 'list-lines' });
    const inputs = () => [...lines.querySelectorAll('input')];
    const mark = () => inputs().forEach((input) => {
        if (state.error) input.setAttribute('aria-invalid', 'true');
        else input.removeAttribute('aria-invalid');
        const described = [state.help, state.error].filter(Boolean).join(' ');
        if (described) input.setAttribute('aria-describedby', described);
    });
    const add = (text = '') => {
        const input = h('input', { type: 'text', value: text, autocomplete: 'off', dir: 'auto',
            inputmode: MODES[field.check],
            'aria-label': t('core.form.line', { title: field.title, number: inputs().length + 1 }) });
        const line = h('div', { class: 'with-button' }, input, iconButton(t('core.form.remove'), 'cross', { on: () => {
            line.remove();
            if (!inputs().length) add();
            inputs().at(-1).focus();
            on.change();
        } }));
        input.addEventListener('input', on.change);
        input.addEventListener('blur', on.leave);
        lines.append(line);
        mark();
        return input;
    };
    for (const text of value.length ? value : ['']) add(text);
    return {
        element: h('div', { role: 'group', 'aria-labelledby': labelId, id: ids.control }, lines,
            button(t('core.form.another'), { small: true, icon: 'plus', on: () => add().focus() })),
        group: true, labelId,
        read: () => inputs().map((input) => input.value.normalize('NFC')).filter((text) => text.trim()),
        focus: () => inputs()[0].focus(),
        invalid(errorId) {
            state.error = errorId;
            mark();
        },
        describe(helpId) {
            state.help = helpId;
            mark();
        },
        require() {},
    };
}

/* --- a file's text --- */

/** The text of a file, chosen, dropped or pasted. */
function fileControl(field, value, ids, on) {
    const text = h('textarea', { id: ids.control, rows: 4, class: 'mono', spellcheck: 'false', autocomplete: 'off',
        value });
    const file = h('input', { type: 'file', 'aria-label': t('core.form.file.choose', { title: field.title }) });
    const take = async (one) => {
        if (!one || one.size > FILE_MAX) return;
        text.value = await one.text();
        text.dispatchEvent(new Event('input'));
        on.leave();
    };
    file.addEventListener('change', () => take(file.files[0]));
    const element = h('div', { class: 'file' }, text, file);
    element.addEventListener('dragover', (event) => event.preventDefault());
    element.addEventListener('drop', (event) => {
        event.preventDefault();
        take(event.dataTransfer.files[0]);
    });
    return single(text, on, { element });
}

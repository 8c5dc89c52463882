// SPDX-License-Identifier: Apache-2.0
// The form engine: draws keyfob.form/1, whatever CA, connector or profile it comes from.

import { h, id, put } from '../core/dom.js';
import { has, n, t } from '../core/i18n.js';
import { groupsOf, isFixed, isRequired, problemOf, problemsOf, startValue, valuesToSend, warningOf }
    from '../core/form_rules.js';
import { announce, icon } from './basics.js';
import { makeControl } from './fields.js';

/**
 * @param {{title?: string, fields: import('../core/form_rules.js').Field[]}} schema keyfob.form/1
 * @param {{values?: Object<string, any>, onchange?: (values: Object<string, any>, name: string) => void,
 *   summary?: boolean, notes?: Object<string, any>}} [options] values: of a draft; summary: false leaves out the list
 *   of problems above the fields; notes: {field name: text under its label}
 * @returns {{element: any, values: () => Object<string, any>, problems: () => any[],
 *   show: (problems?: any[]) => boolean, focus: (name: string) => void,
 *   missing: () => {field: string, title: string}[]}}
 *   values(): what is sent; problems(): what is wrong now; show(): marks them (the form's own without an argument; the
 *   server's {field, title, text} as well), moves the focus to the summary and answers whether there were none
 */
export function form(schema, options = {}) {
    const fields = schema.fields ?? [], parts = new Map();
    const summary = h('div', { class: 'summary-place' });
    const raw = () => Object.fromEntries([...parts].map(([name, part]) => [name, part.read()]));
    const changed = (field) => {
        refresh(parts, raw());
        options.onchange?.(valuesToSend(fields, raw()), field.name);
    };
    for (const field of fields) parts.set(field.name, makePart(field, options, () => changed(field), raw));
    const star = h('p', { class: 'help' }, t('core.form.star'));
    const element = h('div', { class: 'form' }, summary, star, groupsOf(fields).map(({ group, fields: members }) =>
        grouped(group, members.map((field) => parts.get(field.name).element))));
    star.hidden = !fields.some((field) => !isFixed(field) && (field.required || field.required_when));
    refresh(parts, raw());
    return {
        element,
        values: () => valuesToSend(fields, raw()),
        problems: () => problemsOf(fields, raw()).map(sayProblem),
        missing: () => problemsOf(fields, raw()).map(({ field, title }) => ({ field, title })),
        show(problems) {
            const shown = (problems ?? problemsOf(fields, raw())).map(sayProblem);
            for (const [name, part] of parts) part.fail(shown.find((one) => one.field === name)?.text ?? '');
            if (options.summary !== false) drawSummary(summary, shown, parts);
            else parts.get(shown[0]?.field)?.focus();
            return shown.length === 0;
        },
        focus: (name) => parts.get(name)?.focus(),
    };
}

/** A problem in the person's words; the server's own text stays as it is. @param {any} problem */
function sayProblem(problem) {
    const text = problem.text ?? t(problem.id, problem.values);
    return { field: problem.field, title: problem.title, text };
}

function grouped(group, elements) {
    if (!group) return elements;
    const words = has(`core.group.${group}`) ? t(`core.group.${group}`) : group;
    return h('fieldset', null, h('legend', null, words), elements);
}

/** A field with its label, help, counter, warning and error. */
function makePart(field, options, onchange, raw) {
    const ids = { control: id(), help: id(), error: id() };
    const error = h('p', { class: 'field-error', id: ids.error });
    const warning = h('p', { class: 'field-warning', role: 'status' });
    const counter = field.max ? h('span', { class: 'counter small muted' }) : null;
    const start = startValue(field, options.values);
    const control = isFixed(field) ? fixed(field, start) : makeControl(field, start, ids, {
        change: () => {
            if (error.textContent) fail(sayIf(problemOf(field, raw())));
            onchange();
        },
        leave: () => fail(leaveProblem(field, raw)),
    });
    const star = h('span', { class: 'required', 'aria-hidden': 'true', hidden: true }, ' *');
    const fail = (text) => {
        put(error, text ? [icon('cross'), h('span', null, text)] : null);
        control.invalid(text ? ids.error : null);
    };
    const label = control.group ? h('span', { class: 'label', id: control.labelId }, field.title, star)
        : h('label', { for: ids.control }, field.title, star);
    const notes = [field.help, options.notes?.[field.name]].filter(Boolean);
    const help = notes.length
        ? h('p', { class: 'help', id: ids.help }, notes.map((note) => h('span', null, note, ' '))) : null;
    control.describe(help ? ids.help : null);
    const inner = control.inline ? [control.element, label]
        : [h('div', { class: 'label-line' }, label, counter), control.element];
    const kinds = ['field', control.inline ? 'check' : '', `kind-${field.kind}`];
    return {
        element: h('div', { class: kinds, dataset: { field: field.name } }, inner, help, warning, error),
        read: control.read, focus: control.focus, fail,
        refresh(values) {
            const required = !isFixed(field) && field.kind !== 'switch' && isRequired(field, values);
            star.hidden = !required;
            control.require(required);
            count(field, counter, control.read());
            warn(field, warning, control.read());
        },
        fixed: isFixed(field),
    };
}

/** Leaving a field says what is wrong with it, but not yet that it is empty. */
function leaveProblem(field, raw) {
    const values = raw(), empty = [values[field.name] ?? ''].flat().join('') === '';
    return empty ? '' : sayIf(problemOf(field, values));
}

function sayIf(problem) {
    return problem ? sayProblem(problem).text : '';
}

function refresh(parts, values) {
    for (const part of parts.values()) part.refresh(values);
}

function count(field, counter, value) {
    if (!counter) return;
    const used = Math.max(0, ...[value].flat().map((text) => [...String(text).normalize('NFC')].length));
    put(counter, h('span', { 'aria-hidden': 'true' }, `${used}/${field.max}`));
    counter.classList.toggle('bad', used > field.max);
}

function warn(field, place, value) {
    const found = typeof value === 'string' ? warningOf(field, value) : null;
    const text = found ? t(found.id, found.values) : '';
    if (place.textContent !== text) put(place, text ? [icon('warning'), h('span', null, text)] : null);
}

/** What the CA or the profile has set is text, with the reason. */
function fixed(field, value) {
    const choice = field.choices?.find((one) => one.value === value);
    const text = choice?.title ?? [value].flat().join(', ');
    const shown = field.kind === 'switch' ? t(value ? 'core.yes' : 'core.no') : text;
    const output = h('output', { class: 'fixed', tabindex: '-1' }, h('bdi', null, shown || '–'));
    const labelId = id();
    output.setAttribute('aria-labelledby', labelId);
    return { element: h('div', { class: 'fixed-line' }, output, field.read_only
        ? h('span', { class: 'small muted' }, t('core.form.fixed')) : null), group: true, labelId,
    read: () => value, focus: () => output.focus(), invalid() {}, describe() {}, require() {} };
}

function drawSummary(place, problems, parts) {
    if (!problems.length) return void put(place);
    const title = h('h3', { id: id() }, n('core.form.problems', problems.length));
    const box = h('div', { class: 'card error-card error-summary', role: 'group', 'aria-labelledby': title.id,
        tabindex: '-1' }, title, h('ul', null, problems.map((problem) => h('li', null, summaryLink(problem, parts)))));
    put(place, box);
    box.focus();
    announce(title.textContent, 'assertive');
}

function summaryLink(problem, parts) {
    const part = parts.get(problem.field);
    const text = problem.text.includes(problem.title) ? problem.text : `${problem.title}: ${problem.text}`;
    if (!part) return text;
    return h('button', { type: 'button', class: 'link', on: { click: () => part.focus() } }, text);
}

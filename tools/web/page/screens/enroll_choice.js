// SPDX-License-Identifier: Apache-2.0
// Small parts of the wizard's steps: radio buttons with a sentence each, a select, a field, lists of facts and of notes.
import { h, id, name as bdi, put } from '../core/dom.js';
import { has, t } from '../core/i18n.js';
import { icon } from '../ui/index.js';

/** A group of radio buttons; each item may have a text and more below it.
 * @param {{legend: string, name: string, value: string, items: {value: string, title: any, text?: any, mark?: any}[],
 *          onchange: (value: string) => void, hideLegend?: boolean}} what */
export function radios({ legend, name, value, items, onchange, hideLegend = false }) {
    const group = `${name}-${id()}`;
    return h('fieldset', { class: 'choice-cards', id: name }, h('legend', hideLegend ? { class: 'visually-hidden' } : {}, legend),
        items.map((item) => radio(item, { group, checked: item.value === value, onchange })));
}

function radio(item, { group, checked, onchange }) {
    const own = id();
    const text = item.text ? h('p', { id: `${own}-text`, class: 'muted' }, item.text) : null;
    return h('div', { class: 'choice-card' },
        h('input', {
            type: 'radio', name: group, id: own, value: item.value, checked, 'aria-describedby': text ? `${own}-text` : null,
            on: { change: () => onchange(item.value) },
        }),
        h('div', {}, h('label', { for: own }, item.title, item.mark || null), text));
}

/** A select with a label; groups of options have a title.
 * @param {{label: string, id: string, value: string, groups: {title?: string, options: {value: string, title: string}[]}[],
 *          help?: any, required?: boolean, onchange: (value: string) => void}} what */
export function selectField({ label, id: own, value, groups, help, required, onchange }) {
    const option = (item) => h('option', { value: item.value, selected: item.value === value }, item.title);
    const select = h('select', { id: own, required, 'aria-describedby': help ? `${own}-help` : null, on: { change: (event) => onchange(event.target.value) } },
        groups.filter((group) => group.options.length > 0).map((group) => (group.title ?
            h('optgroup', { label: group.title }, group.options.map(option)) : group.options.map(option))));
    return h('div', { class: 'field' }, h('label', { for: own }, label), select, help ? h('p', { class: 'help', id: `${own}-help` }, help) : null);
}

/** A line of text to type.
 * @param {{label: string, id: string, value: string, help?: any, max?: number, oninput: (value: string) => void}} what */
export function textField({ label, id: own, value, help, oninput }) {
    return h('div', { class: 'field' }, h('label', { for: own }, label),
        h('input', {
            type: 'text', id: own, value, autocomplete: 'off', spellcheck: 'false', 'aria-describedby': help ? `${own}-help` : null,
            on: { input: (event) => oninput(event.target.value) },
        }), help ? h('p', { class: 'help', id: `${own}-help` }, help) : null);
}

/** A check-box with its sentence.
 * @param {{label: any, id: string, checked: boolean, help?: any, onchange: (checked: boolean) => void}} what */
export function checkField({ label, id: own, checked, help, onchange }) {
    return h('div', { class: 'field check' },
        h('input', { type: 'checkbox', id: own, checked, 'aria-describedby': help ? `${own}-help` : null, on: { change: (event) => onchange(event.target.checked) } }),
        h('label', { for: own }, label), help ? h('p', { class: 'help', id: `${own}-help` }, help) : null);
}

/* What keyfob remarks is in the person's language, what a CA says stays as it is. */
function noteText(note) {
    const own = `enroll.note.what.${note.what}`;
    return note.what && has(own) ? t(own) : bdi(note.text);
}

/** What a CA or a check remarks.
 * @param {{level: string, text: string, what?: string}[]} notes */
export function notesList(notes) {
    if (!notes || notes.length === 0) return null;
    const marks = { note: ['info', ''], warning: ['warning', 'warn'], error: ['cross', 'bad'] };
    return h('ul', { class: 'note-list' }, notes.map((note) => {
        const [sign, kind] = marks[note.level] || marks.note;
        return h('li', { class: ['note', kind] }, icon(sign), ' ', h('strong', {}, t(`enroll.note.${marks[note.level] ? note.level : 'note'}`)), ' ', noteText(note));
    }));
}

/** A place for a message that a screen reader says when it comes.
 * @returns {{element: Element, say: (...nodes: any[]) => void}} */
export function messageBox() {
    const element = h('div', { role: 'status' });
    return { element, say: (...nodes) => put(element, ...nodes) };
}

/** Move the focus to the control of that id, where it is.
 * @param {string} own */
export function focusOn(own) {
    const element = document.getElementById(own);
    const target = element && (element.matches('fieldset') ? element.querySelector('input:checked, input') : element);
    if (target) target.focus();
}

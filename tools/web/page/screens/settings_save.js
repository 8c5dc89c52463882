// SPDX-License-Identifier: Apache-2.0
// Settings are saved as they are changed; each change can be taken back where it was made.
import { h, id, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { changeSettings, settings } from '../core/settings.js';
import { announce, button, errorCard, mark } from '../ui/index.js';

const UNDO_MS = 60000;
const FOCUS_MS = 5000;
/* The latest change, and the setting that was touched: they outlive the screen, which is drawn anew in another language. */
let last = null, touched = null;

function touch(changes) {
    touched = { name: Object.keys(changes)[0], at: Date.now() };
}

/** Back to the setting that was changed a moment ago, when its place was drawn anew. */
export function focusTouched() {
    if (!touched || Date.now() - touched.at > FOCUS_MS || document.activeElement !== document.body) return;
    const id = `setting-${touched.name}`;
    (document.getElementById(id) ?? document.querySelector(`[id^="${id}-"]:checked`))?.focus();
}

/** The place of a group of settings where "Saved" and "Undo" stand.
 * @param {string} group
 * @returns {{element: Element, save: (changes: object) => Promise<void>}} */
export function savedPart(group) {
    const element = h('div', { class: 'saved' });

    async function save(changes) {
        const before = Object.fromEntries(Object.keys(changes).map((name) => [name, settings()[name]]));
        last = { group, before, at: Date.now() };
        touch(changes);
        try {
            await changeSettings(changes);
            show();
            announce(t('settings.saved'), 'polite');
        } catch (error) {
            last = null;
            put(element, errorCard(error, { retry: () => save(changes) }));
        }
    }

    async function undo() {
        const { before } = last;
        last = null;
        touch(before);
        try {
            await changeSettings(before);
            put(element, mark('ok', t('settings.undone')));
            announce(t('settings.undone'), 'polite');
            focusTouched();
        } catch (error) {
            put(element, errorCard(error, { retry: undo }));
        }
    }

    function show() {
        if (!last || last.group !== group || Date.now() - last.at > UNDO_MS) return put(element);
        return put(element, mark('ok', t('settings.saved')), ' ', button(t('settings.undo'), { on: undo }));
    }

    show();
    return { element, save };
}

/** A group of settings with its heading.
 * @param {string} name of the group: settings.NAME.title
 * @param {...any} children */
export function group(name, ...children) {
    const heading = id();
    return h('section', { class: 'stack setting', 'aria-labelledby': heading },
        h('h2', { id: heading }, t(`settings.${name}.title`)), ...children);
}

/** One of some values, all in sight.
 * @param {{legend: string, name: string, choices: [string, string, string?][], save: (changes: object) => void}} what
 *   choices: value, label, explanation
 * @returns {{element: Element, update: () => void}} */
export function radios({ legend, name, choices, save }) {
    const kind = id();
    const inputs = choices.map(([value]) => h('input', {
        type: 'radio', name: kind, id: `setting-${name}-${value}`, value, on: { change: () => save({ [name]: value }) },
    }));
    const lines = choices.map(([, label, text], i) => h('div', { class: 'check' }, inputs[i],
        h('label', { for: inputs[i].id }, label), text ? h('div', { class: 'help', id: `${inputs[i].id}-text` }, text) : null));
    choices.forEach(([, , text], i) => text && inputs[i].setAttribute('aria-describedby', `${inputs[i].id}-text`));
    const update = () => inputs.forEach((input) => { input.checked = input.value === String(settings()[name]); });
    update();
    return { element: h('fieldset', { class: 'choices' }, h('legend', {}, legend), lines), update };
}

/** One of many values.
 * @param {{label: string, name: string, choices: [any, string][], save: Function, parse?: (value: string) => any}} what
 * @returns {{element: Element, update: () => void}} */
export function select({ label, name, choices, save, parse = (value) => value }) {
    const input = h('select', { id: `setting-${name}`, on: { change: () => save({ [name]: parse(input.value) }) } },
        choices.map(([value, text]) => h('option', { value }, text)));
    const update = () => { input.value = String(settings()[name]); };
    update();
    return { element: h('div', { class: 'field' }, h('label', { for: input.id }, label), input), update };
}

/** On or off.
 * @param {{label: string, name: string, text?: string, save: (changes: object, input: HTMLInputElement) => void}} what
 * @returns {{element: Element, update: () => void}} */
export function toggle({ label, name, text, save }) {
    const input = h('input', { type: 'checkbox', id: `setting-${name}`, on: { change: () => save({ [name]: input.checked }, input) } });
    const help = text ? h('div', { class: 'help', id: id() }, text) : null;
    if (help) input.setAttribute('aria-describedby', help.id);
    const update = () => { input.checked = settings()[name]; };
    update();
    return { element: h('div', { class: 'check' }, input, h('label', { for: input.id }, label), help), update };
}

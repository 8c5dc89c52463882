// SPDX-License-Identifier: Apache-2.0
// What stands around each step of the wizard: where a person is, what is saved, what is missing, Back and the one main button.
import { h, id, put } from '../core/dom.js';
import { has, t, time } from '../core/i18n.js';
import { link } from '../core/router.js';
import { button, icon } from '../ui/index.js';
import { missingIn, stepsOf, wizard } from './enroll_state.js';

/** A step as its file gives it: `missing` has only what the page itself knows better than the draft.
 * @typedef {object} Part
 * @property {string} title
 * @property {Node} element
 * @property {(field: string) => void} [focus]
 * @property {() => {field: string, title: string}[]} [problems]
 * @property {string} primary  the words of the main button
 * @property {() => Promise<void>|void} proceed
 * @property {boolean} [last]  is the end: what all steps lack counts
 * @property {boolean} [bare]  has buttons of its own */

const WORDS = {
    csr: 'enroll.csr.title', connection: 'enroll.ca.connection', profile: 'enroll.ca.profile',
    place: 'enroll.key.medium', key: 'enroll.key.type', container: 'enroll.key.container',
};

function nameOf(item) {
    const own = WORDS[item.field] ?? `enroll.subject.${item.field}`;
    return item.title || (has(own) ? t(own) : item.field);
}

/* --- the steps above --- */

function reachable(steps, index) {
    return steps.slice(0, index).every((name) => missingIn(name).length === 0) && (index < 2 || wizard.draft.reached >= index);
}

function stepItem(steps, name, index, current) {
    const words = `${index + 1}. ${t(`enroll.step.${name}`)}`;
    const at = steps.indexOf(current);
    const open = index !== at && reachable(steps, index);
    const state = index < at ? 'done' : index === at ? 'now' : 'later';
    const done = index < at && missingIn(name).length === 0 ? [icon('check'), h('span', { class: 'visually-hidden' }, t('enroll.step.done'))] : null;
    const label = open ? link(`#/enroll/${name}`, words) : h('span', index === at ? { 'aria-current': 'step' } : {}, words);
    return h('li', { class: `wizard-step wizard-step-${state}` }, done, label);
}

function stepper(current) {
    const steps = stepsOf();
    return h('nav', { 'aria-label': t('enroll.steps'), class: 'wizard-steps' },
        h('ol', {}, steps.map((name, index) => stepItem(steps, name, index, current))));
}

/* --- what is missing --- */

function missingItems(step, part) {
    const own = part.problems ? part.problems().map((item) => ({ step, ...item })) : missingIn(step);
    if (!part.last) return own;
    return [...stepsOf().filter((name) => name !== step).flatMap(missingIn), ...own];
}

function missingLink(item, step, part) {
    const number = stepsOf().indexOf(item.step) + 1;
    if (item.step !== step) return link(`#/enroll/${item.step}?field=${encodeURIComponent(item.field)}`, t('enroll.missing.item', { name: nameOf(item), step: number }));
    return h('button', { type: 'button', class: 'link', on: { click: () => part.focus && part.focus(item.field) } }, nameOf(item));
}

function missingLine(items, step, part) {
    return h('div', { class: 'wizard-missing' }, h('span', {}, t('enroll.missing')), ' ',
        h('ul', {}, items.map((item) => h('li', {}, missingLink(item, step, part)))));
}

/* --- all of it --- */

/** Draw the frame with the step in it; `update` is for after every change.
 * @param {{root: Element, signal: AbortSignal}} view
 * @param {string} step
 * @param {Part} part
 * @param {{back: (() => void)|null}} ways */
export function drawFrame(view, step, part, { back }) {
    const missing = h('div', { id: id(), class: 'wizard-missing-box' });
    const saved = h('p', { class: 'wizard-saved muted', role: 'status' });
    const heading = h('h2', { tabindex: '-1', id: id() }, part.title);
    const above = h('div');
    let lacking = [];
    let busy = false;
    const proceed = async () => {
        if (busy) return;
        if (lacking.length) return firstMissing();
        busy = true;
        try { await part.proceed(); } finally { busy = false; }
    };
    const firstMissing = () => missing.querySelector('a, button')?.focus();
    const main = button(part.primary, { primary: true, on: proceed });
    const footer = h('div', { class: 'wizard-footer' }, missing,
        h('div', { class: 'actions' }, back ? button(t('enroll.back'), { on: back }) : null, main));
    put(view.root, h('div', { class: 'wizard' },
        h('div', { class: 'wizard-head' }, above, saved),
        h('section', { 'aria-labelledby': heading.id, class: 'wizard-body' }, heading, part.element), part.bare ? null : footer));

    const update = () => {
        lacking = missingItems(step, part);
        put(above, stepper(step));
        put(missing, lacking.length ? missingLine(lacking, step, part) : null);
        main.setAttribute('aria-disabled', String(lacking.length > 0));
        if (lacking.length) main.setAttribute('aria-describedby', missing.id);
        else main.removeAttribute('aria-describedby');
        showSaved();
    };
    const showSaved = () => put(saved, wizard.savedAt ? t('enroll.saved', { time: time(wizard.savedAt) }) : null);
    wizard.saved = showSaved;
    view.signal.addEventListener('abort', () => { wizard.saved = null; });
    view.root.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && event.ctrlKey && !part.bare && !event.defaultPrevented) { event.preventDefault(); proceed(); }
    }, { signal: view.signal });
    update();
    return { update, heading };
}

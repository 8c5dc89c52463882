// SPDX-License-Identifier: Apache-2.0
// Step 3 of the wizard: whose certificate it is, in the fields of the profile and of the CA, with what the CA knows already.
import { h, name as bdi, put } from '../core/dom.js';
import { n, t } from '../core/i18n.js';
import { isFixed } from '../core/form_rules.js';
import { button, errorCard, form, loading } from '../ui/index.js';
import { notesList } from './enroll_choice.js';
import { formPart, heldValues, isEmpty, namedField, startValues } from './enroll_model.js';
import { loadForms, missingIn, ownerForms, wizard } from './enroll_state.js';
import { withRoute } from './enroll_send.js';

const RARE = ['dns', 'ip', 'uri', 'upn', 'kerberos', 'sid', 'other'];

/* The subject of a certificate for tests: no CA says what it wants. */
function selfForm() {
    const text = (name, oid, more = {}) => ({ name, title: t(`enroll.subject.${name}`), kind: 'text', oid, max: 64, ...more });
    return {
        schema: 'keyfob.form/1', title: '', fields: [
            text('CN', '2.5.4.3', { required: true }), text('O', '2.5.4.10'), text('OU', '2.5.4.11'), text('L', '2.5.4.7'),
            text('C', '2.5.4.6', { check: 'country', max: 2 }),
            { name: 'email', title: t('enroll.subject.email'), kind: 'text', check: 'email' },
            { name: 'dns', title: t('enroll.subject.dns'), kind: 'text', max: 253 },
            { name: 'days', title: t('enroll.self.days'), kind: 'number', value: '365' },
        ],
    };
}

/* --- what the CA knows --- */

function prefilled(parts) {
    return [...parts.subject.fields, ...parts.order.fields].filter((field) => ['text', 'list', 'date'].includes(field.kind) && !isEmpty(field.value) && !isFixed(field));
}

function registrationNote(parts, onreset) {
    const count = prefilled(parts).length;
    if (count === 0) return null;
    const words = wizard.draft.from ? n('enroll.owner.fromrequest', count, { name: wizard.draft.from }) : n('enroll.owner.registered', count, { name: wizard.draft.connection });
    return h('div', { class: 'note-line' }, h('p', {}, words), button(t('enroll.owner.reset'), { icon: 'reset', on: onreset }));
}

function rejectedNote() {
    const { rejected } = wizard;
    if (!rejected) return null;
    return h('div', { class: 'notice warn' }, h('p', {}, h('strong', {}, t('enroll.owner.rejected', { name: rejected.request }))),
        rejected.text ? h('p', {}, h('q', {}, bdi(rejected.text))) : null);
}

/* --- the forms --- */

/* Names that few people have wait in a part of their own, unless they are filled in. */
function split(subject, values) {
    const isRare = (field) => RARE.includes(field.name) && !field.required && isEmpty(values[field.name]);
    return { usual: formPart(subject, (field) => !isRare(field)), rare: formPart(subject, isRare) };
}

function rareNames({ schema, form: drawn }) {
    return schema.fields.length ? h('details', { class: 'rare' }, h('summary', {}, t('enroll.owner.rare')), drawn.element) : null;
}

function section(title, ...elements) {
    return h('section', { class: 'stack' }, title ? h('h3', {}, title) : null, elements);
}

/* The forms that are drawn, each with its schema; "order" is the CA's. */
function drawForms(parts, draft, onchange) {
    const { usual, rare } = split(parts.subject, draft.subject);
    const one = (kind, schema) => ({ kind, schema, form: form({ ...schema, title: '' }, { values: kind === 'order' ? draft.fields : draft.subject, onchange }) });
    return [one('usual', usual), one('rare', rare), one('order', parts.order)].filter(({ schema, kind }) => schema.fields.length || kind === 'rare');
}

function takeValues(draft, drawn) {
    for (const { kind, schema, form: one } of drawn) {
        const target = kind === 'order' ? 'fields' : 'subject';
        draft[target] = { ...draft[target], ...heldValues(schema, one.values()) };
    }
}

/* The field that the CA spoke of is in error until the person has been there. */
function showRejected(drawn) {
    const { rejected } = wizard;
    if (!rejected || rejected.shown) return;
    rejected.shown = true;
    for (const { schema, form: one } of drawn) {
        const field = namedField(schema.fields, rejected.text);
        if (field) one.show([{ field: field.name, title: field.title, text: t('enroll.owner.named', { text: rejected.text }) }]);
    }
}

function drawNotes(parts, reset) {
    const notes = wizard.forms ? wizard.forms.notes.filter((note) => note.what !== 'no_root') : [];
    return [rejectedNote(), registrationNote(parts, reset), notesList(notes)];
}

/** @param {{view: object, changed: () => void, next: () => Promise<void>}} ways */
export function ownerStep({ view, changed, next }) {
    const { draft } = wizard;
    const box = h('div', { class: 'stack' });
    let drawn = [];

    function draw(parts) {
        drawn = drawForms(parts, draft, () => { takeValues(draft, drawn); changed(); });
        const reset = () => {
            draft.subject = startValues(parts.subject, {});
            draft.fields = { ...draft.fields, ...startValues(parts.order, {}) };
            draw(parts);
            changed();
        };
        const of = (kind) => drawn.find((one) => one.kind === kind);
        const both = parts.subject.fields.length > 0 && parts.order.fields.length > 0;
        put(box, drawNotes(parts, reset),
            of('usual') ? section(both ? t('enroll.owner.subject') : '', of('usual').form.element, rareNames(of('rare'))) : null,
            of('order') ? section(both ? t('enroll.owner.order') : '', of('order').form.element) : null,
            of('usual') || of('order') ? null : h('p', {}, t('enroll.owner.nothing')));
        showRejected(drawn);
    }

    async function load(again) {
        if (draft.source === 'self') return draw({ subject: selfForm(), order: { fields: [] } });
        put(box, loading(t('enroll.ca.asking', { name: draft.connection })));
        try {
            await loadForms({ again });
            if (!view.signal.aborted) draw(ownerForms());
        } catch (error) {
            if (!view.signal.aborted) put(box, errorCard(withRoute(error, draft), { retry: () => load(true) }));
        }
        return changed();
    }

    async function focus(field) {
        await ready;
        const one = drawn.find(({ schema }) => schema.fields.some((item) => item.name === field)) || drawn[0];
        const closed = one && one.form.element.closest('details');
        if (closed) closed.open = true;
        if (one) one.form.focus(field);
    }

    const ready = Promise.resolve().then(() => load(false));
    return {
        title: t('enroll.owner.title'),
        element: box,
        focus,
        problems: () => missingIn('owner'),
        primary: t('enroll.next'),
        proceed: async () => {
            const wrong = drawn.find(({ form: one }) => one.problems().length > 0);
            if (wrong) return wrong.form.show();
            return next();
        },
    };
}

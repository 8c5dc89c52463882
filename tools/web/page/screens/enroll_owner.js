// SPDX-License-Identifier: Apache-2.0
// Step 3 of the wizard: whose certificate it is, in the fields of the profile and of the CA, with what the CA knows already.
import { h, name as bdi, put } from '../core/dom.js';
import { has, n, t } from '../core/i18n.js';
import { isFixed } from '../core/form_rules.js';
import { button, errorCard, form, loading } from '../ui/index.js';
import { notesList } from './enroll_choice.js';
import { heldValues, isEmpty, namedField, startValues } from './enroll_model.js';
import { loadForms, missingIn, ownerForms, wizard } from './enroll_state.js';

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

/* The parts of a subject in the person's language; what a CA asks stays in its words. */
function inWords(field) {
    const title = `enroll.subject.${field.name}`;
    const help = `enroll.subject.${field.name}.help`;
    const group = { Owner: 'enroll.group.owner', 'Other names': 'enroll.group.names' }[field.group];
    return { ...field, title: has(title) ? t(title) : field.title, help: has(help) ? t(help) : field.help, group: group ? t(group) : field.group };
}

/* --- what the CA knows --- */

function prefilled(parts) {
    return [...parts.subject.fields, ...parts.order.fields].filter((field) => !isEmpty(field.value) && field.kind !== 'switch' && !isFixed(field));
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

/** @param {{view: object, changed: () => void, next: () => Promise<void>}} ways */
export function ownerStep({ view, changed, next }) {
    const box = h('div', { class: 'stack' });
    let drawn = [];

    function take(parts) {
        const { draft } = wizard;
        const [subject, order] = drawn;
        draft.subject = { ...draft.subject, ...heldValues(parts.subject, subject.values()) };
        if (order) draft.fields = { ...draft.fields, ...heldValues(parts.order, order.values()) };
        changed();
    }

    function draw(parts) {
        const { draft } = wizard;
        const one = (schema, values) => form({ ...schema, title: '' }, { values, onchange: () => take(parts) });
        const reset = () => {
            draft.subject = startValues(parts.subject, {});
            draft.fields = { ...draft.fields, ...startValues(parts.order, {}) };
            draw(parts);
            changed();
        };
        const subject = one({ ...parts.subject, fields: parts.subject.fields.map(inWords) }, draft.subject);
        const order = parts.order.fields.length ? one(parts.order, draft.fields) : null;
        drawn = [subject, order];
        const both = parts.subject.fields.length > 0 && order;
        put(box, rejectedNote(), registrationNote(parts, reset),
            wizard.forms ? notesList(wizard.forms.notes.filter((note) => note.what !== 'no_root')) : null,
            parts.subject.fields.length ? section(both ? t('enroll.owner.subject') : '', subject.element) : null,
            order ? section(both ? t('enroll.owner.order') : '', order.element) : null,
            parts.subject.fields.length || order ? null : h('p', {}, t('enroll.owner.nothing')));
        showRejected(parts);
    }

    /* The field that the CA spoke of is in error until the person has been there. */
    function showRejected(parts) {
        const { rejected } = wizard;
        if (!rejected || rejected.shown) return;
        drawn.forEach((one, i) => {
            const field = one && namedField([parts.subject, parts.order][i].fields, rejected.text);
            if (!field) return;
            one.show([{ field: field.name, title: field.title, text: t('enroll.owner.named', { text: rejected.text }) }]);
            rejected.field = field.name;
        });
        rejected.shown = true;
    }

    async function load(again) {
        if (wizard.draft.source === 'self') return draw({ subject: selfForm(), order: { fields: [] } });
        put(box, loading(t('enroll.ca.asking', { name: wizard.draft.connection })));
        try {
            await loadForms({ again });
            if (!view.signal.aborted) draw(ownerForms());
        } catch (error) {
            if (!view.signal.aborted) put(box, errorCard(error, { retry: () => load(true) }));
        }
        return changed();
    }

    const ready = Promise.resolve().then(() => load(false));
    const find = (field) => drawn.find((one) => one && one.element.querySelector(`[data-field="${CSS.escape(field)}"]`)) || drawn.find(Boolean);
    return {
        title: t('enroll.owner.title'),
        element: box,
        focus: async (field) => { await ready; find(field)?.focus(field); },
        problems: () => missingIn('owner'),
        primary: t('enroll.next'),
        proceed: async () => {
            const problems = drawn.flatMap((one) => (one ? one.problems() : []));
            if (problems.length) return drawn.forEach((one) => one && one.show(one.problems()));
            return next();
        },
    };
}

function section(title, element) {
    return title ? h('section', { class: 'stack' }, h('h3', {}, title), element) : element;
}

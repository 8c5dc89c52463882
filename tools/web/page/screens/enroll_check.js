// SPDX-License-Identifier: Apache-2.0
// Step 5 of the wizard: what will be made and sent, as the CA will see it, what it costs, and what happens then.
import { post } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { list, t } from '../core/i18n.js';
import { link } from '../core/router.js';
import { watch } from '../core/store.js';
import { errorCard, factList, form, loading, timeline } from '../ui/index.js';
import { keyTitle, tokenTitle } from './tokens_words.js';
import { notesList } from './enroll_choice.js';
import { formPart, isEmpty, mayCost, orderOf, subjectText } from './enroll_model.js';
import { absent, asToken } from './enroll_key.js';
import { keysFor } from './enroll_place.js';
import { startSending, withRoute } from './enroll_send.js';
import { profileTitle } from './enroll_words.js';
import { loadForms, missingIn, wizard } from './enroll_state.js';

/* --- in words --- */

function placeText(draft, name) {
    const { place } = draft;
    if (place.medium === 'token') return t('enroll.check.token', { name: tokenTitle(asToken(place)) });
    const words = `enroll.check.${place.medium}${place.uri ? '' : '.new'}`;
    return t(words, { name: place.uri ? place.label : name, folder: place.folder || t('enroll.check.folder') });
}

function valueText(field, value) {
    if (field.kind === 'switch') return t(value === true ? 'enroll.yes' : 'enroll.no');
    const title = (one) => (field.choices || []).find((choice) => choice.value === one)?.title || String(one);
    return Array.isArray(value) ? list(value.map(title)) : title(value);
}

/* What the CA's form will get; secrets are not shown again. */
function orderFacts(draft, forms, fields) {
    const shown = (forms && forms.order ? forms.order.fields : []).filter((field) => field.name !== 'agreement' && field.kind !== 'secret' && field.kind !== 'file');
    const value = (field) => fields?.[field.name] ?? draft.fields[field.name];
    const titled = (field) => (field.name === 'template' && !field.choices ? { ...field, choices: forms.templates } : field);
    return shown.filter((field) => !isEmpty(value(field)) && value(field) !== false).map((field) => [field.title, valueText(titled(field), value(field))]);
}

function part(title, step, pairs) {
    return h('section', { class: 'summary-part' },
        h('div', { class: 'summary-head' }, h('h3', {}, title), link(`#/enroll/${step}`, t('enroll.change'), { 'aria-label': t('enroll.change.what', { what: title }) })), factList(pairs));
}

/* --- the parts --- */

function keyPart(draft, plan) {
    if (draft.source === 'csr') return part(t('enroll.step.key'), 'source', [[t('enroll.check.key'), t('enroll.check.csr')]]);
    const software = draft.place.medium !== 'token';
    const name = plan?.container || draft.container || t('enroll.check.named');
    return part(t('enroll.step.key'), 'key', [
        [t('enroll.key.type'), plan?.key_title || keyTitle(draft.key)], [t('enroll.key.medium'), placeText(draft, name)],
        [t('enroll.key.container'), name],
        [t('enroll.check.exportable'), t(software && draft.exportable ? 'enroll.yes' : 'enroll.no')],
    ]);
}

function selfSummary(draft) {
    const { subject } = draft;
    return [
        part(t('enroll.step.owner'), 'owner', [[t('enroll.csr.subject'), subjectText(subject)], [t('enroll.csr.names'), list([subject.email, subject.dns].filter(Boolean))]]),
        keyPart(draft),
    ];
}

function orderSummary(draft, forms, plan) {
    return [
        part(t('enroll.step.ca'), 'ca', [[t('enroll.ca.connection'), draft.connection], [t('enroll.ca.profile'), profileTitle({ name: draft.profile, title: forms?.profile_title })]]),
        part(t('enroll.step.owner'), draft.source === 'csr' ? 'source' : 'owner', [
            [t('enroll.check.subject'), plan.subject || t('enroll.check.casays')],
            [t('enroll.csr.names'), list((plan.alternative_names || []).map((item) => item.value))],
            ...orderFacts(draft, forms, plan.fields),
        ]),
        keyPart(draft, plan), notesPart(plan),
    ];
}

function notesPart(plan) {
    if (!plan.notes || plan.notes.length === 0) return null;
    return h('section', { class: 'summary-part' }, h('h3', {}, t('enroll.check.notes')), notesList(plan.notes));
}

function nextPart(draft) {
    const steps = [];
    const add = (words, who) => steps.push({ text: t(words, { name: draft.connection }), state: 'next', who: t(`enroll.who.${who}`) });
    if (draft.source !== 'csr') add(draft.place.medium === 'token' ? 'enroll.then.pin' : draft.place.uri ? 'enroll.then.password' : 'enroll.then.newpassword', 'you');
    if (draft.source === 'self') add('enroll.then.self', 'keyfob');
    else {
        add(draft.source === 'csr' ? 'enroll.then.send' : 'enroll.then.key', 'keyfob');
        add('enroll.then.ca', 'ca');
        add(draft.source === 'csr' ? 'enroll.then.store' : 'enroll.then.install', 'keyfob');
    }
    return h('section', { class: 'summary-part' }, h('h3', {}, t('enroll.check.then')), timeline(steps, { label: t('enroll.check.then') }));
}

/* The agreement and the price: nothing is ordered before a person has said yes. */
function costPart(forms, changed) {
    if (!mayCost(forms && forms.order)) return null;
    const agreement = formPart(forms.order, (field) => field.name === 'agreement');
    const drawn = agreement.fields.length ? form({ ...agreement, title: '' }, {
        values: wizard.draft.fields,
        onchange: () => { Object.assign(wizard.draft.fields, drawn.values()); changed(); },
    }) : null;
    const node = h('section', { class: 'notice warn' }, h('p', {}, h('strong', {}, t('enroll.check.cost', { name: wizard.draft.connection }))), drawn && drawn.element);
    return { node, focus: (field) => drawn && drawn.focus(field) };
}

/* The plan orders nothing, so that the agreement is asked for below it, where all stands that it is about. */
function planOf(draft, forms) {
    const order = orderOf(draft, forms);
    const asked = forms.order && forms.order.fields.some((field) => field.name === 'agreement');
    return asked ? { ...order, fields: { ...order.fields, agreement: true } } : order;
}

/* --- all of it --- */

function problemLinks(error) {
    if (!error.problems || error.problems.length === 0) return null;
    return h('ul', {}, error.problems.map((item) => h('li', {}, link(`#/enroll/owner?field=${encodeURIComponent(item.field)}`, item.title || item.field), ' ', item.text)));
}

/** @param {{view: object, changed: () => void}} ways */
export function checkStep({ view, changed }) {
    const { draft } = wizard;
    const box = h('div', { class: 'stack' });
    const state = { ready: false, cost: null, tokens: null };

    async function prepare() {
        const forms = draft.source === 'self' ? null : await loadForms();
        if (draft.source !== 'csr' && !draft.key) await keysFor(view.signal);
        if (draft.source === 'self') return null;
        return { forms, plan: await post('/enroll/plan', planOf(draft, forms), { signal: view.signal }) };
    }

    async function load() {
        state.ready = false;
        if (stepsLack()) return put(box, h('p', {}, t('enroll.check.incomplete')));
        put(box, loading(draft.source === 'self' ? t('enroll.loading') : t('enroll.ca.asking', { name: draft.connection })));
        try {
            const made = await prepare();
            if (view.signal.aborted) return undefined;
            state.cost = made && costPart(made.forms, changed);
            put(box, made ? orderSummary(draft, made.forms, made.plan) : selfSummary(draft), state.cost && state.cost.node, nextPart(draft));
            state.ready = true;
        } catch (error) {
            if (!view.signal.aborted) put(box, errorCard(withRoute(error, draft), { retry: load }), problemLinks(error));
        }
        return changed();
    }

    if (draft.source !== 'csr') {
        watch('/tokens', ['token.inserted', 'token.removed', 'token.changed'], view.signal, ({ data }) => {
            if (!data) return;
            state.tokens = data;
            changed();
        });
    }
    Promise.resolve().then(load);

    const waiting = () => (state.ready || stepsLack() ? [] : [{ step: 'check', field: 'plan', title: t('enroll.check.plan') }]);
    return {
        title: t('enroll.check.title'),
        element: box,
        focus: (field) => (field === 'plan' ? box.querySelector('.error-card')?.focus() : state.cost?.focus(field)),
        problems: () => [...waiting(), ...missingIn('check'), ...(draft.source === 'csr' ? [] : absent(state.tokens && state.tokens.items))],
        last: true,
        primary: t(`enroll.send.${draft.source}`),
        proceed: () => startSending(view),
    };
}

/* What came from a reloaded address may be too little to ask the CA. */
function stepsLack() {
    const { draft } = wizard;
    if (draft.source === 'self') return !draft.subject.CN;
    return !draft.connection || !draft.profile || (draft.source === 'csr' && !draft.csr) || (draft.source === 'new' && !draft.place);
}

// SPDX-License-Identifier: Apache-2.0
// The one draft of the wizard: loaded from the server, saved to it while a person types, never with a secret.
import { get, post } from '../core/api.js';
import {
    STEPS, defaultProfile, emptyDraft, formPart, isEmpty, isStarted, missingFields, restoreDraft, startValues,
} from './enroll_model.js';
import { subjectField } from './enroll_words.js';
import { saidForm } from '../ui/said.js';

const SAVE_DELAY = 800; /* ms after the last key */

/** What lives as long as the tab: steps come and go with their addresses.
 * @type {{draft: object|null, savedAt: string|null, restored: boolean, forms: object|null, formsKey: string, run: object|null,
 *         rejected: {request: string, text: string}|null, saved: (() => void)|null}} */
export const wizard = {
    draft: null, savedAt: null, restored: false, forms: null, formsKey: '', run: null, rejected: null, saved: null,
};

let timer = 0;

/** The draft, from the server the first time. */
export async function loadDraft() {
    if (wizard.draft) return wizard.draft;
    const answer = await get('/draft').catch(() => ({ draft: null, saved_at: null }));
    const kept = restoreDraft(answer.draft);
    wizard.draft = kept || emptyDraft();
    wizard.savedAt = kept ? answer.saved_at : null;
    wizard.restored = Boolean(kept && isStarted(kept));
    return wizard.draft;
}

/** Start again with nothing, or with what is given.
 * @param {object} [values] */
export function startAgain(values = {}) {
    clearTimeout(timer);
    Object.assign(wizard, {
        draft: { ...emptyDraft(), ...values }, savedAt: null, restored: false, forms: null, formsKey: '', run: null, rejected: null,
    });
}

/* What the CA's form keeps secret stays in this tab. */
function withoutSecrets(draft) {
    const secret = new Set((wizard.forms?.order?.fields || []).filter((field) => field.kind === 'secret').map((field) => field.name));
    const fields = Object.fromEntries(Object.entries(draft.fields).filter(([name]) => !secret.has(name)));
    return { ...draft, fields };
}

async function save() {
    if (!wizard.draft) return;
    const answer = await post('/draft', { draft: withoutSecrets(wizard.draft) });
    wizard.savedAt = answer.saved_at || new Date().toISOString();
    if (wizard.saved) wizard.saved();
}

/** Keep the draft a moment after the last change. A draft that cannot be kept stays in this tab, and nobody is disturbed. */
export function saveSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => save().catch(() => {}), SAVE_DELAY);
}

/** The request is recorded: the draft is not needed any more. */
export async function forgetDraft() {
    clearTimeout(timer);
    wizard.savedAt = null;
    wizard.restored = false;
    wizard.draft = emptyDraft();
    await post('/draft', { draft: null }).catch(() => {});
}

function formsPath(draft) {
    const query = new URLSearchParams({ connection: draft.connection, profile: draft.profile });
    if (draft.fields.template) query.set('template', draft.fields.template);
    if (draft.from) query.set('from', draft.from);
    return `/enroll/form?${query}`;
}

/** The forms of the chosen connection, profile and template, with the person's values in the draft.
 * @param {{again?: boolean}} [options]
 * @returns {Promise<object>} keyfob.enroll-form/1 */
export async function loadForms({ again = false } = {}) {
    const { draft } = wizard;
    const key = formsPath(draft);
    if (wizard.forms && wizard.formsKey === key && !again) return wizard.forms;
    const forms = await get(key);
    if (forms.order) forms.order = saidForm(forms.order);
    if (wizard.draft !== draft || formsPath(draft) !== key) return loadForms();
    Object.assign(wizard, { forms, formsKey: key });
    draft.subject = startValues(forms.subject, draft.subject);
    draft.fields = { ...draft.fields, ...startValues(forms.order, draft.fields) };
    return forms;
}

/** Of the forms, what the owner fills in: the template and the agreement have places of their own. */
export function ownerForms() {
    const { forms, draft } = wizard;
    const order = formPart(forms && forms.order, (field) => !['template', 'agreement'].includes(field.name));
    const subject = formPart(draft.source === 'csr' ? null : forms && forms.subject, () => true);
    subject.fields = subject.fields.map(subjectField);
    return { subject, order };
}

/** The values of the old request lie in the draft, for a new one from it.
 * @param {object} request keyfob.request/1 */
export function takeRequest(request) {
    startAgain({
        from: request.id, connection: request.connection, profile: request.profile || '',
        fields: { ...request.fields }, step: 'owner',
    });
    const text = request.reason || request.order?.ca_text || '';
    wizard.rejected = request.status === 'rejected' ? { request: request.id, text } : null;
}

/** The connection and the profile that need no question, for a start in the middle.
 * @param {object[]} connections */
export function chooseOnly(connections) {
    const { draft } = wizard;
    if (!connections.some((item) => item.name === draft.connection)) draft.connection = connections.length === 1 ? connections[0].name : '';
    const chosen = connections.find((item) => item.name === draft.connection);
    if (chosen && !draft.profile) draft.profile = defaultProfile(chosen.connector);
}

/** What a step still lacks: {step, field, title}, where a title of null is for the step to word.
 * @param {string} step */
export function missingIn(step) {
    const { draft, forms } = wizard;
    const lacks = (field, title = null) => ({ step, field, title });
    const byStep = {
        source: () => (draft.source === 'csr' && !draft.csr ? [lacks('csr')] : []),
        ca: () => [
            ...(draft.connection ? [] : [lacks('connection')]), ...(draft.profile ? [] : [lacks('profile')]),
            ...missingFields(formPart(forms && forms.order, (field) => field.name === 'template'), draft.fields).map((one) => lacks(one.field, one.title)),
        ],
        owner: () => {
            if (draft.source === 'self') return draft.subject.CN ? [] : [lacks('CN')];
            const parts = ownerForms();
            const needed = [...missingFields(parts.subject, draft.subject), ...missingFields(parts.order, draft.fields)];
            if (needed.length === 0 && lacksName(parts.subject)) return [lacks(parts.subject.fields[0].name, parts.subject.fields[0].title)];
            return needed.map((one) => lacks(one.field, one.title));
        },
        key: () => [
            ...(draft.place ? [] : [lacks('place')]), ...(draft.key ? [] : [lacks('key')]),
            ...(draft.source === 'self' && draft.place && !draft.place.uri && !draft.container ? [lacks('container')] : []),
        ],
        check: () => missingFields(formPart(forms && forms.order, (field) => field.name === 'agreement'), draft.fields).map((one) => lacks(one.field, one.title)),
    };
    return byStep[step] ? byStep[step]() : [];
}

/* A request needs a name of any kind, unless the CA gives it. */
function lacksName(form) {
    const { forms, draft } = wizard;
    if (!forms || forms.ca_sets_subject || form.fields.length === 0) return false;
    return form.fields.every((field) => isEmpty(field.read_only ? field.value : draft.subject[field.name]));
}

/** The steps of this way to a certificate. */
export function stepsOf() {
    return STEPS[wizard.draft.source];
}

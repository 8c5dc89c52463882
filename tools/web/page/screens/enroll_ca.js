// SPDX-License-Identifier: Apache-2.0
// Step 2 of the wizard: which CA is asked, for what kind of certificate, and with which of its templates.
import { get, job } from '../core/api.js';
import { h, id, put } from '../core/dom.js';
import { has, t } from '../core/i18n.js';
import { link } from '../core/router.js';
import { watch } from '../core/store.js';
import { button, emptyState, errorCard, form, loading } from '../ui/index.js';
import { focusOn, notesList, selectField } from './enroll_choice.js';
import { defaultProfile, formPart, sortProfiles } from './enroll_model.js';
import { profileTitle } from './enroll_words.js';
import { chooseOnly, loadForms, missingIn, wizard } from './enroll_state.js';
import { withRoute } from './enroll_send.js';

function connectionTitle(item) {
    const problem = item.problem ? 'problem' : item.standing;
    const words = `enroll.standing.${problem}`;
    const about = item.connector === 'local' ? t('enroll.ca.lab') : item.title;
    return has(words) ? t('enroll.ca.option.standing', { name: item.name, about, standing: t(words) }) : t('enroll.ca.option', { name: item.name, about });
}

/* --- no connection yet --- */

function firstConnection(view, ondone) {
    const box = h('div');
    const make = async () => {
        put(box, loading(t('enroll.ca.making')));
        try {
            const made = await job('/labca', {});
            ondone(made.name);
        } catch (error) {
            if (!view.signal.aborted) put(box, errorCard(error, { retry: make }));
        }
    };
    return h('div', { class: 'stack' },
        emptyState(t('enroll.ca.empty'), link('#/connections/new', t('enroll.ca.add'), { class: 'button primary' })),
        h('p', {}, t('enroll.ca.empty.lab')), h('div', { class: 'actions' }, button(t('enroll.ca.make'), { on: make })), box);
}

/* --- the choices --- */

function connectionField(connections, choose) {
    const options = connections.map((item) => ({ value: item.name, title: connectionTitle(item) }));
    const open = wizard.draft.connection ? [] : [{ value: '', title: t('enroll.choose') }];
    return h('div', {}, selectField({
        label: t('enroll.ca.connection'), id: 'connection', value: wizard.draft.connection, required: true, onchange: choose,
        groups: [{ options: [...open, ...options] }],
    }), link('#/connections/new', t('enroll.ca.another')));
}

function profileField(profiles, choose) {
    const { common, others } = sortProfiles(profiles);
    const options = (list) => list.map((item) => ({ value: item.name, title: profileTitle(item) }));
    return selectField({
        label: t('enroll.ca.profile'), id: 'profile', value: wizard.draft.profile, required: true, onchange: choose, help: t('enroll.ca.profile.help'),
        groups: [{ title: t('enroll.ca.profiles.common'), options: options(common) }, { title: t('enroll.ca.profiles.others'), options: options(others) }],
    });
}

/* The CA's own templates: a form of one field. Only those that it offers, so that the other fields can be known. */
function templateForm(forms, choose) {
    const part = formPart(forms.order, (field) => field.name === 'template');
    if (part.fields.length === 0) return null;
    part.fields = part.fields.map((field) => ({ title: t('enroll.ca.template'), ...field, choices: field.choices || forms.templates, closed: true }));
    const drawn = form({ ...part, title: '' }, { values: wizard.draft.fields, onchange: () => choose(drawn.values().template || '') });
    return drawn;
}

/** @param {{view: object, changed: () => void, next: () => Promise<void>, redraw: () => void}} ways */
export function caStep({ view, changed, next, redraw }) {
    const state = { connections: null, profiles: null, template: null };
    const choices = h('div', { class: 'stack' });
    const about = h('div', { class: 'stack', id: id() });

    async function askCa(again) {
        state.template = null;
        if (!wizard.draft.connection || !wizard.draft.profile) return put(about);
        put(about, loading(t('enroll.ca.asking', { name: wizard.draft.connection })));
        try {
            const forms = await loadForms({ again });
            if (view.signal.aborted) return undefined;
            state.template = templateForm(forms, chooseTemplate);
            put(about, state.template && state.template.element, notesList(forms.notes));
        } catch (error) {
            if (!view.signal.aborted) put(about, errorCard(withRoute(error, wizard.draft), { retry: () => askCa(true) }));
        }
        return changed();
    }

    function chooseTemplate(value) {
        if (wizard.draft.fields.template === value) return;
        wizard.draft.fields.template = value;
        changed();
    }

    function chooseConnection(name) {
        const chosen = state.connections.find((item) => item.name === name);
        Object.assign(wizard.draft, { connection: name, profile: chosen ? defaultProfile(chosen.connector) : '', fields: {}, preset: [] });
        draw();
    }

    function chooseProfile(name) {
        wizard.draft.profile = name;
        changed();
        askCa(false);
    }

    function draw() {
        if (!state.connections || !state.profiles) return;
        chooseOnly(state.connections);
        if (state.connections.length === 0) {
            put(choices, firstConnection(view, (name) => { wizard.draft.connection = name; wizard.draft.profile = defaultProfile('local'); redraw(); }));
            put(about);
        } else {
            put(choices, connectionField(state.connections, chooseConnection), profileField(state.profiles, chooseProfile));
            askCa(false);
        }
        changed();
    }

    put(choices, loading(t('enroll.loading')));
    let known = '';
    watch('/connections', 'connection.changed', view.signal, ({ data, error }) => {
        if (error && !data) return put(choices, errorCard(error));
        const names = data && JSON.stringify(data.items.map((item) => [item.name, item.standing, item.problem]));
        if (!data || names === known) return undefined;
        known = names;
        state.connections = data.items;
        return draw();
    });
    get('/profiles', view.signal).then((data) => { state.profiles = data.items; draw(); })
        .catch((error) => { if (!view.signal.aborted) put(choices, errorCard(error, { retry: redraw })); });

    return {
        title: t('enroll.ca.title'),
        element: h('div', { class: 'stack' }, choices, about),
        focus: (field) => (field === 'template' && state.template ? state.template.focus(field) : focusOn(field)),
        problems: () => missingIn('ca'),
        primary: t('enroll.next'),
        proceed: async () => { await loadForms(); await next(); },
    };
}

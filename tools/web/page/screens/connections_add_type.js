// SPDX-License-Identifier: Apache-2.0
// Adding a connection, step 1: the kind of CA, where it is, and whether it answers.
import { post } from '../core/api.js';
import { h, id, put } from '../core/dom.js';
import { onSubmitKey } from '../core/keys.js';
import { t } from '../core/i18n.js';
import { button, errorCard, form } from '../ui/index.js';
import { said } from '../ui/said.js';
import { folded, submit } from './connections_forms.js';
import { freeName, splitValues, suggestedName } from './connections_model.js';
import { wordedOptions } from './connections_edit.js';
import { addressOf } from './connections_sign.js';
import { makeTestCa } from './connections_test_ca.js';

const NAME = 'connection name';
/** The order in which people look for them; others follow. */
const FIRST = ['cryptopro', 'digicert', 'privacyidea', 'manual', 'local'];

/** @param {any} control of connections_add.js */
export function typeStep(control) {
    const place = h('div', { class: 'stack' }), trouble = h('div');
    const known = control.connection();
    const kinds = known ? [control.connector()] : inOrder(control.kinds());
    const state = { kind: known ? kinds[0] : null, drawn: null, named: Boolean(known) };

    function choose(kind) {
        state.kind = kind;
        put(trouble);
        if (kind.name === 'local' && !known) put(place, localPart(control, trouble));
        else drawForm(kind);
    }

    function drawForm(kind) {
        const schema = wordedOptions(kind, { first: [nameField(known)], secrets: known?.secrets });
        state.drawn = folded(form(schema, { values: known ? { ...known.settings } : { [NAME]: freeName(kind.name, names(control)) }, onchange: changed }));
        const send = button(t('connections.add.check'), { primary: true, on: () => add() });
        onSubmitKey(state.drawn.element, () => send.click());
        put(place, state.drawn.element, h('div', { class: 'actions' }, send, button(t('core.cancel'), { on: () => control.leave() })));
    }

    /* The name follows the address until somebody gives one. */
    function changed(values, field) {
        if (field === NAME) state.named = true;
        if (field !== 'url' || state.named) return;
        const name = nameInput();
        name.value = freeName(suggestedName(state.kind, values.url), names(control));
        name.dispatchEvent(new Event('input'));
        state.named = false;
    }

    function nameInput() {
        return /** @type {any} */ (state.drawn.element.querySelector(`[data-field="${NAME}"] input`));
    }

    async function add() {
        put(trouble);
        try {
            const answer = await submit(state.drawn, (values) => save(control, state.kind, values, state.drawn));
            if (answer?.result) await check(control, answer.result, nameInput());
        } catch (error) {
            put(trouble, errorCard(error));
        }
    }

    if (known) choose(kinds[0]);
    return h('div', { class: 'stack' }, known ? h('p', null, said(kinds[0].title)) : kindChoice(kinds, choose), trouble, place);
}

function inOrder(kinds) {
    const rank = ({ name }) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
    return [...kinds].sort((a, b) => rank(a) - rank(b));
}

function names(control) {
    return control.there().map((one) => one.name);
}

function kindChoice(kinds, choose) {
    const group = id();
    return h('fieldset', { class: 'form' }, h('legend', null, t('connections.add.kind')), h('div', { class: 'choices' }, kinds.map((kind) => {
        const box = h('input', { type: 'radio', id: id(), name: group, value: kind.name, on: { change: () => choose(kind) } });
        const help = h('span', { class: 'help', id: id() }, kindHelp(kind));
        box.setAttribute('aria-describedby', help.id);
        return h('div', { class: 'check' }, box, h('label', { for: box.id }, said(kind.title)), help);
    })));
}

const HELP = new Set(['cryptopro', 'digicert', 'privacyidea', 'manual', 'local']);

function kindHelp({ name }) {
    return HELP.has(name) ? t(`connections.kind.${name}.help`) : '';
}

function nameField(known) {
    return { name: NAME, title: t('connections.name'), help: known ? undefined : t('connections.name.help'), kind: 'text', required: true,
        max: 64, value: known?.name, read_only: Boolean(known) };
}

/** A new one, or the one that was added and did not answer, with what was changed. */
async function save(control, kind, values, drawn) {
    const known = control.connection();
    const { settings, secrets } = splitValues(kind, values, known?.settings ?? {});
    if (known) return Object.keys({ ...settings, ...secrets }).length ? post(addressOf(known.name), { settings, secrets }) : known;
    try {
        return await post('/connections', { name: values[NAME], connector: kind.name, settings, secrets });
    } catch (error) {
        if (error.code !== 'exists') throw error;
        drawn.show([{ field: NAME, title: t('connections.name'), text: t('connections.name.taken') }]);
        return null;
    }
}

/** Does it answer? That it wants a sign-in is an answer. From now on it has its name. */
async function check(control, connection, field) {
    control.take(connection);
    if (field) field.readOnly = true;
    const checked = await control.work.run({
        path: addressOf(connection.name, 'check'),
        actions: () => [button(t('connections.add.anyway'), { on: () => control.to('trust') })],
    });
    if (!checked) return;
    control.take(checked.schema ? checked : connection);
    control.to('trust');
}

/** The test CA: made in one click, with its key and its root. */
function localPart(control, trouble) {
    const field = { name: 'approval', title: t('connections.lab.approval'), help: t('connections.lab.approval.help'), kind: 'switch' };
    const drawn = form({ fields: [field] });
    const make = button(t('connections.test_ca'), { primary: true, on: async () => {
        try {
            control.take(await makeTestCa(control.there(), drawn.values().approval === true));
            control.to('result');
        } catch (error) {
            put(trouble, errorCard(error));
        }
    } });
    return [h('p', null, t('connections.test_ca.text')), drawn.element, h('div', { class: 'actions' }, make, button(t('core.cancel'), { on: () => control.leave() }))];
}

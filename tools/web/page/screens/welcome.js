// SPDX-License-Identifier: Apache-2.0
// The first visit: where the keys will be, who issues the certificate, and on to the wizard. One screen, one click.
import { get, job } from '../core/api.js';
import { h, id, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { isSoftware } from '../core/medium.js';
import { go, path, withQuery } from '../core/router.js';
import { changeSettings } from '../core/settings.js';
import { watch } from '../core/store.js';
import { announce, button, errorCard, stepsList } from '../ui/index.js';
import { keyOf, usableTokens } from './tokens_model.js';
import { modulePart } from './settings_modules.js';
import { tokenTitle } from './tokens_words.js';

const TEST_CA = 'test-ca';

export const styles = ['style/tokens.css'];

/** @returns {string} */
export function title() {
    return t('tokens.welcome.title');
}

function radio(group, value, label, text, { checked, on }) {
    const input = h('input', { type: 'radio', name: group, id: id(), value, checked, 'aria-describedby': id(), on: { change: on } });
    return h('div', { class: 'check' }, input, h('label', { for: input.id }, label),
        h('div', { class: 'help', id: input.getAttribute('aria-describedby') }, text));
}

/* What the wizard is told about the medium. */
function wizardQuery(chosen) {
    return chosen.token ? { token: chosen.token.uri } : { medium: 'registry' };
}

/* --- the built-in test CA: made once, then used --- */

async function testCa(onchange) {
    const { items } = await get('/labca');
    if (items.length) return items[0].name;
    await job('/labca', { name: TEST_CA }, { onchange });
    return TEST_CA;
}

/** @param {{root: Element, signal: AbortSignal}} view */
export function mount(view) {
    const group = id();
    const state = { where: 'registry', token: null, tokens: [], known: null };
    const places = h('fieldset', { class: 'choices' });
    const modules = h('div', {});
    const offer = h('div', { 'aria-live': 'polite' });
    const found = h('p', {});
    const result = h('div', {});
    const buttons = h('div', { class: 'actions' });

    const chosen = () => ({ token: state.where === 'token' ? state.token : null });

    function why() {
        if (!state.known) return t('tokens.welcome.why.looking');
        if (state.where === 'registry' || chosen().token) return undefined;
        return t(state.where === 'token' ? 'tokens.welcome.why.token' : 'tokens.welcome.why.module');
    }

    function choose(where) {
        state.where = where;
        put(modules, where === 'module' ? modulePart(view.signal, { help: true }) : null);
        drawButtons();
    }

    const place = (value, label, text) => radio(group, value, label, text, { checked: state.where === value, on: () => choose(value) });

    const fill = () => put(places, h('legend', {}, t('tokens.welcome.where')),
        place('registry', t('tokens.medium.registry.long'), t('tokens.welcome.registry')),
        place('token', tokenLabel(), tokenHelp()),
        place('module', t('tokens.welcome.module'), t('tokens.welcome.module.text')));

    const tokenLabel = () => (state.token ? t('tokens.welcome.use', { token: tokenTitle(state.token) }) : t('tokens.welcome.token'));
    const tokenHelp = () => (state.token ? t('tokens.welcome.use.text') : t('tokens.welcome.waiting'));

    function foundText() {
        if (!state.known) return t('tokens.reading');
        return state.token ? t('tokens.welcome.found', { token: tokenTitle(state.token) }) : t('tokens.welcome.none');
    }

    function drawPlaces() {
        const focused = places.contains(document.activeElement) ? document.activeElement.value : null;
        fill();
        if (focused) places.querySelector(`[value="${focused}"]`).focus();
        put(found, foundText());
    }

    function drawButtons() {
        const because = why();
        put(buttons,
            button(t('tokens.welcome.connect'), { on: connect, disabledBecause: because }),
            button(t('tokens.welcome.test'), { primary: true, on: test, disabledBecause: because }),
            button(t('tokens.welcome.skip'), { plain: true, on: () => leave(path('tokens')).catch(fail) }));
    }

    /* --- on --- */

    async function leave(hash) {
        await changeSettings({ welcomed: true });
        go(hash);
    }

    const connect = () => leave(withQuery(path('connections', 'new'), { then: 'enroll', ...wizardQuery(chosen()) })).catch(fail);

    async function test() {
        const steps = stepsList();
        put(result, steps.element);
        try {
            const connection = await testCa((change) => steps.update(change));
            await leave(withQuery(path('enroll'), { connection, ...wizardQuery(chosen()) }));
        } catch (error) {
            fail(error);
        }
    }

    function fail(error) {
        if (!view.signal.aborted) put(result, errorCard(error, {}));
    }

    /* --- a token that comes while the person looks --- */

    function takeTokens(items) {
        const usable = usableTokens(items).filter((token) => !isSoftware(token));
        const before = state.known;
        state.known = new Set(usable.map(keyOf));
        const fresh = before && usable.find((token) => !before.has(keyOf(token)));
        const gone = state.token && !state.known.has(keyOf(state.token));
        state.token = fresh || (gone ? null : state.token) || usable[0] || null;
        if (!before && state.token) state.where = 'token';
        drawPlaces();
        drawButtons();
        if (fresh && state.where === 'registry') drawOffer(fresh);
        else if (!state.token) put(offer);
    }

    function drawOffer(token) {
        const name = tokenTitle(token);
        const use = () => {
            put(offer);
            choose('token');
            drawPlaces();
            places.querySelector('[value=token]').focus();
            announce(t('tokens.welcome.using', { token: name }), 'polite');
        };
        put(offer, h('div', { class: 'note' }, h('p', {}, t('tokens.welcome.offer', { token: name })),
            button(t('tokens.welcome.use', { token: name }), { on: use })));
    }

    drawPlaces();
    drawButtons();
    put(view.root, h('div', { class: 'stack narrow' }, found, offer, places, modules,
        h('section', { class: 'stack welcome-issuer' }, h('h2', {}, t('tokens.welcome.who')), h('p', {}, t('tokens.welcome.who.text')), buttons, result)));
    watch('/tokens', ['token.inserted', 'token.removed', 'token.changed'], view.signal, ({ data, error }) => {
        if (data || error) takeTokens(data ? data.items : []);
    });
}

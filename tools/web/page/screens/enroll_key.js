// SPDX-License-Identifier: Apache-2.0
// Step 4 of the wizard: what kind of key, and on which medium. A token that is pulled out or put in shows at once.
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { watch } from '../core/store.js';
import { link } from '../core/router.js';
import { errorCard, loading, mark } from '../ui/index.js';
import { insertText, keyTitle, tokenTitle } from './tokens_words.js';
import { checkField, focusOn, radios, selectField, textField } from './enroll_choice.js';
import { defaultPlace, findPlace, keysFor, newPlace, placeAt, placesOf } from './enroll_place.js';
import { missingIn, wizard } from './enroll_state.js';

const TOKEN_EVENTS = ['token.inserted', 'token.removed', 'token.changed'];

/* --- the medium --- */

function tokenItems(places, items) {
    const { place } = wizard.draft;
    const list = places.token.map((token) => ({ value: token.uri, title: tokenTitle(token), text: t('enroll.key.token.text') }));
    if (place && place.medium === 'token' && !findPlace(items, place)) {
        list.unshift({ value: place.uri, title: tokenTitle(asToken(place)), mark: mark('removed', insertText(asToken(place))), text: t('enroll.key.removed') });
    }
    return list;
}

function mediumItems(places, items) {
    return [
        ...tokenItems(places, items),
        { value: 'registry', title: t('enroll.key.registry'), text: t('enroll.key.registry.text') },
        { value: 'disk', title: t('enroll.key.disk'), text: t('enroll.key.disk.text') },
    ];
}

function chosenValue(place) {
    if (!place) return '';
    return place.medium === 'token' ? place.uri : place.medium;
}

function blockedLines(places) {
    return places.blocked.map((token) => h('p', { class: 'note-line' }, mark('warn', t('enroll.key.blocked', { name: tokenTitle(token) })), ' ',
        link(`#/tokens/${encodeURIComponent(token.uri)}`, t('enroll.key.blocked.show'))));
}

/** A place in the words for tokens.
 * @param {object} place */
export function asToken(place) {
    return { ...place, medium: { medium: place.medium } };
}

/* --- the container --- */

function softwareFields({ places, changed, redraw }) {
    const { draft } = wizard;
    const { place } = draft;
    const there = places[place.medium];
    const choose = (uri) => {
        const token = there.find((item) => item.uri === uri);
        draft.place = token ? placeAt(token) : newPlace(place.medium);
        draft.container = '';
        redraw();
    };
    const options = [{ value: '', title: t('enroll.key.container.new') }, ...there.map((token) => ({ value: token.uri, title: token.label }))];
    return [
        there.length ? selectField({ label: t('enroll.key.into'), id: 'into', value: place.uri, groups: [{ options }], onchange: choose }) : null,
        place.medium === 'disk' && !place.uri ? textField({
            label: t('enroll.key.folder'), id: 'folder', value: place.folder || '', help: t('enroll.key.folder.help'),
            oninput: (value) => { place.folder = value.trim(); changed(); },
        }) : null,
    ];
}

function nameField(changed) {
    const { draft } = wizard;
    return textField({
        label: t('enroll.key.container'), id: 'container', value: draft.container, help: t(draft.source === 'self' ? 'enroll.key.container.help.new' : 'enroll.key.container.help'),
        oninput: (value) => { draft.container = value.trim(); changed(); },
    });
}

function softwareChecks(changed) {
    const { draft } = wizard;
    if (draft.place.medium === 'token') return [h('p', { class: 'muted' }, t('enroll.key.stays'))];
    return [
        checkField({
            label: t('enroll.key.exportable'), id: 'exportable', checked: draft.exportable, help: t('enroll.key.exportable.help'),
            onchange: (checked) => { draft.exportable = checked; changed(); },
        }),
        draft.place.uri ? null : checkField({
            label: t('enroll.key.unblock'), id: 'unblock', checked: Boolean(draft.place.unblock), help: t('enroll.key.unblock.help'),
            onchange: (checked) => { draft.place.unblock = checked; changed(); },
        }),
    ];
}

/* --- the key --- */

function keyField(keys, changed) {
    const titled = keys.map((key) => ({ value: key.value, title: key.title === key.value ? keyTitle(key.value) : key.title }));
    if (titled.length === 0) return h('p', {}, mark('warn', t('enroll.key.none')));
    if (titled.length === 1) return h('p', { id: 'key' }, t('enroll.key.only', { key: titled[0].title }));
    return selectField({
        label: t('enroll.key.type'), id: 'key', value: wizard.draft.key, groups: [{ options: titled }], help: t('enroll.key.type.help'),
        onchange: (value) => { wizard.draft.key = value; changed(); },
    });
}

/* --- all of it --- */

/** @param {{view: object, changed: () => void, next: () => Promise<void>}} ways */
export function keyStep({ view, changed, next }) {
    const media = h('div');
    const container = h('div', { class: 'stack' });
    const type = h('div');
    let items = null;
    let known = '';

    function choose(value) {
        const token = items.find((item) => item.uri === value);
        Object.assign(wizard.draft, { container: '', place: token ? placeAt(token) : ['registry', 'disk'].includes(value) ? newPlace(value) : wizard.draft.place });
        drawContainer();
        drawKeys();
        changed();
    }

    function drawMedia() {
        const places = placesOf(items);
        put(media, radios({ legend: t('enroll.key.medium'), name: 'place', value: chosenValue(wizard.draft.place), items: mediumItems(places, items), onchange: choose }),
            blockedLines(places), places.token.length === 0 ? h('p', { class: 'muted' }, t('enroll.key.insert')) : null);
    }

    function drawContainer() {
        const places = placesOf(items);
        const { place } = wizard.draft;
        if (!place) return put(container);
        const redraw = () => { drawContainer(); changed(); };
        return put(container, place.medium === 'token' ? null : softwareFields({ places, changed, redraw }), nameField(changed), softwareChecks(changed));
    }

    async function drawKeys() {
        if (!wizard.draft.place) return put(type);
        put(type, loading(t('enroll.key.reading')));
        try {
            const keys = await keysFor(view.signal);
            if (!view.signal.aborted) put(type, keyField(keys, changed));
        } catch (error) {
            if (!view.signal.aborted) put(type, errorCard(error, { retry: drawKeys }));
        }
        return changed();
    }

    function redrawMedia() {
        const focused = media.contains(document.activeElement) ? document.activeElement.value : null;
        drawMedia();
        const again = focused !== null && [...media.querySelectorAll('input')].find((input) => input.value === focused);
        if (again) again.focus();
    }

    put(media, loading(t('enroll.key.looking')));
    watch('/tokens', TOKEN_EVENTS, view.signal, ({ data, error }) => {
        if (error && !data) return put(media, errorCard(error));
        const now = data && JSON.stringify(data.items.map((token) => [token.uri, token.pin && token.pin.tries]));
        if (!data || now === known) return undefined;
        const first = known === '';
        known = now;
        items = data.items;
        if (!wizard.draft.place) wizard.draft.place = defaultPlace(items);
        redrawMedia();
        if (first || !container.hasChildNodes()) { drawContainer(); drawKeys(); }
        return changed();
    });

    return {
        title: t(wizard.draft.source === 'self' ? 'enroll.key.title.self' : 'enroll.key.title'),
        element: h('div', { class: 'stack' }, media, container, type),
        focus: focusOn,
        problems: () => [...missingIn('key'), ...absent(items)],
        primary: t('enroll.check'),
        proceed: next,
    };
}

/** The chosen token is not there: one line for what is missing.
 * @param {object[]|null} items */
export function absent(items) {
    const { place } = wizard.draft;
    if (!items || !place || !place.uri || findPlace(items, place)) return [];
    return [{ step: 'key', field: 'place', title: insertText(asToken(place)) }];
}

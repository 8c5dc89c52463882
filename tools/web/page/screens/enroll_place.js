// SPDX-License-Identifier: Apache-2.0
// Where a new key may lie: the tokens that are there, containers of the registry and of disks. Touches no document.
import { get } from '../core/api.js';
import { mediumOf } from '../core/medium.js';
import { pinState } from './tokens_model.js';
import { allowedKeys } from './enroll_model.js';
import { wizard } from './enroll_state.js';

const ALL_KEYS = ['p256', 'p384', 'p521', 'rsa2048', 'rsa3072', 'rsa4096', 'ed25519'];
const details = new Map();

/** What kinds of places there are among the tokens.
 * @param {object[]} items of GET /tokens */
export function placesOf(items) {
    const ready = (token) => token.initialized && !token.error && !token.write_protected && ['ok', 'low', 'last'].includes(pinState(token));
    const of = (medium) => items.filter((token) => mediumOf(token) === medium && ready(token));
    const blocked = items.filter((token) => mediumOf(token) === 'token' && token.initialized && !ready(token));
    return { token: of('token'), registry: of('registry'), disk: of('disk'), blocked };
}

/** @param {object} token
 * @returns {{medium: string, uri: string, label: string, serial: string}} as the draft keeps it */
export function placeAt(token) {
    return { medium: mediumOf(token), uri: token.uri, label: token.label, serial: token.serial };
}

/** A container that is still to be made.
 * @param {'registry'|'disk'} medium */
export function newPlace(medium) {
    return { medium, uri: '', label: '', serial: '', folder: '', unblock: false };
}

/** The token that was chosen, or null while it is not there.
 * @param {object[]} items
 * @param {object|null} place */
export function findPlace(items, place) {
    if (!place || !place.uri) return null;
    return items.find((token) => token.uri === place.uri) ||
        items.find((token) => place.serial && token.serial === place.serial && token.label === place.label) || null;
}

/** The only token that is there, or the registry where there is none; nothing where a person has to choose.
 * @param {object[]} items */
export function defaultPlace(items) {
    const places = placesOf(items);
    if (places.token.length === 1) return placeAt(places.token[0]);
    return places.token.length === 0 ? newPlace('registry') : null;
}

/** What the CA and the profile take, before the token is asked. */
function keysOfForm() {
    if (wizard.draft.source === 'self' || !wizard.forms) return ALL_KEYS.map((value) => ({ value, title: value }));
    return wizard.forms.keys;
}

/** The key types for the chosen place, and the draft's key one of them.
 * @param {AbortSignal} [signal] */
export async function keysFor(signal) {
    const { draft } = wizard;
    const { place } = draft;
    let token = null;
    if (place && place.medium === 'token') {
        if (!details.has(place.uri)) details.set(place.uri, await get(`/tokens/${encodeURIComponent(place.uri)}`, signal));
        token = details.get(place.uri);
    }
    const keys = allowedKeys(keysOfForm(), token);
    if (!keys.some((key) => key.value === draft.key)) draft.key = keys.length ? keys[0].value : '';
    return keys;
}

/** The place that an address names with ?token=: a URI, serial or label; or with ?medium=. False: a person must choose. */
export async function presetPlace() {
    const { draft } = wizard;
    if (!draft.place) return false;
    if (!draft.place.uri) return (await keysFor()).length > 0;
    const { items } = await get('/tokens');
    const named = draft.place.uri;
    const found = ['uri', 'serial', 'label'].map((name) => items.find((token) => token[name] === named)).find(Boolean);
    if (!found) {
        draft.place = null;
        return false;
    }
    const places = placesOf(items);
    if (![...places.token, ...places.registry, ...places.disk].includes(found)) return false;
    draft.place = placeAt(found);
    return (await keysFor()).length > 0;
}

// SPDX-License-Identifier: Apache-2.0
// What a person does with tokens, in steps that several flows share: order on the first token, type PINs, press what has a name.
import assert from 'node:assert/strict';

import { until } from './world.mjs';

export const PIN = '1234';
export const SO_PIN = '12345678';

const CATALOGUE_ID = /^[a-z]+\.[\w.-]+$/;
const named = (me, id, values) => (CATALOGUE_ID.test(id) ? me.t(id, values) : id);

/** A button, link or other part by the whole of its name; `scope` is the page or a part of it. */
export function button(me, id, scope = me.page, values = {}) {
    return scope.getByRole('button', { name: named(me, id, values), exact: true });
}

export function link(me, id, scope = me.page, values = {}) {
    return scope.getByRole('link', { name: named(me, id, values), exact: true });
}

/** A button that cannot be pressed and says why: its reason is part of its name. */
export async function cannotPress(me, id, reason, scope = me.page, values = {}) {
    const shut = scope.getByRole('button', { name: `${named(me, id)} ${named(me, reason, values)}`, exact: true });
    await shut.waitFor();
    assert.equal(await shut.getAttribute('aria-disabled'), 'true');
    return shut;
}

export const navigation = (me, name) => me.page.getByRole('navigation').getByRole('link', { name: me.t(`core.nav.${name}`) });
export const press = (me, id, scope, values) => me.press(button(me, id, scope, values));
export const openMore = (me) => me.press(me.page.getByRole('group').getByText(me.t('tokens.more'), { exact: true }));
export const dialogOf = (me) => me.page.locator('dialog[open]');
export const dialogTitle = (me, id, values) => dialogOf(me).getByRole('heading', { name: named(me, id, values), exact: true });

/** A text that is seen in the content of the page, not in a live region or a notification. */
export const said = (me, id, values) => me.page.getByRole('main').getByText(named(me, id, values), { exact: true }).filter({ visible: true });

/** To the last step of the wizard, with the built-in test CA and the only token. */
export async function readyToSend(me, name) {
    await press(me, 'tokens.welcome.test');
    await me.type(me.page.getByLabel(me.t('enroll.subject.CN')), name);
    await press(me, 'enroll.next');
    await button(me, 'enroll.send.new').waitFor();
}

export const send = (me) => press(me, 'enroll.send.new');
export const pinField = (me, id = 'core.pin.label.user.pin') => dialogOf(me).getByLabel(me.t(id), { exact: true });

/** Into the field of the open question, and on. */
export async function answer(me, id, secret) {
    await me.type(pinField(me, id), secret);
    await press(me, 'core.continue', dialogOf(me));
}

export const typePin = (me, pin = PIN) => answer(me, 'core.pin.label.user.pin', pin);
export const typeSoPin = (me, pin = SO_PIN) => answer(me, 'core.pin.label.so.pin', pin);

/** A new PIN (or `kind` password) that is typed twice. */
export async function typeTwice(me, secret, again = secret, kind = 'pin') {
    await me.type(pinField(me, `core.pin.new.${kind}`), secret);
    await answer(me, `core.pin.again.${kind}`, again);
}

/** The certificate is in the Personal store, and says so. */
export const certificateIsHere = (me) => said(me, 'enroll.done.text').waitFor();

/** What is on the only token after all, seen from outside the page. */
export function whatIsThere(here, pin = PIN) {
    const items = (...words) => here.json(...words).items;
    return {
        keys: items('container', 'list', '--login', '--pin-source', here.pin('pin-outside', pin)),
        requests: items('request', 'list'),
        certificates: items('cert', 'list'),
        orders: items('ca', 'list', 'test-ca'),
    };
}

export const tries = (here) => here.json('token', 'list').items[0].pin.tries;

/** A question of a job has this text at its top, an empty field that has the focus and is marked as wrong. */
export async function asksAgain(me, text, id = 'core.pin.label.user.pin') {
    await dialogOf(me).getByRole('alert').filter({ hasText: text }).waitFor();
    const field = pinField(me, id);
    await until('an empty field with the focus', () => field.evaluate((e) => e === document.activeElement && e.value === '' && e.getAttribute('aria-invalid') === 'true'));
}

/** What stands at a field whose value cannot be sent. */
export async function fieldSays(me, field, id, values) {
    await dialogOf(me).getByRole('alert').filter({ hasText: me.t(id, values) }).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await until('the focus at that field', () => field.evaluate((e) => e === document.activeElement));
}

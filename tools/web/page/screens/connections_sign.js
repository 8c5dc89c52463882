// SPDX-License-Identifier: Apache-2.0
// Being known to a CA: signing in with as many rounds as it wants, registering, signing out, forgetting.
import { get, job } from '../core/api.js';
import { h, id } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { announce, confirm, icon, libraryLine } from '../ui/index.js';
import { saidForm } from '../ui/said.js';
import { formDialog } from './connections_forms.js';
import { openFields } from './connections_model.js';

/** @param {string} name @param {string} what */
export function addressOf(name, what = '') {
    return `/connections/${encodeURIComponent(name)}${what ? `/${what}` : ''}`;
}

/**
 * The open fields in a dialog, then the job, which asks for the password and whatever the CA wants to know.
 * @param {any} connection @param {any} work of requests_work.js
 * @param {{quiet?: string[]}} [options] quiet: codes that the screen shows by itself
 * @returns {Promise<any>} the connection, or undefined
 */
export async function signIn(connection, work, { quiet = [] } = {}) {
    const form = saidForm(await get(addressOf(connection.name, 'form?which=login')));
    const open = openFields(form);
    const login = (fields) => work.run({ path: addressOf(connection.name, 'login'), body: { fields }, done: signedInText, quiet,
        card: (error) => (error.code === 'request_rejected' ? refusedCard(error) : null) });
    if (!open.fields.length) return login({});
    const given = await formDialog({
        title: t('connections.sign_in.title', { connection: connection.name }),
        text: t(open.fields.length < form.fields.length ? 'connections.sign_in.text' : 'connections.sign_in.text.all'),
        schema: open, values: connection.account ? named(open, connection.account) : {}, action: t('core.continue'), send: async (values) => values,
    });
    return given ? login(given.values) : undefined;
}

/** Who was signed in last is not typed again (WCAG 3.3.7). */
function named(form, account) {
    const field = form.fields.find(({ name }) => ['user', 'username', 'login', 'name'].includes(name));
    return field ? { [field.name]: account } : {};
}

/** A wrong password is no rejected request. */
function refusedCard(error) {
    const heading = h('h3', { class: 'card-title', id: id() }, icon('cross'), t('connections.sign_in.refused'));
    announce(heading.textContent, 'assertive');
    return h('section', { class: 'card error-card', 'aria-labelledby': heading.id }, heading, libraryLine(error.message),
        h('p', { class: 'error-key' }, icon('key'), h('span', null, t('connections.card.key'))), h('p', null, t('connections.sign_in.refused.next')));
}

function signedInText(connection) {
    return connection.account ? t('connections.sign_in.done.as', { account: connection.account }) : t('connections.sign_in.done');
}

/** The CA's own form. @param {any} connection @returns {Promise<any>} the connection with `registration`, or undefined */
export async function register(connection) {
    const form = saidForm(await get(addressOf(connection.name, 'form?which=register')));
    const given = await formDialog({
        title: t('connections.register.title', { connection: connection.name }), text: t('connections.register.text'),
        schema: form, action: t('connections.register.go'), wide: true,
        send: (values) => job(addressOf(connection.name, 'register'), { fields: values }).catch((error) => refuse(error, connection)),
    });
    return given?.result;
}

/** What the CA does not want stands above its form. */
function refuse(error, connection) {
    if (error.code === 'request_rejected') error.problems ??= [{ field: '', title: connection.name, text: error.message }];
    throw error;
}

/** What came of a registration, in a line. @param {any} connection */
export function registrationText(connection) {
    const { confirmed, text } = connection.registration ?? {};
    const own = t(confirmed ? 'connections.register.done' : 'connections.register.wait');
    return text ? `${own} ${t('connections.ca.says', { connection: connection.name, text })}` : own;
}

/** @param {any} connection @param {any} work */
export function signOut(connection, work) {
    return work.run({ path: addressOf(connection.name, 'logout'), done: t('connections.sign_out.done') });
}

/** Its passwords and keys too. @param {any} connection @param {any} work */
export async function forget(connection, work) {
    const yes = await confirm({ title: t('connections.forget.title', { connection: connection.name }), text: t('connections.forget.text'),
        yes: t('connections.forget.go'), danger: true });
    if (yes) await work.run({ path: addressOf(connection.name, 'logout'), body: { all: true }, done: t('connections.forget.done') });
}

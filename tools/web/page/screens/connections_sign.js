// SPDX-License-Identifier: Apache-2.0
// Being known to a CA: signing in with as many rounds as it wants, registering, signing out, forgetting.
import { get, job } from '../core/api.js';
import { t } from '../core/i18n.js';
import { confirm } from '../ui/index.js';
import { formDialog } from './connections_forms.js';
import { openFields } from './connections_model.js';
import { saidForm } from './connections_words.js';

/** @param {string} name @param {string} what */
export function addressOf(name, what = '') {
    return `/connections/${encodeURIComponent(name)}${what ? `/${what}` : ''}`;
}

/**
 * The open fields in a dialog, then the job, which asks for the password and whatever the CA wants to know.
 * @param {any} connection @param {any} work of requests_work.js
 * @returns {Promise<any>} the connection, or undefined
 */
export async function signIn(connection, work) {
    const form = saidForm(await get(addressOf(connection.name, 'form?which=login')));
    const open = openFields(form);
    const login = (fields) => work.run({ path: addressOf(connection.name, 'login'), body: { fields }, done: signedInText });
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

function signedInText(connection) {
    return connection.account ? t('connections.sign_in.done.as', { account: connection.account }) : t('connections.sign_in.done');
}

/** The CA's own form. @param {any} connection @returns {Promise<any>} the connection with `registration`, or undefined */
export async function register(connection) {
    const form = saidForm(await get(addressOf(connection.name, 'form?which=register')));
    const given = await formDialog({
        title: t('connections.register.title', { connection: connection.name }), text: t('connections.register.text'),
        schema: form, action: t('connections.register.go'), wide: true,
        send: (values) => job(addressOf(connection.name, 'register'), { fields: values }),
    });
    return given?.result;
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

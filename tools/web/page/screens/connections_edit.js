// SPDX-License-Identifier: Apache-2.0
// Changing and removing a connection: the connector's options as a form; secrets are never shown again.
import { del, get, post } from '../core/api.js';
import { t } from '../core/i18n.js';
import { confirm } from '../ui/index.js';
import { said } from '../ui/said.js';
import { formDialog } from './connections_forms.js';
import { optionsForm, splitValues } from './connections_model.js';
import { addressOf } from './connections_sign.js';

const FORGET = 'forget ';

/** @returns {Promise<any[]>} keyfob.connector/1 of all */
export async function connectors() {
    return (await get('/connectors')).items;
}

/** The options of a connector in the person's words. @param {any} connector @param {any} [more] see optionsForm() */
export function wordedOptions(connector, more = {}) {
    return optionsForm(connector, { said, group: t('connections.seldom'), kept: t('connections.secret.kept'), ...more });
}

/** @param {any} connection @returns {Promise<any>} the connection as it is now, or undefined */
export async function edit(connection) {
    const connector = (await connectors()).find((one) => one.name === connection.connector);
    const schema = wordedOptions(connector, { secrets: connection.secrets ?? {} });
    schema.fields.push(...forgetFields(connector, connection));
    const given = await formDialog({
        title: t('connections.edit.title', { connection: connection.name }), text: t('connections.edit.text'), schema,
        values: settingsValues(connector, connection), action: t('core.save'), wide: true,
        send: (values) => save(connector, connection, values),
    });
    return given?.result ?? undefined;
}

/** Nothing changed is nothing sent. */
function save(connector, connection, values) {
    const { settings, secrets } = splitValues(connector, values, connection.settings);
    for (const option of connector.options) {
        if (values[FORGET + option.name] === true && !(option.name in secrets)) secrets[option.name] = null;
    }
    if (!Object.keys(settings).length && !Object.keys(secrets).length) return Promise.resolve(connection);
    return post(addressOf(connection.name), { settings, secrets });
}

function settingsValues(connector, connection) {
    const values = {};
    for (const { name, kind } of connector.options) {
        const value = connection.settings?.[name];
        if (value !== undefined) values[name] = kind === 'switch' ? value === 'yes' : value;
    }
    return values;
}

function forgetFields(connector, connection) {
    return connector.options.filter(({ name, kind }) => kind === 'secret' && connection.secrets?.[name])
        .map(({ name, title }) => ({ name: FORGET + name, title: t('connections.secret.forget', { title: said(title) }), kind: 'switch' }));
}

/** @param {any} connection @returns {Promise<boolean>} whether it is gone */
export async function remove(connection) {
    const yes = await confirm({ title: t('connections.remove.title', { connection: connection.name }),
        text: t(connection.connector === 'local' ? 'connections.remove.text.local' : 'connections.remove.text'), yes: t('connections.remove.go'), danger: true });
    if (yes) await del(addressOf(connection.name));
    return yes;
}

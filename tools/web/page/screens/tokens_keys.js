// SPDX-License-Identifier: Apache-2.0
// Containers of a token: made, brought in from a file, tested, given a certificate, taken out, deleted.
import { base64, save } from '../core/api.js';
import { h, id, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { isSoftware } from '../core/medium.js';
import { confirmDelete } from '../ui/index.js';
import { askForm, reportLines } from './tokens_work.js';
import { tokenPath, whyNotLogin, whyNotMake } from './tokens_pin.js';
import { keyTitle } from './tokens_words.js';

const FALLBACK_KEYS = ['p256', 'rsa2048', 'rsa3072', 'p384'];

function containerPath(row, container, rest = '') {
    return tokenPath(row, `/containers/${encodeURIComponent(container.id || container.label)}${rest}`);
}

function labelField(required) {
    return { name: 'label', title: t('tokens.key.label'), help: t('tokens.key.label.help'), kind: 'text', required, max: 64 };
}

/* Only software containers can let a key out again. */
function exportableField(row) {
    if (!isSoftware(row.token)) return [];
    return [{ name: 'exportable', title: t('tokens.key.exportable'), help: t('tokens.key.exportable.help'), kind: 'switch' }];
}

/** @param {object} row
 * @param {object} area
 * @param {string[]} [types] that the token makes */
export async function makeKey(row, area, types = row.token.key_types || FALLBACK_KEYS) {
    const choices = types.map((value) => ({ value, title: keyTitle(value) }));
    const type = { name: 'key', title: t('tokens.key.type'), kind: 'choice', closed: true, required: true, choices };
    const given = await askForm({
        title: t('tokens.key.title'), text: t('tokens.key.text'), fields: [labelField(true), type, ...exportableField(row)],
        values: { key: preferred(types) }, action: t('tokens.key.do'),
    });
    if (!given) return undefined;
    return area.run({ path: tokenPath(row, '/containers'), body: given, done: t('tokens.done.key', { label: given.label }) });
}

const preferred = (types) => ['p256', 'rsa2048'].find((type) => types.includes(type)) || types[0];

/* --- files --- */

/** The file input is our own: the form's kind "file" takes text, and key files are bytes. */
function fileChooser(accept, label) {
    const input = h('input', { type: 'file', accept, id: id() });
    const problem = h('p', { class: 'field-error', id: id(), role: 'alert' });
    const check = () => {
        const missing = !input.files.length;
        put(problem, missing ? t('tokens.file.missing') : null);
        input.setAttribute('aria-invalid', String(missing));
        if (missing) input.focus();
        return !missing;
    };
    input.setAttribute('aria-describedby', problem.id);
    return { input, check, element: h('div', { class: 'field' }, h('label', { for: input.id }, label), input, problem) };
}

/** Resolves with {file, ...values}, or null. */
async function askFile({ title, text, accept, label, fields, action }) {
    const chooser = fileChooser(accept, label);
    const values = await askForm({ title, text: [h('p', {}, text), chooser.element], fields, action, also: chooser.check });
    return values && { ...values, file: await base64(chooser.input.files[0]) };
}

/** @param {object} row
 * @param {object} area */
export async function importKey(row, area) {
    const password = { name: 'password', title: t('tokens.import.password'), help: t('tokens.import.password.help'), kind: 'secret' };
    const given = await askFile({ title: t('tokens.import.title'), text: t('tokens.import.text'), accept: '.p12,.pfx,.p8,.pem,.der,.key',
        label: t('tokens.import.file'), fields: [password, labelField(false), ...exportableField(row)], action: t('tokens.import.do') });
    if (!given) return undefined;
    return area.run({ path: tokenPath(row, '/containers/import'), body: given, done: t('tokens.done.import') });
}

async function installFile({ row, container }, area) {
    const given = await askFile({ title: t('tokens.install.title'), text: t('tokens.install.text'), accept: '.cer,.crt,.pem,.der,.p7b',
        label: t('tokens.install.file'), fields: [], action: t('tokens.install.do') });
    if (!given) return undefined;
    return area.run({ path: containerPath(row, container, '/install'), body: { certificate: given.file }, done: t('tokens.done.install') });
}

function installPersonal({ row, container }, area) {
    return area.run({ path: containerPath(row, container, '/install'), done: t('tokens.done.personal') });
}

function samePassword({ password, again }) {
    if (password === again) return [];
    return [{ field: 'again', title: t('tokens.export.again'), text: t('tokens.export.differ') }];
}

async function exportKey({ row, container }, area) {
    const choices = ['p12', 'p8'].map((value) => ({ value, title: t(`tokens.export.${value}`) }));
    const fields = [{ name: 'format', title: t('tokens.export.format'), kind: 'choice', closed: true, required: true, choices },
        { name: 'password', title: t('tokens.export.password'), help: t('tokens.export.password.help'), kind: 'secret', required: true },
        { name: 'again', title: t('tokens.export.again'), kind: 'secret', required: true }];
    const given = await askForm({
        title: t('tokens.export.title', { label: container.label }), text: t('tokens.export.text'), fields,
        values: { format: 'p12' }, check: samePassword, action: t('tokens.export.do'),
    });
    if (!given) return undefined;
    const { again, ...body } = given;
    const result = await area.run({ path: containerPath(row, container, '/export'), body, done: t('tokens.done.export') });
    if (result && result.file) save(result.file);
    return result;
}

/* --- trying, deleting --- */

const testContainer = ({ row, container }, area) => area.run({ path: containerPath(row, container, '/check'), done: reportLines });

async function deleteContainer({ row, container }, area) {
    const sure = await confirmDelete({
        title: t('tokens.delete.title', { label: container.label }),
        text: [h('p', {}, t('tokens.delete.text')), container.subject_text ? h('p', {}, h('bdi', {}, container.subject_text)) : null],
        word: container.label || container.id,
        extra: container.certificates > 0 ? { label: t('tokens.delete.personal') } : undefined,
        action: t('tokens.delete.do'),
    });
    if (!sure) return undefined;
    return area.run({ path: containerPath(row, container), method: 'DELETE', body: { confirm: sure.confirm, certificate: sure.extra },
        done: t('tokens.done.delete', { label: container.label }) });
}

/** As TOKEN_ACTIONS, for one container; run({row, container}, area). */
export const CONTAINER_ACTIONS = {
    personal: { when: ({ container }) => container.certificates > 0, run: installPersonal },
    install: { run: installFile, why: ({ row }) => whyNotMake(row) },
    test: { run: testContainer, why: ({ row }) => whyNotLogin(row) },
    export: { when: ({ row }) => isSoftware(row.token), run: exportKey, why: ({ row }) => whyNotLogin(row) },
    delete: { run: deleteContainer, why: ({ row }) => whyNotMake(row), danger: true },
};

// SPDX-License-Identifier: Apache-2.0
// What is asked before something is done with a request: the format of a file, a file, whether it is really meant.
import { base64, download } from '../core/api.js';
import { h, id, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { announce, checkBox, confirmDelete, dialog, form } from '../ui/index.js';
import { tokenName } from './requests_model.js';

const REASONS = ['unspecified', 'superseded', 'cessationOfOperation', 'keyCompromise'];
const FORMATS = ['pem', 'pem_new', 'der'];
/** Before these nothing can have reached the CA. */
const UNSENT = new Set(['draft', 'key', 'csr']);

/** Save the request as a file. @param {any} request */
export function exportCsr(request) {
    const drawn = choiceForm('format', t('requests.csr.format'), FORMATS, (one) => t(`requests.csr.${one}`));
    return dialog({
        title: t('requests.csr.title'),
        body: [h('p', null, t('requests.csr.text')), drawn.element],
        actions: [{ text: t('requests.csr.save'), primary: true, on: async () => {
            await download(`/requests/${encodeURIComponent(request.id)}/csr?format=${encodeURIComponent(drawn.values().format)}`);
            announce(t('requests.done.csr'));
        } }, { text: t('core.cancel') }],
    });
}

/** A file of the CA. @returns {Promise<string|null>} as base64 */
export function askAnswerFile() {
    const error = h('p', { class: 'field-error', id: id() });
    const field = h('input', { type: 'file', id: id(), accept: '.pem,.crt,.cer,.der,.p7b,.p7c,.txt', 'aria-describedby': error.id });
    return dialog({
        title: t('requests.import.title'),
        body: [h('p', null, t('requests.import.text')),
            h('div', { class: 'field' }, h('label', { for: field.id }, t('requests.import.file')), field, error)],
        actions: [{ text: t('requests.import.go'), primary: true, on: () => {
            if (field.files.length) return base64(field.files[0]);
            put(error, t('requests.import.file.needed'));
            field.setAttribute('aria-invalid', 'true');
            field.focus();
            return false;
        } }, { text: t('core.cancel') }],
    });
}

/** @param {any} request @returns {Promise<boolean>} */
export async function askWithdraw(request) {
    const token = tokenName(request.token);
    const sent = !UNSENT.has(request.state);
    const values = { connection: request.connection, token };
    const text = [sent ? t(token ? 'requests.withdraw.sent' : 'requests.withdraw.sent.own', values) : t('requests.withdraw.unsent')];
    if (token) text.push(t(`requests.withdraw.key.${request.same_key ? 'stays' : sent ? 'then' : 'destroyed'}`, values));
    return sure(t('requests.withdraw.title', { id: request.id }), text, t('requests.withdraw.go'), t('requests.withdraw.keep'));
}

/** The CA did not say that it is cancelled: the container's name is typed before its key goes. @param {any} request */
export async function askAbandon(request) {
    const token = tokenName(request.token);
    const answer = await confirmDelete({
        title: t('requests.abandon.title', { id: request.id }),
        text: token ? [t('requests.abandon.text'), t('requests.abandon.key', { token })] : t('requests.abandon.text'),
        word: request.container || request.id, action: t('requests.abandon.go'),
    });
    return Boolean(answer);
}

/** @param {any} request @returns {Promise<boolean>} */
export async function askDestroy(request) {
    const text = t('requests.destroy.text', { token: tokenName(request.token) });
    return sure(t('requests.destroy.title', { id: request.id }), [text], t('requests.destroy.go'), t('core.cancel'));
}

/**
 * Once more, after a person has looked. What may be sent twice wants a word that it is not there.
 * @param {any} request @returns {Promise<boolean>}
 */
export async function askRetry(request) {
    const asksOnly = request.state === 'quarantined' || Boolean(request.order?.ticket);
    if (asksOnly) {
        const text = t(request.state === 'quarantined' ? 'requests.retry.quarantined' : 'requests.retry.ticket');
        return sure(t('requests.retry.title.ask', { id: request.id }), [text], t('requests.retry.go.ask'), t('core.cancel'), false);
    }
    const hint = h('p', { class: 'field-error', role: 'alert' });
    const looked = checkBox({ label: t('requests.retry.looked') });
    const answer = await dialog({
        title: t('requests.retry.title', { id: request.id }), alert: true,
        body: [h('p', null, t('requests.retry.text')), numberLine(request), looked.element, hint],
        actions: [{ text: t('requests.retry.go'), primary: true, value: true, on: () => {
            put(hint, looked.box.checked ? null : t('requests.retry.needs'));
            if (!looked.box.checked) looked.box.focus();
            return looked.box.checked ? undefined : false;
        } }, { text: t('core.cancel') }],
    });
    return answer === true;
}

/** @param {any} request @returns {Promise<string|null>} the reason (RFC 5280 5.3.1) */
export function askRevoke(request) {
    const drawn = choiceForm('reason', t('requests.revoke.reason'), REASONS, (one) => t(`requests.revoke.reason.${one}`));
    return dialog({
        title: t('requests.revoke.title', { id: request.id }), alert: true,
        body: [h('p', null, t('requests.revoke.text', { connection: request.connection })), drawn.element],
        actions: [{ text: t('requests.revoke.go'), danger: true, on: () => drawn.values().reason }, { text: t('core.cancel') }],
    });
}

function choiceForm(name, title, values, words) {
    const choices = values.map((value) => ({ value, title: words(value) }));
    const field = { name, title, kind: 'choice', closed: true, required: true, value: values[0], choices };
    return form({ schema: 'keyfob.form/1', fields: [field] }, {});
}

/** The order's number at the CA, or the one that keyfob gave it. @param {any} request */
export function numberLine(request) {
    const number = request.order?.ticket || request.order?.client_id;
    return number ? h('p', null, `${t('requests.retry.number')} `, h('code', { class: 'breakable' }, number)) : null;
}

async function sure(title, text, yes, no, danger = true) {
    const answer = await dialog({
        title, alert: true, body: text.map((line) => h('p', null, line)),
        actions: [{ text: yes, value: true, danger, primary: !danger }, { text: no }],
    });
    return answer === true;
}

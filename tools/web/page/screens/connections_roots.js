// SPDX-License-Identifier: Apache-2.0
// The roots of a CA: what it offers, and what this person has compared and accepted. Nothing is trusted by itself.
import { base64, get, post } from '../core/api.js';
import { h, id, name, put } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { because, button, checkBox, copyButton, errorCard, loading, mark } from '../ui/index.js';
import { can, fingerprintGroups, isFingerprint } from './connections_model.js';
import { addressOf } from './connections_sign.js';

/**
 * @param {any} connection
 * @param {any} work of requests_work.js
 * @param {AbortSignal} signal
 * @param {(accepted: any[]) => void} [onaccept] told what is accepted, at first too
 * @param {() => Element[]} [help] buttons that help when the CA does not answer
 * @returns {{element: Element, refresh: () => Promise<void>}}
 */
export function rootsPart(connection, work, signal, onaccept = () => {}, help = () => []) {
    const place = h('div', { class: 'stack' }), fromFile = h('div', { class: 'stack' });
    const element = h('div', { class: 'stack' }, h('p', null, t('connections.roots.text')), place, fileField(take), fromFile);

    async function refresh() {
        if (!place.firstChild) put(place, loading(t('connections.roots.loading', { connection: connection.name })));
        try {
            const roots = await get(addressOf(connection.name, 'roots'), signal);
            draw(roots);
            onaccept(roots.accepted);
        } catch (error) {
            if (signal.aborted) return;
            put(place, offersNone(error) ? acceptedPart(connection.anchors ?? []) : errorCard(error, { retry: refresh, actions: help() }));
            onaccept(connection.anchors ?? []);
        }
    }

    function draw({ offered, accepted }) {
        const open = offered.filter((root) => !root.trusted);
        put(place, acceptedPart(accepted), open.length ? h('p', { class: 'label' }, t('connections.roots.offered', { connection: connection.name })) : null,
            open.map((root) => rootCard(root, (fingerprint) => accept({ fingerprint }))),
            !offered.length && !accepted.length ? h('p', { class: 'muted' }, t('connections.roots.none')) : null);
    }

    async function accept(body) {
        const done = await work.run({ path: addressOf(connection.name, 'roots'), body, done: t('connections.roots.accepted') });
        if (!done) return;
        put(fromFile);
        await refresh();
    }

    async function take(file) {
        const data = await base64(file);
        const { items } = await post('/certificates/read', { file: data });
        const roots = items.filter((one) => one.is_ca !== false);
        put(fromFile, roots.length ? roots.map((root) => rootCard(root, (fingerprint) => accept({ fingerprint, file: data })))
            : h('p', { class: 'field-error', role: 'alert' }, t('connections.roots.file.none')));
    }

    function offersNone(error) {
        return error.code === 'unsupported' || !can(connection, 'roots');
    }

    refresh();
    return { element, refresh };
}

function acceptedPart(accepted) {
    if (!accepted.length) return null;
    return [h('p', { class: 'label' }, t('connections.roots.trusted')), h('ul', { class: 'plain stack' }, accepted.map((root) =>
        h('li', null, mark('ok', [name(root.subject_text), ' ', h('span', { class: 'muted' }, until(root))]), fingerprintLine(root))))];
}

function until(root) {
    return root.not_after ? t('connections.roots.until', { date: date(root.not_after) }) : '';
}

/** SHA-256 in groups of four, as people read it aloud. @param {any} root */
export function fingerprintLine(root) {
    const groups = fingerprintGroups(root.fingerprint_sha256);
    return h('div', { class: 'fingerprint-line' }, h('span', { class: 'small muted' }, t('connections.roots.fingerprint')), ' ',
        h('code', { class: 'fingerprint' }, groups.map((group, i) => [i ? ' ' : null, h('span', null, group)])), ' ',
        copyButton(groups.join('')));
}

/** One that can be accepted: typed, or compared by eye and said so. */
function rootCard(root, accept) {
    const heading = h('p', { class: 'label', id: id() }, name(root.subject_text));
    const typed = h('input', { id: id(), type: 'text', autocomplete: 'off', spellcheck: 'false', class: 'mono' });
    const help = h('p', { class: 'help', id: id() }, t('connections.roots.type.help'));
    typed.setAttribute('aria-describedby', help.id);
    const compared = checkBox({ label: t('connections.roots.compared'), on: () => look() });
    const yes = button(t('connections.roots.accept'), { primary: true, on: () => accept(root.fingerprint_sha256) });
    const wrong = h('p', { class: 'field-error', role: 'alert' });
    function look() {
        const matches = isFingerprint(typed.value, root.fingerprint_sha256);
        const enough = typed.value.replace(/[^0-9a-f]/gi, '').length >= 8;
        put(wrong, enough && !matches ? t('connections.roots.other') : null);
        typed.toggleAttribute('aria-invalid', false);
        if (enough && !matches) typed.setAttribute('aria-invalid', 'true');
        because(yes, enough && !matches ? t('connections.roots.other.short') : matches || compared.box.checked ? null : t('connections.roots.because'));
    }
    typed.addEventListener('input', look);
    look();
    return h('section', { class: 'card', 'aria-labelledby': heading.id }, heading, h('p', { class: 'small muted' }, until(root)), fingerprintLine(root),
        h('div', { class: 'field' }, h('label', { for: typed.id }, t('connections.roots.type')), typed, help, wrong), compared.element,
        h('div', { class: 'actions' }, yes));
}

function fileField(take) {
    const wrong = h('div');
    const field = h('input', { type: 'file', id: id(), accept: '.pem,.crt,.cer,.der,.p7b,.p7c' });
    field.addEventListener('change', async () => {
        put(wrong);
        try {
            if (field.files.length) await take(field.files[0]);
        } catch (error) {
            put(wrong, errorCard(error));
        }
    });
    return h('details', null, h('summary', null, t('connections.roots.file')), h('div', { class: 'field' },
        h('label', { for: field.id }, t('connections.roots.file.label')), field, h('p', { class: 'help' }, t('connections.roots.file.help'))), wrong);
}

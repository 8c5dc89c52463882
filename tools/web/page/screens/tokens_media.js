// SPDX-License-Identifier: Apache-2.0
// keyfob's own containers in the registry and on disks: made, copied, moved, renamed, checked, removed.
import { h } from '../core/dom.js';
import { n, t } from '../core/i18n.js';
import { isSoftware, mediumOf } from '../core/medium.js';
import { confirmDelete } from '../ui/index.js';
import { askForm, reportLines } from './tokens_work.js';
import { tokenPath, whyNotLogin, whyNotWrite } from './tokens_pin.js';

/** The choice between registry and disk, for forms.
 * @param {string[]} media */
function mediumField(media = ['registry', 'disk']) {
    const choices = media.map((value) => ({ value, title: t(`tokens.medium.${value}.long`) }));
    return {
        name: 'medium', title: t('tokens.medium'), help: t('tokens.medium.help'), kind: 'choice', closed: true, required: true, choices,
    };
}

function nameField() {
    return { name: 'name', title: t('tokens.media.name'), help: t('tokens.media.name.help'), kind: 'text', required: true, max: 32 };
}
const folderField = () => ({ name: 'folder', title: t('tokens.media.folder'), help: t('tokens.media.folder.help'), kind: 'text' });

/* Only a disk has a folder. */
function bodyOf(values) {
    const { folder, ...rest } = values;
    return values.medium === 'disk' && folder ? { ...rest, folder } : rest;
}

const worth = () => h('p', {}, t('tokens.media.worth'));
const onDisk = { folder: (values) => values.medium === 'disk' };

/** Resolves with the new token, or undefined.
 * @param {object} area
 * @param {object} [values] */
export async function makeMedium(area, values = { medium: 'registry', unblock: true }) {
    const unblock = { name: 'unblock', title: t('tokens.media.unblock'), help: t('tokens.media.unblock.help'), kind: 'switch' };
    const given = await askForm({
        title: t('tokens.media.title'),
        text: worth(),
        fields: [mediumField(), nameField(), folderField(), unblock],
        values,
        action: t('tokens.media.do'),
        shows: onDisk,
        more: (now) => (now.unblock ? null : h('p', { class: 'note warn' }, t('tokens.media.unblock.without'))),
    });
    if (!given) return undefined;
    return area.run({ path: '/media', body: bodyOf(given), done: t('tokens.done.medium', { name: given.name }) });
}

async function copyMedium(row, area) {
    const given = await askForm({
        title: t('tokens.copy.title', { name: row.token.label }), text: t('tokens.copy.text'),
        fields: [mediumField(), nameField(), folderField()], values: { medium: 'disk', name: row.token.label },
        action: t('tokens.copy.do'), shows: onDisk,
    });
    if (!given) return undefined;
    return area.run({ path: tokenPath(row, '/copy'), body: bodyOf(given), done: t('tokens.done.copy', { name: given.name }) });
}

async function moveMedium(row, area) {
    const from = mediumOf(row.token);
    const given = await askForm({
        title: t('tokens.move.title', { name: row.token.label }), text: t('tokens.move.text'),
        fields: [mediumField(), folderField()], values: { medium: from === 'registry' ? 'disk' : 'registry' },
        action: t('tokens.move.do'), shows: onDisk,
    });
    if (!given) return undefined;
    return area.run({ path: tokenPath(row, '/move'), body: bodyOf(given), done: t('tokens.done.move', { name: row.token.label }) });
}

async function renameMedium(row, area) {
    const given = await askForm({ title: t('tokens.rename.title', { name: row.token.label }), text: t('tokens.rename.text'),
        fields: [nameField()], values: { name: row.token.label }, action: t('tokens.rename.do') });
    if (!given || given.name === row.token.label) return undefined;
    return area.run({ path: tokenPath(row, '/rename'), body: given, done: t('tokens.done.rename', { name: given.name }) });
}

async function removeMedium(row, area) {
    const names = row.containers.map((item) => h('li', {}, h('bdi', {}, item.label || item.id)));
    const sure = await confirmDelete({
        title: t('tokens.remove.title', { name: row.token.label }),
        text: [h('p', {}, n('tokens.remove.text', row.containers.length)), names.length ? h('ul', {}, names) : null],
        word: row.token.label,
        action: t('tokens.remove.do'),
    });
    if (!sure) return undefined;
    return area.run({
        path: tokenPath(row), method: 'DELETE', body: { confirm: sure.confirm }, done: t('tokens.done.remove', { name: row.token.label }),
    });
}

const checkMedium = (row, area) => area.run({ path: tokenPath(row, '/check'), done: reportLines });

const software = (row) => isSoftware(row.token);

/** As TOKEN_ACTIONS, for keyfob's own containers. */
export const MEDIUM_ACTIONS = {
    rename: { when: software, run: renameMedium, why: whyNotWrite },
    check: { when: software, run: checkMedium, why: whyNotLogin },
    copy: { when: software, run: copyMedium, why: whyNotLogin },
    move: { when: software, run: moveMedium, why: whyNotWrite },
    remove: { when: software, run: removeMedium, why: whyNotWrite, danger: true },
};

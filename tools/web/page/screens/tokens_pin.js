// SPDX-License-Identifier: Apache-2.0
// What a person does with a token as a whole: its PINs, a test, setting it up, and saying farewell to what is on it.
import { h } from '../core/dom.js';
import { n, t } from '../core/i18n.js';
import { isSoftware, mediumOf } from '../core/medium.js';
import { confirmDelete } from '../ui/index.js';
import { askForm, reportLines } from './tokens_work.js';
import { pinState } from './tokens_model.js';
import { tokenTitle } from './tokens_words.js';

const path = (row, rest = '') => `/tokens/${encodeURIComponent(row.token.uri)}${rest}`;
const words = (row, id) => t(`tokens.${id}${isSoftware(row.token) ? '.software' : ''}`);

const pinJob = (rest, done) => (row, area) => area.run({ path: path(row, rest), done: words(row, done) });

/** All containers, also those that only a login shows. Resolves with them, or undefined.
 * @param {object} row
 * @param {object} area of workArea() */
export async function readContainers(row, area) {
    const result = await area.run({ path: path(row, '/containers/read'), done: t('tokens.done.read') });
    return result && result.items;
}

/** @param {object} row
 * @param {object} area */
function testToken(row, area) {
    return area.run({ path: path(row, '/test'), done: reportLines });
}

/* --- setting up --- */

function lossList(row) {
    if (!row.containers.length) return h('p', {}, t('tokens.init.nothing'));
    const lines = row.containers.map((item) => h('li', {}, h('bdi', {}, item.label || item.id),
        item.subject_text ? [' – ', h('bdi', {}, item.subject_text)] : null));
    return [h('p', {}, n('tokens.init.lost', row.containers.length)), h('ul', {}, lines), h('p', {}, t('tokens.init.hidden'))];
}

function labelField() {
    return { name: 'label', title: t('tokens.init.label'), help: t('tokens.init.label.help'), kind: 'text', required: true, max: 32 };
}

/** The first blank token there is: its label; SO PIN and PIN are the job's questions.
 * @param {object} area */
export async function initialiseNew(area) {
    const values = await askForm({
        title: t('tokens.init.title'), text: t('tokens.init.text'), fields: [labelField()], action: t('tokens.init.do'),
    });
    if (!values) return undefined;
    return area.run({ path: '/tokens/init', body: { label: values.label, token: 'new' }, done: t('tokens.done.init') });
}

/** A token that is in use: what is lost is named, and its label typed.
 * @param {object} row
 * @param {object} area */
async function eraseToken(row, area) {
    const sure = await confirmDelete({
        title: t('tokens.erase.title', { token: tokenTitle(row.token) }),
        text: [h('p', {}, t('tokens.erase.text')), lossList(row)],
        word: row.token.label,
        action: t('tokens.erase.do'),
    });
    if (!sure) return undefined;
    const values = await askForm({ title: t('tokens.erase.label'), text: t('tokens.erase.label.text'), fields: [labelField()],
        values: { label: row.token.label }, action: t('tokens.erase.do'), danger: true });
    if (!values) return undefined;
    const body = { label: values.label, token: row.token.uri, erase: true, confirm: sure.confirm };
    return area.run({ path: '/tokens/init', body, done: t('tokens.done.init') });
}

/* --- why a button cannot be pressed --- */

function whyNotUnblock({ token }) {
    if (token.so_tries === 'none') return t('tokens.why.no_unblock');
    if (token.so_tries === 'locked') return words({ token }, 'why.so_locked');
    return token.pin.set ? null : t('tokens.why.no_pin');
}

function whyNotChange({ token }) {
    const state = pinState(token);
    if (state === 'failed') return t('tokens.why.failed');
    if (state === 'unset') return t('tokens.why.no_pin');
    return state === 'locked' ? words({ token }, 'why.locked') : null;
}

const whyNotSo = (row) => (row.token.so_tries === 'locked' ? words(row, 'why.so_locked') : null);
const whyNotLogin = ({ token }) => whyNotChange({ token });
const whyNotWrite = ({ token }) => (token.write_protected ? t('tokens.why.protected') : null);
const whyNotMake = (row) => whyNotWrite(row) || whyNotLogin(row);

/** id: {when it is there at all, why it cannot be pressed now, what it does}. The words are tokens.do.ID. */
export const TOKEN_ACTIONS = {
    set: { when: (row) => pinState(row.token) === 'unset', run: pinJob('/pin/set', 'done.set'), why: whyNotWrite },
    change: { when: (row) => pinState(row.token) !== 'unset', run: pinJob('/pin/change', 'done.change'), why: whyNotChange },
    unblock: { run: pinJob('/pin/unblock', 'done.unblock'), why: whyNotUnblock },
    set_so: { when: (row) => row.token.so_tries !== 'none', run: pinJob('/pin/set-so', 'done.set_so'), why: whyNotSo },
    test: { run: testToken, why: whyNotLogin },
    erase: { when: (row) => mediumOf(row.token) === 'token', run: eraseToken, why: whyNotWrite, danger: true },
};

export { path as tokenPath, whyNotLogin, whyNotMake, whyNotWrite };

// SPDX-License-Identifier: Apache-2.0
// Around the list of tokens: the search, the buttons for what is new, the count, and what the list says when it is empty.
import { h } from '../core/dom.js';
import { n, t } from '../core/i18n.js';
import { link, path } from '../core/router.js';
import { button, emptyState, section } from '../ui/index.js';
import { makeMedium } from './tokens_media.js';
import { newContainer } from './tokens_new.js';
import { initialiseNew } from './tokens_pin.js';

/** @param {{area: object, rows: () => object[], typed: () => void, made: (result: object|undefined) => void}} options
 *   area: of workArea(), for the jobs of the buttons; typed: the text of the search is another one */
export function tokensTools({ area, rows, typed, made }) {
    const search = h('input', { type: 'search', 'aria-label': t('tokens.search'), placeholder: t('tokens.search'), on: { input: typed } });

    function begin(action) {
        area.again(() => begin(action));
        return action().then(made);
    }

    function opener(id, text, action, options) {
        const one = button(text, { ...options, on: () => begin(action) });
        one.dataset.do = id;
        return one;
    }

    const buttons = section((blank) => [
        opener('new', t('tokens.new'), () => newContainer(rows(), area), { icon: 'plus' }),
        blank ? opener('new.token', t('tokens.new.token'), () => initialiseNew(area)) : null,
    ], 'row-of');
    const first = () => opener('first', t('tokens.empty.do'), () => makeMedium(area), { primary: true });
    const empty = section((some) => (some ? emptyState(t('tokens.search.none')) : emptyState(t('tokens.empty.text'), first())));
    const foot = section(([count, present, notes]) => [
        count ? n('tokens.count', count, { present }) : null, notes.length ? notesPart(notes) : null,
    ]);

    return {
        tools: [search, buttons.element], empty: empty.element, foot: foot.element,
        text: () => search.value,
        update({ notes, blank }) {
            const all = rows();
            buttons.update(blank > 0);
            empty.update(all.length > 0);
            foot.update([all.length, all.filter((row) => row.present).length, notes]);
        },
    };
}

/* What modules and slots have said instead of showing a token. */
function notesPart(notes) {
    return h('details', {}, h('summary', {}, n('tokens.notes', notes.length)),
        h('ul', {}, notes.map((text) => h('li', {}, h('bdi', {}, text)))), link(path('settings'), t('tokens.notes.modules')));
}

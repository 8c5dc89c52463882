// SPDX-License-Identifier: Apache-2.0
// "New container": a key on a token, or a software container of its own. With no token there is nothing to ask.
import { get } from '../core/api.js';
import { t } from '../core/i18n.js';
import { isSoftware } from '../core/medium.js';
import { makeKey } from './tokens_keys.js';
import { makeMedium } from './tokens_media.js';
import { tokenPath, whyNotMake } from './tokens_pin.js';
import { tokenTitle } from './tokens_words.js';
import { askForm } from './tokens_work.js';

const SOFTWARE = 'software';

function places(rows) {
    return rows.filter((row) => row.present && !isSoftware(row.token) && !whyNotMake(row));
}

async function askPlace(found) {
    const tokens = found.map((row) => ({ value: row.key, title: tokenTitle(row.token) }));
    const field = {
        name: 'place', title: t('tokens.new.place'), help: t('tokens.new.place.help'), kind: 'choice', closed: true, required: true,
        choices: [...tokens, { value: SOFTWARE, title: t('tokens.new.software') }],
    };
    const values = await askForm({
        title: t('tokens.new.title'), fields: [field], values: { place: found[0].key }, action: t('tokens.new.next'),
    });
    return values && values.place;
}

/** Resolves with the result of the job, or undefined.
 * @param {object[]} rows
 * @param {object} area of workArea() */
export async function newContainer(rows, area) {
    const found = places(rows);
    const place = found.length ? await askPlace(found) : SOFTWARE;
    if (!place) return undefined;
    if (place === SOFTWARE) return makeMedium(area);
    const row = found.find((one) => one.key === place);
    const token = await get(tokenPath(row));
    return makeKey(row, area, token.key_types);
}

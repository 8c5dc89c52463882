// SPDX-License-Identifier: Apache-2.0
// The page's real words, for tests without a browser.
import { readFileSync } from 'node:fs';
import { AREAS, useCatalogues } from '../../../tools/web/page/core/i18n.js';

const FOLDER = new URL('../../../tools/web/page/i18n/', import.meta.url);

/** Speak a language with the catalogues that the page has. */
export function speak(code) {
    const read = (area) => JSON.parse(readFileSync(new URL(`${code === 'xx' ? 'en' : code}/${area}.json`, FOLDER)));
    useCatalogues(code, Object.fromEntries(AREAS.map((area) => [area, read(area)])));
}

// SPDX-License-Identifier: Apache-2.0
// A person who uses the page, with a mouse or with the keyboard alone, and finds things by their role and name.
import { readFileSync } from 'node:fs';

import { until } from './world.mjs';

const pages = new URL('../../../tools/web/page/i18n/', import.meta.url);
const catalogues = new Map();

function catalogue(lang, area) {
    const key = `${lang}/${area}`;
    if (!catalogues.has(key))
        catalogues.set(key, JSON.parse(readFileSync(new URL(`${key}.json`, pages), 'utf8')));
    return catalogues.get(key);
}

/** What the page says for `id` in `lang`. */
export function words(lang, id, values = {}) {
    const at = id.indexOf('.');
    const text = catalogue(lang, id.slice(0, at))[id.slice(at + 1)];
    if (typeof text !== 'string')
        throw new Error(`no words for ${id} in ${lang}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

const MOST_TABS = 150;

/** `how`: 'mouse' or 'keyboard'. */
export function person(page, { lang = 'en', how = 'mouse' } = {}) {
    const isFocused = (target) => target.evaluate((e) => e === document.activeElement);

    async function tabTo(target) {
        await target.waitFor();
        for (let i = 0; i < MOST_TABS; i++) {
            if (await isFocused(target))
                return;
            await page.keyboard.press('Tab');
        }
        throw new Error(`not reached with the Tab key: ${target}`);
    }

    /* Lists, tabs and groups of radio buttons are one stop: the arrows go on from there. */
    async function arrowTo(target) {
        const group = target.locator('xpath=ancestor::*[@role="listbox" or @role="tablist" or @role="tree" or @role="grid" or @role="radiogroup" or self::fieldset][1]');
        await group.locator('[tabindex="0"], input:checked, input').first().focus();
        for (let i = 0; i < MOST_TABS && !(await isFocused(target)); i++)
            await page.keyboard.press('ArrowDown');
    }

    const one = {
        page, lang, how,
        /** How many buttons and links were pressed. */
        pressed: 0,
        t: (id, values) => words(lang, id, values),
        /** By role and by the id of its words (or a name as it stands, with `exact` text). */
        find: (role, id, values, scope = page) => scope.getByRole(role, { name: typeof id === 'string' && /^[a-z]+\.[\w.-]+$/.test(id) ? words(lang, id, values) : id }),
        async press(target) {
            one.pressed++;
            if (how === 'mouse')
                return target.click();
            await until('a button that can be pressed', () => target.isEnabled());
            await tabTo(target);
            return page.keyboard.press('Enter');
        },
        async choose(target) {
            if (how === 'mouse')
                return target.check();
            await target.waitFor();
            if ((await target.getAttribute('type')) === 'checkbox')
                await tabTo(target);
            else if (!(await isFocused(target)))
                await arrowTo(target);
            if (!(await target.isChecked()))
                await page.keyboard.press('Space');
        },
        async type(target, text) {
            if (how === 'keyboard')
                await tabTo(target);
            else
                await target.click();
            await page.keyboard.press('Control+a');
            await page.keyboard.insertText(text);
        },
    };
    return one;
}

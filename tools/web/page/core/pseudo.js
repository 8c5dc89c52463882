// SPDX-License-Identifier: Apache-2.0
// The pseudo-locale: English with accents, 40 % longer and in brackets, so that what is not translated shows.

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ACCENTED = [...'áƀçđéƒǧħíǰķłɱñóƥɋŕšťúṽŵẋýžÁɃÇĐÉƑǦĦÍǰĶŁṀÑÓƤɊŔŠŤÚṼŴẊÝŽ'];
const TABLE = new Map([...PLAIN].map((letter, i) => [letter, ACCENTED[i]]));

/** Placeholders stay as they are. @param {string} text @returns {string} */
export function pseudo(text) {
    const parts = text.split(/(\{\w+\})/);
    const said = parts.map((part, i) => (i % 2 ? part : accent(part))).join('');
    const more = Math.ceil([...text].length * 0.4);
    return `⟦${said}${' ·~·~·~·'.repeat(Math.ceil(more / 8)).slice(0, more).trimEnd()}~⟧`;
}

function accent(text) {
    return [...text].map((letter) => TABLE.get(letter) ?? letter).join('');
}

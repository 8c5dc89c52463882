// SPDX-License-Identifier: Apache-2.0
// Texts that people type: characters as a person counts them, one form of each, and letters that only look right.

/** Code points, which is what a CA's limits count. @param {string} text */
export function characters(text) {
    return [...text].length;
}

/** As it is sent: NFC, without white space around it. @param {string} text */
export function tidy(text) {
    return text.normalize('NFC').trim();
}

/** Serial numbers are read in groups of four. @param {string} text */
export function grouped(text) {
    return String(text ?? '').replace(/\s/g, '').replace(/(.{4})(?=.)/g, '$1\u00a0');
}

/** A fingerprint in pairs, "4f:e5:31". @param {string} hex */
export function pairs(hex) {
    return String(hex ?? '').replace(/[^0-9a-f]/gi, '').replace(/(..)(?=.)/g, '$1:').toLowerCase();
}

/**
 * The first word that mixes Cyrillic and Latin letters ("Сoфия" with a Latin "o"): the CA would take it for another
 * name. "" when there is none.
 * @param {string} text
 */
export function mixedWord(text) {
    const words = text.match(/[\p{L}\p{M}]+/gu) ?? [];
    return words.find((word) => /\p{Script=Cyrillic}/u.test(word) && /\p{Script=Latin}/u.test(word)) ?? '';
}

/** The letters of the rarer script in such a word, to be named. @param {string} word */
export function strangers(word) {
    const latin = [...word].filter((letter) => /\p{Script=Latin}/u.test(letter));
    const cyrillic = [...word].filter((letter) => /\p{Script=Cyrillic}/u.test(letter));
    return [...new Set(latin.length <= cyrillic.length ? latin : cyrillic)];
}

/**
 * How hard a password is to guess, roughly: 0 very weak to 4 strong. Length counts most; the new words of a long
 * phrase count more than strange signs in a short one.
 * @param {string} text
 */
export function strength(text) {
    const length = characters(text);
    if (!length) return 0;
    const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((kind) => kind.test(text)).length;
    const different = new Set(text).size;
    const bits = Math.min(length, different * 1.5) * (2 + kinds * 0.75);
    const runs = /(.)\1{3,}|0123|1234|2345|3456|4567|5678|6789|qwert|йцуке|passw|парол/iu.test(text) ? 0.6 : 1;
    return [20, 32, 45, 60].filter((limit) => bits * runs >= limit).length;
}

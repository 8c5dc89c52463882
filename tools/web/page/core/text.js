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

/* What a character is worth in tenths of a bit: by itself, and one that goes on in a word or a number. The same
 * estimate as tools/common/password.c has. */
const WORTH = { small: [47, 20], capital: [47, 20], digit: [33, 25], sign: [50, 35], foreign: [60, 20] };
const WORTH_ROW = 5, WORTH_IDEOGRAPH = 80;

/**
 * How hard a password is to guess: 0 very easy, 1 easy, 2 not quite enough for a container (the server refuses it),
 * 3 good, 4 very good.
 * @param {string} text
 */
export function strength(text) {
    const codes = [...text].map((letter) => letter.codePointAt(0));
    const kinds = new Set(codes.map(kindOf)).size;
    const bits = codes.reduce((sum, code, i) => sum + worthAfter(code, codes[i - 1]), 0) / 10;
    if (bits >= 80) return 4;
    if (bits >= 60 || (codes.length >= 10 && kinds >= 3)) return 3;
    return [20, 40].filter((limit) => bits >= limit).length;
}

function kindOf(code) {
    if (code >= 0x61 && code <= 0x7a) return 'small';
    if (code >= 0x41 && code <= 0x5a) return 'capital';
    if (code >= 0x30 && code <= 0x39) return 'digit';
    return code < 0x80 ? 'sign' : 'foreign';
}

function worthAfter(code, before) {
    const kind = kindOf(code);
    if (before === undefined) return WORTH[kind][0];
    if (Math.abs(code - before) <= 1) return WORTH_ROW;
    if (code >= 0x3000) return WORTH_IDEOGRAPH;
    return WORTH[kind][kind === kindOf(before) ? 1 : 0];
}

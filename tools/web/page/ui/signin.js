// SPDX-License-Identifier: Apache-2.0
// How the sign-in screen tells the page that somebody is signed in.

let use = async () => {};

/** @param {(code: string) => Promise<void>} fn */
export function acceptCodes(fn) {
    use = fn;
}

/** @param {string} code @returns {Promise<void>} throws what the server says */
export function signInWith(code) {
    return use(code);
}

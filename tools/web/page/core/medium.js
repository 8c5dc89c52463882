// SPDX-License-Identifier: Apache-2.0
// Where keys are: on a token, in the registry of this computer, or on a disk.

/** @param {any} token keyfob.token/1 @returns {string} token, registry or disk */
export function mediumOf(token) {
    return token.medium && token.medium.medium || 'token';
}

/** A container of keyfob's own, no hardware. @param {any} token */
export function isSoftware(token) {
    return mediumOf(token) !== 'token';
}

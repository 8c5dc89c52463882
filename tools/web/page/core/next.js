// SPDX-License-Identifier: Apache-2.0
// Where a person goes from an error: its code, the screen that helps, and the words of the button.

import { path } from './router.js';

const TOKENS = { screen: 'tokens', of: 'token', label: 'errors.go.tokens' };
const REQUESTS = { screen: 'requests', of: 'request', label: 'errors.go.requests' };
const CONNECTIONS = { screen: 'connections', of: 'connection', label: 'errors.go.connections' };
const UNBLOCK = { ...TOKENS, act: 'unblock', label: 'errors.go.unblock' };

/** @type {Object<string, {screen: string, of?: string, act?: string, label: string}>} of: the parameter of the failed
 *  job that names the very thing; act: what to begin there; label: a text */
export const NEXT = {
    module_failed: { screen: 'settings', label: 'errors.go.modules' },
    token_absent: TOKENS,
    token_removed: TOKENS,
    token_other: TOKENS,
    token_ambiguous: TOKENS,
    token_error: TOKENS,
    token_full: TOKENS,
    token_uninitialized: TOKENS,
    unsupported_by_token: TOKENS,
    key_unusable: TOKENS,
    pin_wrong: UNBLOCK,
    pin_locked: UNBLOCK,
    pin_expired: { ...TOKENS, act: 'change', label: 'errors.go.change_pin' },
    pending: REQUESTS,
    request_rejected: REQUESTS,
    wrong_state: REQUESTS,
    needs_person: REQUESTS,
    needs_operator: REQUESTS,
    quarantined: REQUESTS,
    interrupted: REQUESTS,
    ca_unreachable: CONNECTIONS,
    ca_answer: CONNECTIONS,
    ca_login: CONNECTIONS,
    untrusted: CONNECTIONS,
};

/**
 * @param {string} code
 * @param {Object<string, string>|null} [subject] the parameters of what failed
 * @returns {{route: string, label: string}|null}
 */
export function nextOf(code, subject) {
    const next = NEXT[code];
    if (!next) return null;
    const thing = next.of ? subject?.[next.of] : '';
    const route = thing ? path(next.screen, thing) : `#/${next.screen}`;
    return { route: thing && next.act ? `${route}?do=${next.act}` : route, label: next.label };
}

// SPDX-License-Identifier: Apache-2.0
// Where a person goes from an error: its code, the screen that helps, and the words of the button.

/** @type {Object<string, {route: string, label: string}>} label: id in errors.json */
export const NEXT = {
    module_failed: { route: '#/settings', label: 'errors.go.modules' },
    token_absent: { route: '#/tokens', label: 'errors.go.tokens' },
    token_removed: { route: '#/tokens', label: 'errors.go.tokens' },
    token_other: { route: '#/tokens', label: 'errors.go.tokens' },
    token_ambiguous: { route: '#/tokens', label: 'errors.go.tokens' },
    token_error: { route: '#/tokens', label: 'errors.go.tokens' },
    token_full: { route: '#/tokens', label: 'errors.go.tokens' },
    token_uninitialized: { route: '#/tokens', label: 'errors.go.tokens' },
    unsupported_by_token: { route: '#/tokens', label: 'errors.go.tokens' },
    pin_wrong: { route: '#/tokens', label: 'errors.go.unblock' },
    pin_locked: { route: '#/tokens', label: 'errors.go.unblock' },
    pin_expired: { route: '#/tokens', label: 'errors.go.change_pin' },
    key_unusable: { route: '#/tokens', label: 'errors.go.tokens' },
    pending: { route: '#/requests', label: 'errors.go.requests' },
    request_rejected: { route: '#/requests', label: 'errors.go.requests' },
    wrong_state: { route: '#/requests', label: 'errors.go.requests' },
    needs_person: { route: '#/requests', label: 'errors.go.requests' },
    needs_operator: { route: '#/requests', label: 'errors.go.requests' },
    quarantined: { route: '#/requests', label: 'errors.go.requests' },
    interrupted: { route: '#/requests', label: 'errors.go.requests' },
    ca_unreachable: { route: '#/connections', label: 'errors.go.connections' },
    ca_answer: { route: '#/connections', label: 'errors.go.connections' },
    ca_login: { route: '#/connections', label: 'errors.go.connections' },
    untrusted: { route: '#/connections', label: 'errors.go.connections' },
};

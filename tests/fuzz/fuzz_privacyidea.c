// SPDX-License-Identifier: Apache-2.0
// Fuzz target: whatever a server sends in privacyIDEA's place, read as each of its answers.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ca/privacyidea/wire.h"
#include "x509/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Strings are there, whatever came. */
static void look_at(const struct pi_token *token) {
    if (!token->serial || !token->type || !token->state ||
        (token->certificate && !*token->certificate))
        abort();
}

static void read_tokens(const pi_reply *reply) {
    const json_t *list = NULL;
    json_int_t next = 0;
    if (pi_tokens_read(reply, &list, &next) != KF_OK)
        return;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct pi_token token;
        if (!pi_token_read(json_array_get(list, i), &token))
            continue;
        look_at(&token);
        if (!token.user || !token.realm || !token.ca || !token.request || !token.description ||
            (pi_serial_ok(token.serial) && strlen(token.serial) > PI_SERIAL_MAX))
            abort();
    }
}

static void read_challenge(const pi_reply *reply) {
    struct pi_challenge challenge = {0};
    if (pi_challenge_read(reply, &challenge) == KF_OK && !*challenge.transaction)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO(pi_reply) reply = {0};
    KF_AUTO_PTR(json_t) connectors = NULL;
    struct pi_token token;
    struct pi_claims claims;
    pi_claims_read(data, size, &claims);
    if (pi_reply_read(data, size, &reply) != KF_OK)
        return 0;
    if (!reply.message || !reply.authentication || !reply.version || (reply.ok && reply.code))
        abort();
    read_tokens(&reply);
    read_challenge(&reply);
    pi_enrolled_read(&reply, &token);
    look_at(&token);
    if (pi_connectors_read(&reply, &connectors) == KF_OK && !json_is_array(connectors))
        abort();
    return 0;
}

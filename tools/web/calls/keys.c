// SPDX-License-Identifier: Apache-2.0
// Idempotency keys.
#include "web/calls/keys.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"

#define KEPT_MAX   1000
#define KEPT_MS    ((int64_t)24 * 3600 * 1000)
#define KEY_MAX    200
#define ANSWER_MAX ((size_t)64 * 1024) /* of a longer one only that it is done */

struct kept_call {
    char *owner, *key;
    const struct route *route;
    uint8_t args[SHA256_DIGEST_LENGTH];
    int64_t at, job;
    bool answered;
    int status;
    json_t *result, *error;
    struct kept_call *next; /* older */
};

static void free_kept(struct kept_call *kept) {
    free(kept->owner);
    free(kept->key);
    json_decref(kept->result);
    json_decref(kept->error);
    free(kept);
}

static kf_err make_salt(struct keys *keys) {
    if (!keys->has_salt && RAND_bytes(keys->salt, sizeof keys->salt) != 1)
        return kf_fail(KF_E_CRYPTO, "no random numbers");
    keys->has_salt = true;
    return KF_OK;
}

static kf_err hash_args(struct keys *keys, const json_t *args, uint8_t *ret_hash) {
    KF_TRY(make_salt(keys));
    char *text = args ? json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS) : strdup("");
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    const uint8_t *done = HMAC(EVP_sha256(), keys->salt, sizeof keys->salt, (const uint8_t *)text,
                               strlen(text), ret_hash, NULL);
    explicit_bzero(text, strlen(text));
    free(text);
    return done ? KF_OK : kf_fail(KF_E_CRYPTO, "the arguments cannot be hashed");
}

/* The list is in the order of time, the newest first: from `count` on, and what is too old. */
static void forget_old(struct keys *keys) {
    int64_t oldest = kf_monotonic_ms() - KEPT_MS;
    struct kept_call **at = &keys->first;
    for (size_t count = 0; *at; at = &(*at)->next)
        if (++count >= KEPT_MAX || (*at)->at < oldest)
            break;
    while (*at) {
        struct kept_call *old = *at;
        if (!old->answered && old->job == 0) { /* somebody holds it */
            at = &old->next;
            continue;
        }
        *at = old->next;
        keys->count--;
        free_kept(old);
    }
}

static kf_err add(struct keys *keys, const struct call *call, const uint8_t *hash,
                  struct kept_call **ret_kept) {
    struct kept_call *kept = calloc(1, sizeof *kept);
    if (!kept)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    kept->owner = strdup(call->owner);
    kept->key = strdup(call->key);
    if (!kept->owner || !kept->key) {
        free_kept(kept);
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    }
    memcpy(kept->args, hash, sizeof kept->args);
    kept->route = call->route;
    kept->at = kf_monotonic_ms();
    kept->next = keys->first;
    keys->first = kept;
    keys->count++;
    *ret_kept = kept;
    return KF_OK;
}

static kf_err check_same(const struct kept_call *kept, const struct call *call,
                         const uint8_t *hash) {
    if (kept->route == call->route && memcmp(kept->args, hash, sizeof kept->args) == 0)
        return KF_OK;
    kf_fail(KF_E_USAGE, "this Idempotency-Key was used for something else already");
    kf_error_hint("Take a new key for a new request.");
    return KF_E_USAGE;
}

kf_err keys_find(struct keys *keys, const struct call *call, struct kept_call **ret_kept,
                 bool *ret_new) {
    uint8_t hash[SHA256_DIGEST_LENGTH];
    if (!*call->key || strlen(call->key) > KEY_MAX)
        return kf_fail(KF_E_USAGE, "an Idempotency-Key has 1 to %d characters", KEY_MAX);
    KF_TRY(hash_args(keys, call->args, hash));
    forget_old(keys);
    *ret_new = false;
    for (struct kept_call *at = keys->first; at; at = at->next)
        if (strcmp(at->owner, call->owner) == 0 && strcmp(at->key, call->key) == 0) {
            *ret_kept = at;
            return check_same(at, call, hash);
        }
    *ret_new = true;
    return add(keys, call, hash, ret_kept);
}

void keys_forget(struct keys *keys, struct kept_call *kept) {
    struct kept_call **at = &keys->first;
    while (*at && *at != kept)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = kept->next;
    keys->count--;
    free_kept(kept);
}

void keys_clear(struct keys *keys) {
    while (keys->first)
        keys_forget(keys, keys->first);
}

void kept_set_job(struct kept_call *kept, int64_t job) {
    kept->job = job;
}

int64_t kept_job(const struct kept_call *kept) {
    return kept->job;
}

void kept_set_answer(struct kept_call *kept, int status, const json_t *result,
                     const json_t *error) {
    kept->answered = true;
    kept->status = status;
    bool large = result && json_dumpb(result, NULL, 0, JSON_COMPACT) > ANSWER_MAX;
    kept->result = large ? json_object() : json_deep_copy(result);
    kept->error = json_deep_copy(error);
}

bool kept_answer(const struct kept_call *kept, int *ret_status, const json_t **ret_result,
                 const json_t **ret_error) {
    if (!kept->answered)
        return false;
    *ret_status = kept->status;
    *ret_result = kept->result;
    *ret_error = kept->error;
    return true;
}

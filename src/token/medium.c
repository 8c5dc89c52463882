// SPDX-License-Identifier: Apache-2.0
// Software containers as places: where one is, which one is meant.
#include "token/medium.h"

#include <string.h>

#include "base/text.h"

kf_err kf_medium_describe(kf_token *token, struct kf_place *ret_place) {
    const struct kf_interface *own = kf_token_own(token);
    *ret_place = (struct kf_place){0};
    if (token->module->p11 == NULL)
        return kf_fail(KF_E_MODULE, "the module of token \"%s\" was shut down", token->info.label);
    return kf_fail_own(own, own->describe(token->slot, ret_place), "looking at the container");
}

kf_err kf_medium_info(kf_token *token, struct kf_medium_info *ret_info) {
    struct kf_medium_info info = {.medium = "token", .writable = !token->info.write_protected};
    struct kf_place place;
    if (kf_token_own(token) != NULL) {
        KF_TRY(kf_medium_describe(token, &place));
        info.has_unblock = place.has_unblock;
        info.writable = place.writable;
        snprintf(info.medium, sizeof(info.medium), "%s", place.medium);
        kf_text_escape_into(info.where, sizeof(info.where), place.where, strlen(place.where));
        snprintf(info.name, sizeof(info.name), "%s", place.name);
    }
    *ret_info = info;
    return KF_OK;
}

/* --- secrets --- */

void kf_medium_secrets_clear(kf_medium_secrets *secrets) {
    kf_secret_free(secrets->password);
    kf_secret_free(secrets->unblock);
    *secrets = (kf_medium_secrets){0};
}

struct kf_password kf_password_of(kf_secret *secret) {
    return secret != NULL ? (struct kf_password){kf_secret_data(secret), kf_secret_len(secret)}
                          : (struct kf_password){0};
}

/* --- what was asked for --- */

kf_err kf_medium_check_order(const struct kf_medium_order *order) {
    if (order->medium == NULL)
        return kf_fail(KF_E_USAGE, "no medium was named: registry or disk");
    if (strcmp(order->medium, "token") == 0)
        return kf_fail(KF_E_USAGE, "a hardware token is no place for software containers");
    if (order->folder != NULL && strcmp(order->medium, "disk") != 0)
        return kf_fail(KF_E_USAGE, "only the medium \"disk\" has folders, not \"%s\"",
                       order->medium);
    return KF_OK;
}

kf_err kf_medium_place(const struct kf_module *module, const struct kf_medium_order *order,
                       CK_SLOT_ID *ret_slot, struct kf_place *ret_place) {
    unsigned long slot = 0;
    KF_TRY(kf_medium_check_order(order));
    KF_TRY(kf_fail_own(module->own, module->own->offer(order->medium, order->folder, &slot),
                       "opening the medium"));
    KF_TRY(kf_fail_own(module->own, module->own->describe(slot, ret_place), "opening the medium"));
    *ret_slot = slot;
    return KF_OK;
}

/* By the name in the medium too, as two containers may have one label. */
static bool is_at(const kf_token *token, const struct kf_place *place,
                  const struct kf_place *wanted, const char *name) {
    return strcmp(place->medium, wanted->medium) == 0 && strcmp(place->where, wanted->where) == 0 &&
           (name == NULL || strcmp(place->name, name) == 0 || strcmp(token->info.label, name) == 0);
}

static kf_err fail_many(const struct kf_place *wanted, const char *name, size_t count) {
    kf_err error = kf_fail(KF_E_TOKEN_AMBIGUOUS, "%zu containers in %s are named \"%s\"", count,
                           wanted->where, name);
    kf_error_hint("Name one by its serial number; `keyfob token list` shows them.");
    return error;
}

/* The only one there with this name; one whose name in the medium is exactly that wins over
 * labels. */
static kf_err pick(kf_tokens *tokens, const struct kf_place *wanted, const char *name,
                   kf_token **ret_token) {
    kf_token *found = NULL, *exact = NULL;
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        struct kf_place place;
        kf_token *token = tokens->items[i];
        if (!token->present || kf_token_own(token) == NULL ||
            kf_medium_describe(token, &place) != KF_OK || !is_at(token, &place, wanted, name))
            continue;
        found = token;
        count++;
        if (name != NULL && strcmp(place.name, name) == 0)
            exact = token;
    }
    kf_error_clear();
    if (count == 0)
        return kf_fail(KF_E_NOT_FOUND, "there is no container \"%s\" in %s", name ? name : "",
                       wanted->where);
    if (count > 1 && exact == NULL)
        return fail_many(wanted, name ? name : "", count);
    *ret_token = exact != NULL ? exact : found;
    return KF_OK;
}

kf_err kf_medium_find(kf_tokens *tokens, const struct kf_medium_order *order,
                      kf_token **ret_token) {
    struct kf_module *module = NULL;
    struct kf_place wanted;
    CK_SLOT_ID slot = 0;
    KF_TRY(kf_own_module(tokens, &module));
    KF_TRY(kf_medium_place(module, order, &slot, &wanted));
    KF_TRY(kf_tokens_look(tokens, module));
    return pick(tokens, &wanted, order->name, ret_token);
}

kf_err kf_medium_at(kf_tokens *tokens, struct kf_module *module, CK_SLOT_ID slot,
                    kf_token **ret_token) {
    KF_TRY(kf_tokens_look(tokens, module));
    for (size_t i = 0; i < tokens->count; i++) {
        kf_token *token = tokens->items[i];
        if (!token->present || token->module != module || token->slot != slot)
            continue;
        *ret_token = token;
        return KF_OK;
    }
    return kf_fail(KF_E_TOKEN_REMOVED, "the container was written, and it is gone again");
}

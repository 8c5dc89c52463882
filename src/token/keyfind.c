// SPDX-License-Identifier: Apache-2.0
// Finding a key: by id, by public key, or by what it signs.
#include "token/keys.h"

#include <string.h>

#include "base/text.h"
#include "x509/cert.h"

/* The objects of one search, sorted by what they are. */
struct found {
    kf_object *items;
    size_t count;
};

static void found_clear(struct found *found) {
    for (size_t i = 0; i < found->count; i++)
        kf_object_clear(&found->items[i]);
    free(found->items);
    *found = (struct found){0};
}
#define FOUND __attribute__((cleanup(found_clear))) struct found

static kf_err search(kf_session *session, CK_ATTRIBUTE *pattern, CK_ULONG count,
                     struct found *ret_found) {
    KF_AUTO(kf_handles) handles = {0};
    KF_TRY(kf_objects_find(session, pattern, count, &handles));
    FOUND found = {.items = calloc(handles.count + 1, sizeof(kf_object))};
    if (found.items == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the objects of a token");
    for (; found.count < handles.count; found.count++)
        KF_TRY(kf_object_read(session, handles.items[found.count], &found.items[found.count]));
    *ret_found = found;
    found = (struct found){0};
    return KF_OK;
}

static kf_err search_id(kf_session *session, const uint8_t *id, size_t len,
                        struct found *ret_found) {
    CK_ATTRIBUTE pattern[] = {{CKA_ID, (void *)id, len}};
    if (len == 0)
        return kf_fail(KF_E_USAGE, "the id is empty");
    return search(session, pattern, KF_COUNT(pattern), ret_found);
}

static const kf_object *only(const struct found *found, CK_OBJECT_CLASS class, size_t *ret_count) {
    const kf_object *object = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].class == class && (*ret_count)++ == 0)
            object = &found->items[i];
    return object;
}

/* --- the public half, where there is no public key object --- */

static kf_err take_from_cert(kf_key *key, const kf_object *object) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO(kf_buf) spki = {0};
    KF_TRY(kf_cert_parse(object->value.data, object->value.len, &cert));
    KF_TRY(kf_cert_spki(cert, &spki));
    kf_object stand_in = {.class = CKO_PUBLIC_KEY, .key_type = CKK_VENDOR_DEFINED, .spki = spki};
    return kf_key_take_public(key, &stand_in);
}

/* CKA_PUBLIC_KEY_INFO and RSA attributes of the private key, then a certificate with the same id.
 */
static kf_err take_any_public(kf_key *key, const struct found *found, const kf_object *public,
                              const kf_object *private) {
    if (public != NULL)
        return kf_key_take_public(key, public);
    if (kf_key_take_public(key, private) == KF_OK)
        return KF_OK;
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].class == CKO_CERTIFICATE &&
            take_from_cert(key, &found->items[i]) == KF_OK)
            return KF_OK;
    return kf_fail(KF_E_KEY_UNUSABLE,
                   "the private key \"%s\" is on the token, but its public half is not",
                   key->label);
}

static kf_err put_together(kf_session *session, const struct found *found, const kf_object *private,
                           const kf_object *public, kf_key **ret_key) {
    KF_AUTO_PTR(kf_key) key = calloc(1, sizeof(*key));
    if (key == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    key->session = session;
    key->private_key = private->handle;
    key->public_key = public != NULL ? public->handle : CK_INVALID_HANDLE;
    KF_TRY(kf_key_read_private(key, KF_SAFETY_ANY));
    KF_TRY(take_any_public(key, found, public, private));
    *ret_key = KF_MOVE(key);
    return KF_OK;
}

static kf_err pair_up(kf_session *session, const struct found *found, kf_key **ret_key) {
    size_t privates = 0, publics = 0;
    const kf_object *private = only(found, CKO_PRIVATE_KEY, &privates);
    const kf_object *public = only(found, CKO_PUBLIC_KEY, &publics);
    if (privates == 0 && publics == 0)
        return kf_fail(KF_E_NOT_FOUND, "there is no key with that id on token \"%s\"",
                       kf_token_info(session->token)->label);
    if (privates == 0)
        return kf_fail(KF_E_KEY_UNUSABLE, "only the public half of the key is on token \"%s\"",
                       kf_token_info(session->token)->label);
    if (privates > 1 || publics > 1)
        return kf_fail(KF_E_TOKEN_AMBIGUOUS, "token \"%s\" has %zu keys with one id",
                       kf_token_info(session->token)->label,
                       privates > publics ? privates : publics);
    return put_together(session, found, private, public, ret_key);
}

kf_err kf_key_find_id(kf_session *session, const uint8_t *id, size_t id_len, kf_key **ret_key) {
    FOUND found = {0};
    KF_TRY(search_id(session, id, id_len, &found));
    return pair_up(session, &found, ret_key);
}

/* --- by public key --- */

static bool has_spki(const kf_object *object, const uint8_t *spki, size_t len) {
    KF_AUTO(kf_buf) own = {0};
    if (object->class == CKO_CERTIFICATE) {
        KF_AUTO_PTR(kf_cert) cert = NULL;
        return kf_cert_parse(object->value.data, object->value.len, &cert) == KF_OK &&
               kf_cert_has_spki(cert, spki, len);
    }
    return kf_object_spki(object, &own) == KF_OK && own.len == len &&
           memcmp(own.data, spki, len) == 0;
}

static bool same_id(const kf_object *a, const kf_object *b) {
    return a->id.len > 0 && kf_buf_equal(&a->id, &b->id);
}

/* The private key that belongs to `match`: the one with its id or its public numbers; else, where a
 * crash between setting the two ids parted the halves, the one with its label and kind that no
 * public key has the id of. */
static const kf_object *partner(const struct found *found, const kf_object *match,
                                const uint8_t *spki, size_t len) {
    const kf_object *stray = NULL;
    size_t strays = 0;
    for (size_t i = 0; i < found->count; i++) {
        const kf_object *private = &found->items[i];
        if (private->class != CKO_PRIVATE_KEY)
            continue;
        if (private == match || same_id(private, match) || has_spki(private, spki, len))
            return private;
        bool has_public = false;
        for (size_t j = 0; j < found->count; j++)
            has_public |=
                found->items[j].class == CKO_PUBLIC_KEY && same_id(private, &found->items[j]);
        if (!has_public && private->key_type == match->key_type &&
            kf_buf_equal(&private->label, &match->label)) {
            stray = private;
            strays++;
        }
    }
    return strays == 1 ? stray : NULL;
}

static const kf_object *match_public(const struct found *found, const uint8_t *spki, size_t len) {
    static const CK_OBJECT_CLASS order[] = {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY, CKO_CERTIFICATE};
    for (size_t c = 0; c < KF_COUNT(order); c++)
        for (size_t i = 0; i < found->count; i++)
            if (found->items[i].class == order[c] && has_spki(&found->items[i], spki, len))
                return &found->items[i];
    return NULL;
}

static kf_err match_pair(kf_session *session, const struct found *found, const uint8_t *spki,
                         size_t len, kf_key **ret_key) {
    const char *label = kf_token_info(session->token)->label;
    const kf_object *match = match_public(found, spki, len);
    kf_error_clear();
    if (match == NULL)
        return kf_fail(KF_E_NOT_FOUND, "the key is not on token \"%s\"", label);
    const kf_object *private = partner(found, match, spki, len);
    if (private == NULL)
        return kf_fail(KF_E_KEY_UNUSABLE, "only the public half of the key is on token \"%s\"",
                       label);
    const kf_object *public = match->class == CKO_PUBLIC_KEY ? match : NULL;
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_TRY(put_together(session, found, private, public, &key));
    if (public == NULL && (key->spki.len != len || memcmp(key->spki.data, spki, len) != 0))
        return kf_fail(KF_E_KEY_UNUSABLE,
                       "the public half of the key cannot be told on token \"%s\"", label);
    if (!same_id(private, match) && private != match && !has_spki(private, spki, len))
        KF_TRY(kf_key_try(key));
    *ret_key = KF_MOVE(key);
    return KF_OK;
}

kf_err kf_key_find_public(kf_session *session, const uint8_t *spki, size_t len, kf_key **ret_key) {
    FOUND found = {0};
    KF_TRY(search(session, NULL, 0, &found));
    return match_pair(session, &found, spki, len, ret_key);
}

/* --- without a login --- */

static kf_err take_half(kf_session *session, const kf_object *object, kf_key **ret_key) {
    KF_AUTO_PTR(kf_key) key = calloc(1, sizeof(*key));
    if (key == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    if (object->id.len == 0 || object->id.len > sizeof(key->id))
        return kf_fail(KF_E_NOT_FOUND, "the public key has no id");
    key->session = session;
    key->private_key = CK_INVALID_HANDLE;
    key->public_key = object->handle;
    memcpy(key->id, object->id.data, object->id.len);
    key->id_len = object->id.len;
    snprintf(key->label, sizeof(key->label), "%s", kf_buf_str(&object->label));
    KF_TRY(kf_key_take_public(key, object));
    *ret_key = KF_MOVE(key);
    return KF_OK;
}

kf_err kf_key_find_half(kf_session *session, const uint8_t *spki, size_t len, kf_key **ret_key) {
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof(class)}};
    FOUND found = {0};
    KF_TRY(search(session, pattern, KF_COUNT(pattern), &found));
    for (size_t i = 0; i < found.count; i++)
        if (has_spki(&found.items[i], spki, len))
            return take_half(session, &found.items[i], ret_key);
    return kf_fail(KF_E_NOT_FOUND, "token \"%s\" does not show the key without its PIN",
                   kf_token_info(session->token)->label);
}

/* --- by id and signature --- */

static kf_err take_spki(kf_key *key, const uint8_t *spki, size_t len) {
    KF_AUTO(kf_buf) copy = {0};
    KF_TRY(kf_buf_set(&copy, spki, len));
    kf_object stand_in = {.class = CKO_PUBLIC_KEY, .key_type = CKK_VENDOR_DEFINED, .spki = copy};
    return kf_key_take_public(key, &stand_in);
}

kf_err kf_key_find_private(kf_session *session, const uint8_t *id, size_t id_len,
                           const uint8_t *spki, size_t len, kf_key **ret_key) {
    FOUND found = {0};
    size_t privates = 0;
    KF_TRY(search_id(session, id, id_len, &found));
    const kf_object *private = only(&found, CKO_PRIVATE_KEY, &privates);
    if (privates != 1)
        return kf_fail(KF_E_NOT_FOUND, "there is no key with that id on token \"%s\"",
                       kf_token_info(session->token)->label);
    KF_AUTO_PTR(kf_key) key = calloc(1, sizeof(*key));
    if (key == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    key->session = session;
    key->private_key = private->handle;
    key->public_key = CK_INVALID_HANDLE;
    KF_TRY(kf_key_read_private(key, KF_SAFETY_ANY));
    KF_TRY(take_spki(key, spki, len));
    KF_TRY(kf_key_try(key));
    *ret_key = KF_MOVE(key);
    return KF_OK;
}

/* --- the end --- */

kf_err kf_object_destroy(kf_session *session, CK_OBJECT_HANDLE object, const char *doing) {
    return kf_fail_rv(session->token, session->p11->C_DestroyObject(session->handle, object),
                      doing);
}

static bool is_ours(CK_OBJECT_CLASS class) {
    return class == CKO_PRIVATE_KEY || class == CKO_PUBLIC_KEY || class == CKO_CERTIFICATE;
}

/* Certificates last: they can be written again, so whoever stops half way has the key gone first.
 */
static kf_err destroy_found(kf_session *session, const struct found *found) {
    static const CK_OBJECT_CLASS order[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_CERTIFICATE};
    for (size_t c = 0; c < KF_COUNT(order); c++)
        for (size_t i = 0; i < found->count; i++)
            if (found->items[i].class == order[c])
                KF_TRY(kf_object_destroy(session, found->items[i].handle, "deleting an object"));
    return KF_OK;
}

kf_err kf_objects_destroy(kf_session *session, const uint8_t *id, size_t id_len) {
    FOUND found = {0};
    FOUND left = {0};
    KF_TRY(search_id(session, id, id_len, &found));
    KF_TRY(destroy_found(session, &found));
    kf_session_forget_keys(session);
    KF_TRY(search_id(session, id, id_len, &left));
    for (size_t i = 0; i < left.count; i++)
        if (is_ours(left.items[i].class))
            return kf_fail(KF_E_TOKEN_ERROR,
                           "token \"%s\" said that it deleted an object, but it is still there",
                           kf_token_info(session->token)->label);
    return KF_OK;
}

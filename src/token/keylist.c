// SPDX-License-Identifier: Apache-2.0
// The private keys of a token, read once a session: for the journal, and to see whether a label is
// taken.
#include "token/attribute.h"

#include <string.h>

#include "base/text.h"
#include "token/quirks.h"

static kf_err read_key(kf_session *session, CK_OBJECT_HANDLE handle,
                       struct kf_private_key *ret_key) {
    struct kf_private_key key = {.handle = handle};
    uint8_t id[1024] = {0}, label[1024] = {0};
    CK_ATTRIBUTE attributes[] = {{CKA_ID, id, sizeof(id)}, {CKA_LABEL, label, sizeof(label)}};
    KF_TRY(kf_attributes_read(session, handle, attributes, KF_COUNT(attributes),
                              "reading the keys of the token"));
    if (kf_attribute_there(&attributes[0]) && attributes[0].ulValueLen <= sizeof(key.id)) {
        key.id_len = attributes[0].ulValueLen;
        memcpy(key.id, id, key.id_len);
    }
    if (kf_attribute_there(&attributes[1]) && attributes[1].ulValueLen < sizeof(key.label))
        memcpy(key.label, label, attributes[1].ulValueLen);
    *ret_key = key;
    return KF_OK;
}

kf_err kf_session_private_keys(kf_session *session, const struct kf_private_keys **ret_keys) {
    if (session->keys.read) {
        *ret_keys = &session->keys;
        return KF_OK;
    }
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof(class)}};
    KF_AUTO(kf_handles) handles = {0};
    KF_TRY(kf_objects_find(session, pattern, KF_COUNT(pattern), &handles));
    KF_AUTO_FREE struct kf_private_key *items = calloc(handles.count + 1, sizeof(*items));
    if (items == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the keys of a token");
    for (size_t i = 0; i < handles.count; i++)
        KF_TRY(read_key(session, handles.items[i], &items[i]));
    session->keys =
        (struct kf_private_keys){.items = KF_MOVE(items), .count = handles.count, .read = true};
    *ret_keys = &session->keys;
    return KF_OK;
}

void kf_session_forget_keys(kf_session *session) {
    free(session->keys.items);
    session->keys = (struct kf_private_keys){0};
}

/* A word of the journal's list: the length in bytes, a colon, the bytes in hex. */
static kf_err add_word(kf_buf *buf, const uint8_t *id, size_t len) {
    KF_TRY(kf_buf_printf(buf, "%s%zu:", buf->len > 0 ? " " : "", len));
    return kf_hex(buf, id, len, 0);
}

kf_err kf_session_key_ids(kf_session *session, kf_buf *ret_ids) {
    const struct kf_private_keys *keys = NULL;
    KF_TRY(kf_session_private_keys(session, &keys));
    KF_AUTO(kf_buf) ids = {0};
    for (size_t i = 0; i < keys->count; i++)
        KF_TRY(add_word(&ids, keys->items[i].id, keys->items[i].id_len));
    kf_buf_move(ret_ids, &ids);
    return KF_OK;
}

kf_err kf_session_has_place(kf_session *session) {
    struct kf_quirks quirks = {0};
    const struct kf_private_keys *keys = NULL;
    KF_TRY(kf_quirks_find(session->token, &quirks));
    if (!quirks.single_key)
        return KF_OK;
    KF_TRY(kf_session_private_keys(session, &keys));
    if (keys->count == 0)
        return KF_OK;
    return kf_fail(KF_E_TOKEN_FULL,
                   "token \"%s\" has one place for a key, and a new one would overwrite \"%s\"",
                   session->token->info.label, keys->items[0].label);
}

kf_err kf_session_label_taken(kf_session *session, const char *label, bool *ret_taken) {
    const struct kf_private_keys *keys = NULL;
    KF_TRY(kf_session_private_keys(session, &keys));
    bool taken = false;
    for (size_t i = 0; i < keys->count; i++)
        taken |= strcmp(keys->items[i].label, label) == 0;
    *ret_taken = taken;
    return KF_OK;
}

kf_err kf_session_refuse_taken(kf_session *session, const char *label) {
    bool taken = false;
    KF_TRY(kf_session_label_taken(session, label, &taken));
    if (taken)
        return kf_fail(KF_E_EXISTS, "there is a container \"%s\" on token \"%s\" already", label,
                       session->token->info.label);
    return KF_OK;
}

bool kf_ids_have(const char *ids, const uint8_t *id, size_t len) {
    KF_AUTO(kf_buf) word = {0};
    if (ids == NULL || add_word(&word, id, len) != KF_OK)
        return false;
    for (const char *at = ids; (at = strstr(at, kf_buf_str(&word))) != NULL; at++) {
        char after = at[word.len];
        if ((at == ids || at[-1] == ' ') && (after == '\0' || after == ' '))
            return true;
    }
    return false;
}

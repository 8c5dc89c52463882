// SPDX-License-Identifier: Apache-2.0
// Sessions: opening, closing, and what a session is in the middle of.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <openssl/types.h>
#include <p11-kit/pkcs11.h>

struct fake;
struct token;

// C_SignInit or C_DecryptInit has been called.
struct operation {
    CK_MECHANISM_TYPE mechanism;
    EVP_PKEY *key;  // NULL: no operation
    bool needs_pin; // CKA_ALWAYS_AUTHENTICATE and no context-specific login yet
    CK_MECHANISM_TYPE hash;
    CK_ULONG mgf, salt_len;
    unsigned char *oaep_label;
    size_t oaep_label_len;
    unsigned char *gost_key; // its PKCS#8; `key` is then an empty one
    size_t gost_key_len;
    int gost_form; // of the signature, see README.md
};

struct search {
    bool active;
    CK_OBJECT_HANDLE *handles;
    size_t count, next;
};

struct session {
    CK_SESSION_HANDLE handle; // 0: free
    size_t slot;
    bool rw;
    bool ejected; // the token was taken out
    struct search search;
    struct operation sign, decrypt;
    CK_MECHANISM_TYPE digest; // 0: none
};

CK_RV session_open(struct fake *fake, CK_SLOT_ID id, CK_FLAGS flags, CK_SESSION_HANDLE *ret_handle);
CK_RV session_close(struct fake *fake, CK_SESSION_HANDLE handle);
CK_RV session_close_all(struct fake *fake, CK_SLOT_ID id);
CK_RV session_info(struct fake *fake, CK_SESSION_HANDLE handle, CK_SESSION_INFO *ret_info);

// The session and the token it speaks to. CKR_DEVICE_REMOVED while the token is out,
// CKR_SESSION_HANDLE_INVALID when it came back (PKCS#11 2.40 5.1.2).
CK_RV session_find(struct fake *fake, CK_SESSION_HANDLE handle, struct session **ret_session,
                   struct token **ret_token);

// What a write to the token (or to session objects only) needs.
CK_RV session_may_write(const struct fake *fake, const struct session *session, bool token_object);

// The token of the slot is gone: its sessions, their objects and its login are too.
void session_eject(struct fake *fake, size_t slot);

size_t session_count(const struct fake *fake, size_t slot, bool only_rw);
void session_close_every(struct fake *fake);
void session_end_search(struct search *search);
void session_end_operation(struct operation *operation);

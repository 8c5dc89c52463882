// SPDX-License-Identifier: Apache-2.0
// What the files of this room share: function lists, sessions' insides, CK_RV translation, capped
// answers.
#pragma once

#include <p11-kit/pkcs11.h>

#include "token/key.h"

/* PKCS#11 3.0 values that the header of p11-kit 0.24 does not have. */
#ifndef CKK_EC_EDWARDS
#define CKK_EC_EDWARDS 0x40UL
#endif
#ifndef CKM_EC_EDWARDS_KEY_PAIR_GEN
#define CKM_EC_EDWARDS_KEY_PAIR_GEN 0x1055UL
#endif
#ifndef CKM_EDDSA
#define CKM_EDDSA 0x1057UL
#endif
/* The hash and the longer keys of GOST R 34.10-2012 came after PKCS#11 2.40; these are the numbers
 * that TC 26 gave them, which its tokens use. */
#define KF_CKK_GOSTR3410_512          0xD4321003UL
#define KF_CKM_GOSTR3410_512_PAIR_GEN 0xD4321005UL
#define KF_CKM_GOSTR3410_512          0xD4321006UL
#define KF_CKM_GOSTR3411_12_256       0xD4321012UL
#define KF_CKM_GOSTR3411_12_512       0xD4321013UL

/* Caps on what a module may answer; more is refused (KF_E_TOKEN_ERROR) and named. */
enum {
    KF_P11_ATTRIBUTE_MAX = 64 * 1024,
    KF_P11_SLOTS_MAX = 256,
    KF_P11_OWN_SLOTS_MAX = 16384, /* of keyfob's own module */
    KF_P11_OBJECTS_MAX = 16384,   /* above any card; a full soft token must still list */
    KF_P11_MECHANISMS_MAX = 1024,
    KF_P11_SIGNATURE_MAX = 1024
};

struct kf_session {
    kf_token *token;
    CK_FUNCTION_LIST *p11;
    CK_SESSION_HANDLE handle;
    unsigned insertion;   /* of the token, when the session was opened */
    pthread_mutex_t lock; /* one operation (Init to final call) at a time */
    bool logged_in;
    bool read_only;
    struct kf_private_keys { /* the private keys, read once by kf_session_key_ids() */
        struct kf_private_key *items;
        size_t count;
        bool read;
    } keys;
    uint8_t *scratch; /* where attributes are read to, see attribute.c */
};

struct kf_private_key {
    CK_OBJECT_HANDLE handle;
    uint8_t id[KF_ID_MAX];
    size_t id_len;
    char label[KF_LABEL_MAX + 1]; /* as on the token, cut at a NUL */
};

/* Translate a CK_RV: `doing` completes "...: the token answered CKR_X". Maps PIN, removal, full,
 * read-only and the like to their own codes. CKR_OK gives KF_OK. */
kf_err kf_fail_rv(kf_token *token, CK_RV rv, const char *doing);
/* "CKR_DEVICE_REMOVED", or "0x80001234" in a static thread-local place. */
const char *kf_rv_name(CK_RV rv);

/* For init.c and pin.c: log in with a PIN that was asked for already; takes it over and wipes it.
 */
kf_err kf_session_login_pin(kf_session *session, enum kf_pin_kind kind, kf_secret *pin);

/* The private keys, read at the first call; owned by the session. */
kf_err kf_session_private_keys(kf_session *session, const struct kf_private_keys **ret_keys);
void kf_session_forget_keys(kf_session *session);

// SPDX-License-Identifier: Apache-2.0
// The insides of kf_key, and key generation below kf_key_generate().
#pragma once

#include "token/keyspec.h"
#include "x509/gost.h"

struct kf_key {
    kf_session *session;
    CK_OBJECT_HANDLE private_key, public_key; /* CK_INVALID_HANDLE where there is none */
    enum kf_key_type type;
    uint8_t id[KF_ID_MAX];
    size_t id_len;
    char label[KF_LABEL_MAX + 1]; /* as on the token */
    bool always_authenticate;
    bool extractable; /* as the token says; only software containers have such keys */
    bool fresh;       /* made in this session: the token holds no certificate for it yet */
    kf_buf spki;
    EVP_PKEY *public;
    EVP_PKEY *pkey; /* of the provider, made when asked for */
};

/* What goes into both templates. */
struct kf_pair_order {
    const struct kf_key_spec *spec;
    const char *label;
    const uint8_t *id;
    size_t id_len;
    unsigned use; /* enum kf_key_use */
    bool always_authenticate;
    bool exportable;
    bool on_token; /* false: session objects, gone with the session */
    int64_t first_template;
};
/* C_GenerateKeyPair down the ladder of templates. */
kf_err kf_pair_generate(kf_session *session, const struct kf_pair_order *order,
                        CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private);

/* How well a private key has to be protected. */
enum kf_safety {
    KF_SAFETY_ANY,
    KF_SAFETY_KEPT,       /* cannot be read, nor leave unsealed now: it may have come from a file */
    KF_SAFETY_EXPORTABLE, /* as the next, but it may leave a software container sealed */
    KF_SAFETY_FULL        /* has never been anywhere else and can go nowhere */
};
/* Reads the flags of the private half, its id and label, in one call. KF_E_KEY_EXPOSED when it is
 * not as safe as that. */
kf_err kf_key_read_private(kf_key *key, enum kf_safety safety);
/* Takes the public half from an object's attributes. */
kf_err kf_key_take_public(kf_key *key, const kf_object *object);
/* With a key that OpenSSL does not know: hash on the token, sign there, and verify with the public
 * half (keygost.c). */
kf_err kf_key_sign_gost(kf_key *key, const uint8_t *data, size_t len,
                        uint8_t ret_signature[static KF_GOST_SIGNATURE_MAX], size_t *ret_len);
/* A random id, KF_FRESH_ID_LEN bytes. */
enum { KF_FRESH_ID_LEN = 20 };
kf_err kf_fresh_id(uint8_t id[KF_FRESH_ID_LEN]);

/* RFC 7512 URI of an object on a token. */
kf_err kf_object_uri(kf_token *token, CK_OBJECT_CLASS class, const uint8_t *id, size_t id_len,
                     const char *label, kf_buf *ret_uri);
/* Is this the answer of a module that dislikes an attribute? Then the next rung of a ladder is
 * tried. */
bool kf_rv_dislikes_template(CK_RV rv);
/* C_DestroyObject with its error. */
kf_err kf_object_destroy(kf_session *session, CK_OBJECT_HANDLE object, const char *doing);

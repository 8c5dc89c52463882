// SPDX-License-Identifier: Apache-2.0
// A key pair on a token: made, found, tried, renamed, destroyed. Never its private value.
#pragma once

#include <keyfob/cert.h>

#include "token/session.h"

typedef struct kf_key
    kf_key; /* keeps a reference to nothing but its session, which must outlive it */
void kf_key_free(kf_key *key);
KF_DEFINE_AUTO_PTR(kf_key)

struct kf_key_order {
    const char *label;
    enum kf_key_type type;
    unsigned use; /* enum kf_key_use */
    bool always_authenticate;
    bool exportable;   /* software containers only, else KF_E_NOT_ON_TOKEN */
    const uint8_t *id; /* CKA_ID chosen by the journal before the key exists */
    size_t id_len;
    /* Asked with the SubjectPublicKeyInfo of the new key: true when it was seen before. NULL: not
     * asked. */
    kf_err (*seen)(void *arg, const uint8_t *spki, size_t len, bool *ret_seen);
    void *seen_arg;
};

/* Can this token make such a key? Answers KF_E_NOT_ON_TOKEN from its mechanism list, before
 * anything is changed. */
kf_err kf_key_offered(kf_token *token, enum kf_key_type type);

/* Log in first. Generates the pair with explicit flags, SENSITIVE and not EXTRACTABLE (unless
 * `exportable`), and reads back that it is so; checks size, exponent, ROCA, and `seen`. A key that
 * fails is destroyed (KF_E_KEY_WEAK, KF_E_KEY_EXPOSED). */
kf_err kf_key_generate(kf_session *session, const struct kf_key_order *order, kf_key **ret_key);

/* The checks of kf_key_generate() for a key that was found after an interruption. Nothing is
 * destroyed: whether it is ours is for the caller to know. */
kf_err kf_key_check_found(kf_key *key, const struct kf_key_order *order);

/* Find by CKA_ID, or by public key. KF_E_NOT_FOUND when there is neither half; KF_E_KEY_UNUSABLE
 * when only one is there. */
kf_err kf_key_find_id(kf_session *session, const uint8_t *id, size_t id_len, kf_key **ret_key);
/* By the container's label, hex id, or URI. KF_E_KEY_UNUSABLE when there is no private key. Log in
 * first. */
kf_err kf_key_find_container(kf_session *session, const char *name, kf_key **ret_key);
kf_err kf_key_find_public(kf_session *session, const uint8_t *spki, size_t len, kf_key **ret_key);
/* The public half alone, which shows without a login: for writing its certificate beside it.
 * KF_E_NOT_FOUND. */
kf_err kf_key_find_half(kf_session *session, const uint8_t *spki, size_t len, kf_key **ret_key);
/* The private key under this id on a token that keeps no public keys: it is the one when it makes a
 * signature that `spki` verifies. KF_E_NOT_FOUND, KF_E_KEY_UNUSABLE. */
kf_err kf_key_find_private(kf_session *session, const uint8_t *id, size_t id_len,
                           const uint8_t *spki, size_t len, kf_key **ret_key);

/* The OpenSSL key of the built-in provider, whose private operations happen on the token. Owned by
 * `key`. NULL where kf_key_load() fails. */
EVP_PKEY *kf_key_pkey(kf_key *key);
/* Makes what kf_key_pkey() gives. KF_E_UNSUPPORTED unless it is RSA, EC or Ed25519. */
kf_err kf_key_load(kf_key *key);
/* The public half (a key of the default provider; NULL for GOST), owned by `key`; and as
 * SubjectPublicKeyInfo (DER). */
EVP_PKEY *kf_key_public(kf_key *key);
kf_err kf_key_spki(kf_key *key, kf_buf *ret_spki);
const uint8_t *kf_key_id(const kf_key *key, size_t *ret_len);
/* Has its CKA_ID been made from its public key, as every finished key pair of keyfob's has? */
bool kf_key_id_is_identifier(const kf_key *key);
const char *kf_key_label(const kf_key *key);
/* RFC 7512 URI of the private key: token attributes, id and object. */
kf_err kf_key_uri(const kf_key *key, kf_buf *ret_uri);
/* The id in such a URI; empty for none, and for NULL or "". KF_E_INPUT when it is no URI. */
kf_err kf_uri_id(const char *uri, kf_buf *ret_id);

/* Sign a random message on the token and verify it with the public half: KF_E_KEY_UNUSABLE. */
kf_err kf_key_try(kf_key *key);
/* A request (RFC 2986) signed on the token; where that fails, the token's own reason is given. */
struct kf_csr_spec;
struct kf_csr;
kf_err kf_key_request(kf_key *key, const struct kf_csr_spec *spec, struct kf_csr **ret_csr);
/* Is the signature of `cert` that of `issuer`, where it is one that OpenSSL does not know (GOST)?
 * Hashed by the token. KF_E_NOT_ON_TOKEN when the token has no such hash; KF_E_UNTRUSTED. */
kf_err kf_session_check_gost(kf_session *session, const kf_cert *cert, const kf_cert *issuer);
/* Sets CKA_ID on both halves by `style`. A token that does not let it be set keeps its id: that is
 * no error. */
kf_err kf_key_rename(kf_key *key, enum kf_id_style style);
/* Destroy every object (key halves, certificates) with this CKA_ID and look that they are gone. */
kf_err kf_objects_destroy(kf_session *session, const uint8_t *id, size_t id_len);

/* --- certificates beside their key --- */
/* The certificate goes onto the token with SUBJECT, ISSUER, SERIAL, ID and LABEL of `key`, and is
 * read back and compared. An equal object that is there already is left alone. KF_E_KEY_MISMATCH
 * when it is for another key. `other` says what becomes of another certificate for the same key and
 * id; it is destroyed only after the new one was read back. Shrinks the template by a fixed ladder
 * on CKR_TEMPLATE_* / CKR_ATTRIBUTE_*. */
enum kf_cert_other {
    KF_CERT_REFUSE,  /* KF_E_EXISTS */
    KF_CERT_REPLACE, /* destroyed */
    KF_CERT_BESIDE   /* stays: a renewal with the same key */
};
kf_err kf_key_write_cert(kf_key *key, const uint8_t *der, size_t len, enum kf_cert_other other);

/* Put a token's private key under the built-in OpenSSL provider (registered at the first call).
 * `public_key`, of OpenSSL's own provider, and `label` are kept by the new key. `session` and
 * `object` must outlive it: free every EVP_PKEY and what holds one (SSL_CTX, CMS, contexts) before
 * the session is freed and the module finalized. Usable from several threads; the session's lock
 * lets one operation through at a time. KF_E_UNSUPPORTED unless it is RSA, EC or Ed25519. */
kf_err kf_provider_pkey(kf_session *session, unsigned long object, const char *label,
                        bool always_authenticate, EVP_PKEY *public_key, EVP_PKEY **ret_pkey);
/* What this thread's last private operation with such a key came to ("wrong PIN", "token removed"),
 * for callers that OpenSSL only told "failed"; its sentence and hint become this thread's error
 * again. KF_OK when it worked or there was none. Asking forgets it, so ask once before the OpenSSL
 * call and once after its failure. */
kf_err kf_provider_last_error(void);

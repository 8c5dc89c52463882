// SPDX-License-Identifier: Apache-2.0
// Containers: a key pair and its certificates on a token, sharing one CKA_ID.
#pragma once

#include <keyfob/cert.h>
#include <keyfob/token.h>

enum kf_key_type {
    KF_KEY_NONE,
    KF_KEY_RSA_2048,
    KF_KEY_RSA_3072,
    KF_KEY_RSA_4096,
    KF_KEY_P256,
    KF_KEY_P384,
    KF_KEY_P521,
    KF_KEY_ED25519,
    KF_KEY_GOST_256, /* GOST R 34.10-2012, RFC 7091: where the token has it */
    KF_KEY_GOST_512
};
/* "rsa2048" ... "p256" ... "ed25519", and what a person reads: "RSA 2048", "P-256". */
const char *kf_key_type_name(enum kf_key_type type);
const char *kf_key_type_title(enum kf_key_type type);
/* KF_E_USAGE that lists the names. */
kf_err kf_key_type_parse(const char *name, enum kf_key_type *ret_type);

/* What the key may do; each becomes an explicit CKA_ flag, all others are false. */
enum kf_key_use { KF_USE_SIGN = 1, KF_USE_DECRYPT = 2, KF_USE_DERIVE = 4 };

/* What CKA_ID becomes once the public key is known. */
enum kf_id_style {
    KF_ID_SKI, /* key identifier, RFC 5280 4.2.1.2 method 1 */
    KF_ID_NSS, /* SHA-1 of the modulus for RSA, otherwise as SKI */
    KF_ID_KEEP /* the random id stays */
};

#define KF_ID_MAX    64
#define KF_LABEL_MAX 255

struct kf_container_info {
    char label[KF_LABEL_MAX + 1]; /* escaped for display */
    uint8_t id[KF_ID_MAX];
    size_t id_len;
    enum kf_key_type
        type; /* KF_KEY_NONE when the key is of another kind or its public half is not readable */
    bool has_private, has_public;
    size_t certificates;
    char uri[768];     /* of the private key */
    char subject[512]; /* of the certificate of the key that ends last, RFC 4514; "" when none */
    int64_t not_after; /* of that certificate; 0 when none */
};

typedef struct kf_containers kf_containers; /* what was read from one token at one moment */

/* Read all containers of a token; with `login` private keys too (asks for the PIN). One
 * C_GetAttributeValue an object. */
kf_err kf_containers_read(kf_token *token, bool login, kf_containers **ret_containers);
void kf_containers_free(kf_containers *containers);
size_t kf_containers_count(const kf_containers *containers);
const struct kf_container_info *kf_containers_at(const kf_containers *containers, size_t index);
/* keyfob.container/1 */
kf_err kf_container_json(const kf_containers *containers, size_t index, struct json_t **ret_json);
/* Named by label, by hex id, or by a URI with id= or object=. KF_E_NOT_FOUND, KF_E_TOKEN_AMBIGUOUS.
 */
kf_err kf_containers_find(const kf_containers *containers, const char *name, size_t *ret_index);

/* The certificates of its key, at most KF_CERT_COUNT_MAX; the list is cleared first. */
kf_err kf_containers_certs(const kf_containers *containers, size_t index, kf_certs *ret_certs);
/* Which of `certs` is for its key: KF_E_KEY_MISMATCH when none is, KF_E_NOT_FOUND when the key is
 * not readable without a login. */
kf_err kf_containers_match(const kf_containers *containers, size_t index, const kf_certs *certs,
                           kf_cert **ret_cert);

struct kf_container_order {
    const char *label;
    enum kf_key_type type;
    unsigned use; /* enum kf_key_use */
    enum kf_id_style id_style;
    bool always_authenticate; /* the token asks for the PIN at each signature, where it can */
    bool exportable;          /* software containers only: the key may leave later, see medium.h */
};
/* Make a key pair outside of an enrollment. Refuses a label that is taken (KF_E_EXISTS). */
kf_err kf_container_create(kf_token *token, const struct kf_container_order *order);
/* Sign with the key, verify with its public half, compare its certificates:
 * keyfob.container-check/1. KF_E_KEY_UNUSABLE or KF_E_KEY_MISMATCH when something is wrong; the
 * report is given all the same. */
kf_err kf_container_check(kf_token *token, const char *name, struct json_t **ret_json);
/* Destroy private key, public key and certificates of the container. */
kf_err kf_container_delete(kf_token *token, const char *name);

// SPDX-License-Identifier: Apache-2.0
// Software containers: PKCS#11 tokens of keyfob's own module, in the registry or in files on a disk
// or stick. They are found with kf_tokens_open() like any other token; here is what only they can.
#pragma once

#include <keyfob/container.h>

/* The path of the module, beside the library; NULL when it is not installed. Owned by the library.
 */
const char *kf_own_path(void);

struct kf_medium_info {
    char medium[16];  /* "registry", "disk"; "token" for every other module's tokens */
    char where[1024]; /* folder or database, escaped for display; "" for other tokens */
    char name[65];    /* of the container in its medium: a file's name without .kfc */
    bool has_unblock; /* an unblock secret (SO PIN) is set */
    bool writable;
};
/* Never fails for tokens of other modules: their medium is "token". */
kf_err kf_medium_info(kf_token *token, struct kf_medium_info *ret_info);

struct kf_medium_order {
    const char *medium; /* "registry" or "disk" */
    const char *folder; /* of "disk"; NULL: the data folder's containers/ */
    const char *name;   /* the token's label: 1 to 32 bytes, shown as it is */
    bool unblock;       /* also asks for an unblock secret (KF_PIN_NEW_SO); without one a lost
                           password loses the keys */
};
/* Make an empty container and log nobody in. Asks for its password (KF_PIN_NEW_USER) through the
 * ui. KF_E_EXISTS when this medium has one of that name; nothing is left when a question is not
 * answered. */
kf_err kf_medium_make(kf_tokens *tokens, const struct kf_medium_order *order, kf_token **ret_token);
/* The container of that name in that medium (and folder): KF_E_NOT_FOUND. */
kf_err kf_medium_find(kf_tokens *tokens, const struct kf_medium_order *order, kf_token **ret_token);

/* A second container with the same keys, of its own identity and the same password (asked for). */
kf_err kf_medium_copy(kf_token *token, const struct kf_medium_order *order, kf_token **ret_token);
/* The same container in another medium or folder; `order->name` is not used. */
kf_err kf_medium_move(kf_token *token, const struct kf_medium_order *order, kf_token **ret_token);
kf_err kf_medium_rename(kf_token *token, const char *name);
/* The whole container with all its keys; asks for no password. */
kf_err kf_medium_remove(kf_token *token);
/* Structure, sums and seals of the whole container; asks for the password when `login`. */
kf_err kf_medium_check(kf_token *token, bool login);

/* --- keys in and out of any token --- */

struct kf_key_file {
    const void *data; /* PKCS#12 (DER), PKCS#8 (PEM or DER) */
    size_t len;
    kf_secret *password; /* of the file; NULL: none */
};
/* The key and its certificates from a file onto a token of any kind, where it takes keys from
 * outside (KF_E_NOT_ON_TOKEN when it does not). `exportable` only for software containers. */
kf_err kf_container_import(kf_token *token, const struct kf_key_file *file, const char *label,
                           bool exportable);
enum kf_key_format { KF_KEY_PKCS12, KF_KEY_PKCS8 };
/* KF_E_POLICY for a key that was not made exportable; KF_E_NOT_ON_TOKEN for a hardware key, which
 * never leaves its token. The file is sealed with `password`. Free with free(). */
kf_err kf_container_export(kf_token *token, const char *name, enum kf_key_format format,
                           kf_secret *password, uint8_t **ret_file, size_t *ret_len);
/* An exportable key of a software container, with its certificates, onto another token. */
kf_err kf_container_copy(kf_token *from, const char *name, kf_token *to);

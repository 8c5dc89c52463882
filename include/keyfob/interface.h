// SPDX-License-Identifier: Apache-2.0
// What keyfob's own PKCS#11 module can do that PKCS#11 has no words for: a vendor interface
// (PKCS#11 3.0, 5.4.6) that C_GetInterface() gives under KF_INTERFACE_NAME. Functions answer with a
// CK_RV; message() has the sentence. Private keys leave the module sealed (export) or through
// hand_over(), and only those that were created exportable.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KF_INTERFACE_NAME "Vendor keyfob containers"

struct kf_place {
    char medium[16];            /* "disk", "registry", "memory" */
    char where[1024];           /* the folder, or the path of registry.db */
    char name[65];              /* of the container in its medium */
    bool has_container;         /* false: an empty slot */
    bool has_user, has_unblock; /* is there a password, is there an unblock secret */
    bool writable;
    uint64_t generation; /* grows at each write */
    uint64_t objects;
    uint8_t uuid[16];
};

/* A secret as bytes; the caller wipes its own. */
struct kf_password {
    const uint8_t *data;
    size_t len;
};

struct kf_message {
    char code[32], sentence[1024], hint[512];
};

enum kf_key_file_format { KF_KEY_FILE_PKCS8, KF_KEY_FILE_PKCS12 };

struct kf_interface {
    uint8_t version_major, version_minor; /* CK_VERSION */
    /* What is to be said of this thread's last failed call into the module, C_* calls too: the code
     * as in errors.def ("disk_full"), the sentence, and what to do next. All are "" where there is
     * nothing to say beyond the CK_RV; the hint is "" too where the table of errors says it. */
    unsigned long (*message)(struct kf_message *ret_message);
    /* A slot without a container, in which C_InitToken makes one: on "disk" in `folder` (NULL: the
     * default one), in the "registry", in "memory". */
    unsigned long (*offer)(const char *medium, const char *folder, unsigned long *ret_slot);
    unsigned long (*describe)(unsigned long slot, struct kf_place *ret_place);
    /* The unblock secret of a container is taken away for good; SO session. */
    unsigned long (*drop_unblock)(unsigned long session);
    /* A new container of its own with the same objects; the password is the one it has, `unblock`
     * NULL makes none. The session has logged in. */
    unsigned long (*copy)(unsigned long session, const char *medium, const char *folder,
                          const char *name, const struct kf_password *password,
                          const struct kf_password *unblock, unsigned long *ret_slot);
    /* The same container at another place: written there, read back, then removed here. */
    unsigned long (*move)(unsigned long slot, const char *medium, const char *folder,
                          unsigned long *ret_slot);
    unsigned long (*rename)(unsigned long session,
                            const char *name); /* the session has logged in */
    unsigned long (*remove)(unsigned long slot);
    /* Structure, sums and, in a session that has logged in, every sealed part. */
    unsigned long (*check)(unsigned long session);
    /* A key with its certificates out of a PKCS#8 (RFC 5958; PEM or DER, encrypted or not) or
     * PKCS#12 (RFC 7292) file into the container of this session, in one durable write: private
     * key, public key and certificates share one CKA_ID, which is the key identifier. */
    unsigned long (*import)(unsigned long session, const void *file, size_t len,
                            const struct kf_password *file_password, const char *label,
                            bool exportable);
    /* The key and its certificates as PKCS#12 (AES-256, SHA-256 MAC) or PKCS#8 (PBES2,
     * PBKDF2-HMAC-SHA256 600,000, AES-256-CBC; DER). CKR_KEY_UNEXTRACTABLE unless the key was
     * created exportable. `*len` holds the room and gets the length: CKR_BUFFER_TOO_SMALL. */
    unsigned long (*export)(unsigned long session, unsigned long key,
                            enum kf_key_file_format format, const struct kf_password *password,
                            void *ret_file, size_t *len);
    /* Calls `put` with the CK_ATTRIBUTE template of the private key (class, type and all parts; no
     * CKA_TOKEN, CKA_ID, CKA_LABEL or usage flags), whose values lie in locked memory until it
     * returns: for a key that moves onto another token. Its answer is the answer. The first
     * attribute is CKA_PUBLIC_KEY_INFO, for `put` itself: not every token takes it. */
    unsigned long (*hand_over)(unsigned long session, unsigned long key,
                               unsigned long (*put)(void *arg, void *attributes,
                                                    unsigned long count),
                               void *arg);
    /* As hand_over() for the key in a file, and then `certificate` for each certificate (DER). */
    unsigned long (*read_file)(
        const void *file, size_t len, const struct kf_password *file_password,
        unsigned long (*put)(void *arg, void *attributes, unsigned long count),
        unsigned long (*certificate)(void *arg, const void *der, size_t der_len), void *arg);
    /* A container in an empty slot, with its password and, unless NULL, its unblock
     * secret, in one durable write: C_InitToken and C_InitPIN leave one without a password when the
     * program dies between them. */
    unsigned long (*make)(unsigned long slot, const char *name, const struct kf_password *password,
                          const struct kf_password *unblock);
};

// SPDX-License-Identifier: Apache-2.0
// The functions behind kf_interface (include/keyfob/interface.h), which says what each promises.
#pragma once

#include <keyfob/interface.h>

#include "module/keyfile.h"
#include "module/object.h"

/* For C_GetInterface(), under KF_INTERFACE_NAME. */
extern const struct kf_interface kfm_interface;

/* init_token.c */
unsigned long kfm_make(unsigned long slot, const char *name, const struct kf_password *password,
                       const struct kf_password *unblock);

/* transfer.c: whole containers */
/* As C_InitToken takes it; KF_E_INPUT. */
kf_err kfm_check_label(const char *label);
unsigned long kfm_copy(unsigned long session, const char *medium, const char *folder,
                       const char *name, const struct kf_password *password,
                       const struct kf_password *unblock, unsigned long *ret_slot);
unsigned long kfm_move(unsigned long slot, const char *medium, const char *folder,
                       unsigned long *ret_slot);
unsigned long kfm_rename(unsigned long session, const char *name);
unsigned long kfm_remove(unsigned long slot);

/* A container as a place in a medium. */
struct kfm_spot {
    kf_medium *medium;
    const char *name;
};
/* transfer_blob.c: the sealed bytes go from one spot to the other: written, read back, then removed
 * here. What another run had written there already is taken for its own when it is the same.
 * KF_E_EXISTS. */
kf_err kfm_blob_move(const struct kfm_spot *from, const struct kfm_spot *to);
/* Writes a new container and reads it back; on failure nothing is left. */
kf_err kfm_blob_write(const struct kfm_spot *to, const kf_buf *blob);

/* transfer_in.c and transfer_out.c: keys */
unsigned long kfm_import(unsigned long session, const void *file, size_t len,
                         const struct kf_password *file_password, const char *label,
                         bool exportable);
unsigned long kfm_export(unsigned long session, unsigned long key, enum kf_key_file_format format,
                         const struct kf_password *password, void *ret_file, size_t *len);
unsigned long kfm_hand_over(unsigned long session, unsigned long key,
                            unsigned long (*put)(void *arg, void *attributes, unsigned long count),
                            void *arg);
unsigned long kfm_read_file(const void *file, size_t len, const struct kf_password *file_password,
                            unsigned long (*put)(void *arg, void *attributes, unsigned long count),
                            unsigned long (*certificate)(void *arg, const void *der,
                                                         size_t der_len),
                            void *arg);

/* transfer_template.c: all parts of a private key, as hand_over() gives them. */
enum { KFM_PARTS_MAX = 12 };
typedef struct kfm_parts {
    CK_ATTRIBUTE attributes[KFM_PARTS_MAX];
    CK_ULONG count;
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE key_type;
    kf_buf open[KFM_PARTS_MAX];
    kf_locked sealed[KFM_PARTS_MAX];
} kfm_parts;
/* Start with `= {0}`; it may not be moved afterwards. */
CK_RV kfm_parts_take(const kf_softkey *key, kf_arena *arena, kfm_parts *ret_parts);
void kfm_parts_clear(kfm_parts *parts); /* wipes */

// SPDX-License-Identifier: Apache-2.0
// KFC1, the sealed container: one key pair or many, certificates and data, as one blob on a medium.
// docs/CONTAINERS.md has the layout byte by byte.
//
// A kfc is the header and the index in memory; the bodies of objects are read when they are asked
// for and checked against the index. The index is checked with a CRC when it is read and with an
// HMAC under the master key once somebody logged in.
#pragma once

#include <stdint.h>

#include "keys/arena.h"
#include "media/medium.h"

#define KFC_LABEL_MAX   32
#define KFC_OBJECTS_MAX ((size_t)16384)
#define KFC_BODY_MAX    ((size_t)64 * 1024) /* bytes of one object */
#define KFC_PIN_MAX     ((size_t)255)
#define KFC_MASTER_LEN  32
/* scrypt's N as a power of two: outside of this it is refused. */
#define KFC_LOGN_MIN 14
#define KFC_LOGN_MAX 20
#define KFC_LOGN     17 /* what is written: 128 MiB and about 0.4 s */

/* Functions that take a const kfc may run in many threads at once; the others want it alone. */
typedef struct kfc kfc;

enum kfc_slot { KFC_USER, KFC_SO };

struct kfc_info {
    uint8_t uuid[16];
    char label[KFC_LABEL_MAX + 1]; /* UTF-8, no padding */
    uint64_t generation;           /* one more at each write */
    bool has_user, has_so;         /* is there a sealed master key in the slot */
    size_t objects;
};

/* Make the blob of an empty container whose master key only `so_pin` opens, or no PIN yet when it
 * is NULL and `user_pin` is given. `log_n` 0 = KFC_LOGN. The result is written with
 * kf_medium_write(). */
struct kfc_new {
    const char *label;
    const uint8_t *so_pin, *user_pin; /* NULL = none; at least one of them */
    size_t so_pin_len, user_pin_len;
    int log_n;
};
kf_err kfc_make(kf_arena *arena, const struct kfc_new *order, kf_buf *ret_blob);

/* Read header and index. KF_E_INPUT with the place and what is wrong when it is no sound container
 * ("... .bak" is named when there is one), KF_E_NOT_FOUND, KF_E_UNSUPPORTED for a newer version. */
kf_err kfc_open(kf_medium *medium, const char *name, kfc **ret_kfc);
void kfc_free(kfc *container);
KF_DEFINE_AUTO_PTR(kfc)
const struct kfc_info *kfc_info(const kfc *container);
/* Read again when the medium's stamp has changed: `ret_changed` (may be NULL). With `master` the
 * index is checked as at login; then another container in its place, an older generation than was
 * seen, and one that was set up anew are KF_E_INPUT. On failure the container is as it was. */
kf_err kfc_refresh(kfc *container, const kf_locked *master, bool *ret_changed);

/* Open the master key: scrypt, then the index's HMAC. KF_E_PIN_WRONG; KF_E_STATE when the slot is
 * empty; KF_E_INPUT when the PIN is right and the container was tampered with. Counts no tries: see
 * kfc/tries.h. Slow (KFC_LOGN): call it without locks that others wait for. */
kf_err kfc_unlock(const kfc *container, enum kfc_slot slot, const uint8_t *pin, size_t len,
                  kf_arena *arena, kf_locked *ret_master);

/* --- objects --- */

/* A number names an object for good: never 0, never used again in this container. */
struct kfc_entry {
    uint32_t number;
    uint32_t object_class; /* CKA_CLASS */
    bool is_private;       /* CKA_PRIVATE: to be hidden before login */
    uint32_t id_tag,
        label_tag; /* kfc_tag() of CKA_ID and CKA_LABEL; 0 when hidden in the sealed part */
};
/* Entries are owned by the container, good until the next refresh or commit. */
size_t kfc_count(const kfc *container);
const struct kfc_entry *kfc_at(const kfc *container, size_t index); /* ascending by number */
/* NULL when there is none with this number. */
const struct kfc_entry *kfc_entry(const kfc *container, uint32_t number);
/* A filter for searches: equal values have equal tags. */
uint32_t kfc_tag(const void *data, size_t len);

/* The open part (attributes as kfc_attribute_add() wrote them) and, with `master`, the sealed part
 * (`ret_sealed` may be NULL; it is empty when there is none). What another process wrote meanwhile
 * is read as it is now; the container itself changes with kfc_refresh() only. KF_E_NOT_FOUND;
 * KF_E_INPUT when the body does not agree with the index. */
kf_err kfc_read(const kfc *container, uint32_t number, const kf_locked *master, kf_arena *arena,
                kf_buf *ret_open, kf_locked *ret_sealed);

/* Attributes in a part: type u32, length u32, bytes; little-endian; integers as u64. */
kf_err kfc_attribute_add(kf_buf *part, uint32_t type, const void *value, size_t len);
/* Walks a part: start with `*at = 0`; false at the end. A part that kfc_read() gave is well-formed.
 */
bool kfc_attribute_next(const uint8_t *part, size_t part_len, size_t *at, uint32_t *ret_type,
                        const uint8_t **ret_value, size_t *ret_len);

/* --- changes: each is one durable write --- */

struct kfc_object {
    uint32_t number; /* 0 = a new one; kfc_commit() sets it */
    uint32_t object_class;
    bool is_private;
    uint32_t id_tag, label_tag;
    const uint8_t *open; /* attributes */
    size_t open_len;
    const uint8_t
        *sealed; /* or NULL; when an object is put again with `keep_sealed`, the old one stays */
    size_t sealed_len;
    bool keep_sealed;
};

struct kfc_change {
    struct kfc_object *put; /* added, or put in the place of the same number */
    size_t put_count;
    const uint32_t *removed; /* KF_E_NOT_FOUND when one is not there any more; nothing is written */
    size_t removed_count;
    const char *label; /* a new label, or NULL */
    /* A new PIN for a slot, or with `pin` NULL and `clear_slot` the slot is emptied. */
    const uint8_t *pin;
    size_t pin_len;
    enum kfc_slot slot;
    bool set_slot, clear_slot;
    int log_n;  /* 0 = as the container has it */
    bool erase; /* all objects go and the master key is a new one: C_InitToken; needs set_slot with
                   KFC_SO, and empties KFC_USER. `master` may be NULL then */
};

/* Under the medium's lock: read again what another process may have written, apply, write durably,
 * read back and compare. `container` shows the new state afterwards, and is as it was on failure.
 * A change of slots is written twice, so that a medium keeps no copy that opens with the old PIN.
 * KF_E_TOKEN_FULL, KF_E_DISK_FULL, KF_E_BUSY, ... */
kf_err kfc_commit(kfc *container, kf_arena *arena, const kf_locked *master,
                  struct kfc_change *change);

/* The same container under another identity: new uuid, new master key, `label`, sealed for these
 * PINs; all objects are taken along. The result is written with kf_medium_write(). */
kf_err kfc_reseal(const kfc *container, kf_arena *arena, const kf_locked *master,
                  const struct kfc_new *order, kf_buf *ret_blob);
/* Every body is read and checked; with `master` the sealed parts too. The first fault is the error.
 */
kf_err kfc_check(const kfc *container, const kf_locked *master, kf_arena *arena);

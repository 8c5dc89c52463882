// SPDX-License-Identifier: Apache-2.0
// Parts: attributes one behind the other, as kfc.h has them. Integers are u64 there, whatever
// CK_ULONG is here.
#pragma once

#include "kfc/kfc.h"
#include "module/session.h"

enum kfm_kind { KFM_BYTES, KFM_BOOL, KFM_NUMBER, KFM_DATE };

#define KFM_NUMBER_LEN 8

CK_RV kfm_part_add(kf_buf *part, CK_ATTRIBUTE_TYPE type, const void *value, size_t len);
CK_RV kfm_part_add_bool(kf_buf *part, CK_ATTRIBUTE_TYPE type, bool value);
CK_RV kfm_part_add_number(kf_buf *part, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
/* A template's attribute, whose form was checked. */
CK_RV kfm_part_add_given(kf_buf *part, enum kfm_kind kind, const CK_ATTRIBUTE *given);

bool kfm_part_find(const uint8_t *part, size_t part_len, CK_ATTRIBUTE_TYPE type,
                   const uint8_t **ret_value, size_t *ret_len);
/* CK_UNAVAILABLE_INFORMATION when it has not the length of a number. */
CK_ULONG kfm_part_number(const uint8_t *value, size_t len);

/* Room for `len` bytes and some attributes at once: a part that will be wiped must not move. */
CK_RV kfm_part_reserve(kf_buf *part, size_t len);
void kfm_part_wipe(kf_buf *part);
/* Into the arena; the part is wiped. */
CK_RV kfm_part_seal(kf_arena *arena, kf_buf *part, kf_locked *ret_sealed);
/* One attribute alone, in the arena. */
CK_RV kfm_part_seal_value(kf_arena *arena, CK_ATTRIBUTE_TYPE type, const void *value, size_t len,
                          kf_locked *ret_sealed);

// SPDX-License-Identifier: Apache-2.0
// What the module says of itself (PKCS#11 2.40, 5.4), and of its mechanisms.
#include "module/entries.h"

#include <string.h>

#include "base/context.h"
#include "keys/operation.h"
#include "module/session.h"

void kfm_pad(CK_UTF8CHAR *field, size_t size, const char *text) {
    size_t len = strlen(text);
    if (len > size) {
        len = size;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memset(field, ' ', size);
    memcpy(field, text, len);
}

static CK_VERSION library_version(void) {
    unsigned major = 0, minor = 0;
    sscanf(kf_version(), "%u.%u", &major, &minor);
    return (CK_VERSION){(CK_BYTE)major, (CK_BYTE)minor};
}

CK_RV C_GetInfo(CK_INFO_PTR ret_info) {
    struct kfm_module *module = NULL;
    CK_TRY(kfm_enter(&module));
    kfm_leave(module);
    if (!ret_info)
        return CKR_ARGUMENTS_BAD;
    CK_INFO info = {.cryptokiVersion = {2, 40}, .libraryVersion = library_version()};
    kfm_pad(info.manufacturerID, sizeof info.manufacturerID, "keyfob");
    kfm_pad(info.libraryDescription, sizeof info.libraryDescription, "keyfob software containers");
    *ret_info = info;
    return CKR_OK;
}

/* Every slot has the same mechanisms. */
static CK_RV check_slot(CK_SLOT_ID id) {
    struct kfm_module *module = NULL;
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = kfm_slot_find(module, id, &slot);
    if (rv == CKR_OK && !slot->present)
        rv = CKR_TOKEN_NOT_PRESENT;
    kfm_leave(module);
    return rv;
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR ret_list, CK_ULONG_PTR count) {
    CK_TRY(check_slot(slot));
    if (!count)
        return CKR_ARGUMENTS_BAD;
    CK_ULONG room = *count, wanted = kf_mechanism_count();
    *count = wanted;
    if (!ret_list)
        return CKR_OK;
    if (room < wanted)
        return CKR_BUFFER_TOO_SMALL;
    for (size_t i = 0; i < wanted; i++)
        ret_list[i] = kf_mechanism_at(i);
    return CKR_OK;
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR ret_info) {
    CK_TRY(check_slot(slot));
    return ret_info ? kf_mechanism_info(type, ret_info) : CKR_ARGUMENTS_BAD;
}

// SPDX-License-Identifier: Apache-2.0
// PINs: what may be one, and the check that is slow.
#include "module/pin.h"

#include <string.h>

#include "base/text.h"

CK_RV kfm_pin_check_new(struct kfm_pin pin) {
    if (!pin.data)
        return CKR_ARGUMENTS_BAD;
    if (pin.len < KFM_PIN_MIN || pin.len > KFC_PIN_MAX)
        return CKR_PIN_LEN_RANGE;
    if (memchr(pin.data, 0, pin.len) || !kf_utf8_valid((const char *)pin.data, pin.len))
        return CKR_PIN_INVALID;
    return CKR_OK;
}

static CK_RV check_slot(const kfc *container, enum kfc_slot slot) {
    const struct kfc_info *info = kfc_info(container);
    if (slot == KFC_USER)
        return info->has_user ? CKR_OK : CKR_USER_PIN_NOT_INITIALIZED;
    return info->has_so ? CKR_OK : CKR_PIN_LOCKED;
}

CK_RV kfm_pin_unlock(struct kfm_module *module, kf_medium *medium, const char *name,
                     enum kfc_slot slot, struct kfm_pin pin, kfc **ret_container,
                     kf_locked *ret_master) {
    KF_AUTO_PTR(kfc) container = NULL;
    CK_TRY(kfm_container_rv(kfc_open(medium, name, &container)));
    CK_TRY(check_slot(container, slot));
    CK_RV rv = kfm_pin_check_new(pin);
    if (rv != CKR_OK)
        return rv == CKR_ARGUMENTS_BAD ? rv : CKR_PIN_INCORRECT;
    CK_TRY(kfm_container_rv(kfc_tries_unlock(container, slot, pin.data, pin.len, module->arena,
                                             &module->clock, ret_master)));
    *ret_container = KF_MOVE(container);
    return CKR_OK;
}

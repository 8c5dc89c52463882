// SPDX-License-Identifier: Apache-2.0
// C_GetTokenInfo (PKCS#11 2.40, 5.5).
#include <string.h>

#include "module/entries.h"
#include "module/pin.h"
#include "module/session.h"

/* One PIN's flags. */
struct pin_flags {
    CK_FLAGS low, last, locked;
};
static const struct pin_flags user_flags = {CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY,
                                            CKF_USER_PIN_LOCKED};
static const struct pin_flags so_flags = {CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY,
                                          CKF_SO_PIN_LOCKED};

static CK_FLAGS tries_flags(const struct pin_flags *flags, uint32_t wrong) {
    if (wrong >= KFC_TRIES_MAX)
        return flags->locked;
    return (wrong > 0 ? flags->low : 0) | (wrong == KFC_TRIES_MAX - 1 ? flags->last : 0);
}

static CK_FLAGS token_flags(const struct kfm_slot *slot) {
    const struct kfc_info *info = kfc_info(slot->container);
    struct kf_tries tries = {0};
    CK_FLAGS flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED;
    if (kfc_tries_count(slot->container, &tries) != KF_OK)
        kf_error_clear(); /* known when somebody logs in */
    flags |= tries_flags(&user_flags, tries.user) | tries_flags(&so_flags, tries.so);
    if (info->has_user)
        flags |= CKF_USER_PIN_INITIALIZED;
    if (!info->has_so)
        flags |= CKF_SO_PIN_LOCKED; /* "SO login to the token is not possible" */
    if (!kf_medium_is_writable(slot->medium))
        flags |= CKF_WRITE_PROTECTED;
    return flags;
}

static void describe_container(const struct kfm_slot *slot, CK_TOKEN_INFO *info) {
    const struct kfc_info *container = kfc_info(slot->container);
    char serial[2 * 8 + 1];
    for (int i = 0; i < 8; i++)
        snprintf(serial + 2 * i, 3, "%02x", container->uuid[i]);
    kfm_pad(info->label, sizeof info->label, container->label);
    kfm_pad(info->serialNumber, sizeof info->serialNumber, serial);
    info->flags = token_flags(slot);
    info->ulSessionCount = slot->sessions;
    info->ulRwSessionCount = slot->rw_sessions;
}

static void describe(const struct kfm_slot *slot, CK_TOKEN_INFO *ret_info) {
    char model[sizeof ret_info->model + 1];
    *ret_info = (CK_TOKEN_INFO){
        .flags = CKF_RNG | CKF_LOGIN_REQUIRED,
        .ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulMaxPinLen = KFC_PIN_MAX,
        .ulMinPinLen = KFM_PIN_MIN,
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .firmwareVersion = {1, 0}, /* KFC1 */
    };
    snprintf(model, sizeof model, "keyfob %s", slot->medium->kind->name);
    kfm_pad(ret_info->model, sizeof ret_info->model, model);
    kfm_pad(ret_info->manufacturerID, sizeof ret_info->manufacturerID, "keyfob");
    kfm_pad(ret_info->label, sizeof ret_info->label, "");
    kfm_pad(ret_info->serialNumber, sizeof ret_info->serialNumber, "");
    kfm_pad(ret_info->utcTime, sizeof ret_info->utcTime, "");
    if (slot->container)
        describe_container(slot, ret_info);
}

static bool one_is_enough(void *arg, const char *name) {
    return false;
}

/* An empty slot has a token without a container: C_InitToken makes one. It speaks for its medium,
 * as containers that cannot be listed have no slots to say so. */
static CK_RV visit(struct kfm_module *module, struct kfm_slot *slot) {
    if (!slot->medium || slot->name[0])
        return kfm_slot_visit(module, slot);
    return slot->present
               ? kfm_rv(kf_medium_list(slot->medium, one_is_enough, NULL), CKR_DEVICE_ERROR)
               : CKR_TOKEN_NOT_PRESENT;
}

static CK_RV token_info(struct kfm_module *module, CK_SLOT_ID id, CK_TOKEN_INFO *ret_info) {
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_slot_find(module, id, &slot));
    pthread_rwlock_wrlock(&slot->lock);
    CK_RV rv = visit(module, slot);
    if (rv == CKR_OK)
        describe(slot, ret_info);
    pthread_rwlock_unlock(&slot->lock);
    return rv;
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR ret_info) {
    struct kfm_module *module = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = ret_info ? token_info(module, slot, ret_info) : CKR_ARGUMENTS_BAD;
    kfm_leave(module);
    return rv;
}

// SPDX-License-Identifier: Apache-2.0
// Slots. KEK = HKDF(scrypt(PIN, salt), salt = uuid, info = "KFC1 slot" || number); the slot's
// parameters are bound to the sealed key, so that neither they nor the slot can be exchanged.
#include "kfc/slot.h"

#include "kfc/seal.h"

bool kfc_slot_is_empty(const uint8_t slot[static KFC_SLOT_LEN]) {
    return slot[KFC_SLOT_KDF] == 0;
}

static kf_err check_empty(const uint8_t *slot) {
    for (size_t i = 0; i < KFC_SLOT_LEN; i++)
        if (slot[i])
            return kf_fail(KF_E_INPUT, "an empty slot has something in it");
    return KF_OK;
}

kf_err kfc_slot_check(const uint8_t slot[static KFC_SLOT_LEN]) {
    int log_n = slot[KFC_SLOT_LOGN];
    if (kfc_slot_is_empty(slot))
        return check_empty(slot);
    if (slot[KFC_SLOT_KDF] != KFC_KDF_SCRYPT || slot[KFC_SLOT_R] != KFC_SCRYPT_R ||
        slot[KFC_SLOT_P] != KFC_SCRYPT_P)
        return kf_fail(KF_E_UNSUPPORTED, "the PIN's key derivation is an unknown one");
    if (log_n < KFC_LOGN_MIN || log_n > KFC_LOGN_MAX)
        return kf_fail(KF_E_UNSUPPORTED, "scrypt with N = 2^%d is outside of 2^%d to 2^%d", log_n,
                       KFC_LOGN_MIN, KFC_LOGN_MAX);
    return KF_OK;
}

kf_err kfc_pin_check(const uint8_t *pin, size_t len) {
    if (!pin || len == 0 || len > KFC_PIN_MAX || memchr(pin, 0, len))
        return kf_fail(KF_E_PIN_LENGTH, "a PIN has 1 to %zu bytes and no NUL in it", KFC_PIN_MAX);
    return KF_OK;
}

static kf_err make_kek(const struct kfc_slot_pin *pin, const uint8_t *slot, kf_arena *arena,
                       kf_locked *ret_kek) {
    static const char text[] = "KFC1 slot";
    uint8_t info[sizeof text];
    KF_AUTO(kf_locked) stretched = {0};
    memcpy(info, text, sizeof text - 1);
    info[sizeof text - 1] = (uint8_t)pin->slot;
    KF_TRY(kfc_scrypt(arena, pin->pin, pin->len, slot + KFC_SLOT_SALT, slot[KFC_SLOT_LOGN],
                      &stretched));
    return kfc_derive(
        &stretched,
        &(struct kfc_derivation){
            .salt = pin->uuid, .salt_len = KFC_UUID_LEN, .info = info, .info_len = sizeof info},
        KFC_MASTER_LEN, ret_kek);
}

/* magic, version, uuid, kdf, logN, r, p, number of the slot */
enum { AAD_LEN = 6 + KFC_UUID_LEN + 4 + 1 };

static void make_aad(const struct kfc_slot_pin *pin, const uint8_t *slot,
                     uint8_t ret_aad[static AAD_LEN]) {
    memcpy(ret_aad, KFC_MAGIC, KFC_AT_VERSION);
    kfc_put16(ret_aad + KFC_AT_VERSION, KFC_VERSION);
    memcpy(ret_aad + 6, pin->uuid, KFC_UUID_LEN);
    memcpy(ret_aad + 6 + KFC_UUID_LEN, slot, KFC_SLOT_SALT);
    ret_aad[AAD_LEN - 1] = (uint8_t)pin->slot;
}

kf_err kfc_slot_seal(const struct kfc_slot_pin *pin, int log_n, const kf_locked *master,
                     uint8_t ret_slot[static KFC_SLOT_LEN]) {
    uint8_t slot[KFC_SLOT_LEN] = {KFC_KDF_SCRYPT, (uint8_t)log_n, KFC_SCRYPT_R, KFC_SCRYPT_P};
    uint8_t aad[AAD_LEN];
    KF_AUTO(kf_locked) kek = {0};
    KF_TRY(kfc_pin_check(pin->pin, pin->len));
    KF_TRY(kfc_random(slot + KFC_SLOT_SALT, KFC_SALT_LEN));
    KF_TRY(kfc_random(slot + KFC_SLOT_NONCE, KFC_NONCE_LEN));
    KF_TRY(make_kek(pin, slot, master->arena, &kek));
    make_aad(pin, slot, aad);
    struct kfc_gcm gcm = {.key = kek.data,
                          .nonce = slot + KFC_SLOT_NONCE,
                          .aad = {{aad, sizeof aad}},
                          .in = master->data,
                          .len = KFC_MASTER_LEN};
    KF_TRY(kfc_gcm_seal(&gcm, slot + KFC_SLOT_SEALED, slot + KFC_SLOT_TAG));
    memcpy(ret_slot, slot, sizeof slot);
    return KF_OK;
}

kf_err kfc_slot_open(const struct kfc_slot_pin *pin, const uint8_t slot[static KFC_SLOT_LEN],
                     kf_arena *arena, kf_locked *ret_master) {
    uint8_t aad[AAD_LEN];
    bool is_genuine = false;
    KF_AUTO(kf_locked) kek = {0}, master = {0};
    KF_TRY(make_kek(pin, slot, arena, &kek));
    KF_TRY(kf_locked_new(arena, KFC_MASTER_LEN, &master));
    make_aad(pin, slot, aad);
    struct kfc_gcm gcm = {.key = kek.data,
                          .nonce = slot + KFC_SLOT_NONCE,
                          .aad = {{aad, sizeof aad}},
                          .in = slot + KFC_SLOT_SEALED,
                          .len = KFC_MASTER_LEN};
    KF_TRY(kfc_gcm_open(&gcm, slot + KFC_SLOT_TAG, master.data, &is_genuine));
    if (!is_genuine)
        return kf_fail(KF_E_PIN_WRONG, "this is not the %s",
                       pin->slot == KFC_USER ? "password" : "unblock secret");
    kf_locked_move(ret_master, &master);
    return KF_OK;
}

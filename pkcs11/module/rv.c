// SPDX-License-Identifier: Apache-2.0
// Errors of media and containers as PKCS#11 says them (2.40, 5.1).
#include "module/module.h"

static const struct {
    kf_err error;
    CK_RV rv;
} table[] = {
    {KF_OK, CKR_OK},
    {KF_E_MEMORY, CKR_HOST_MEMORY},
    {KF_E_IO, CKR_DEVICE_ERROR},
    {KF_E_DISK_FULL, CKR_DEVICE_MEMORY},
    {KF_E_TOKEN_FULL, CKR_DEVICE_MEMORY},
    {KF_E_PERMISSION, CKR_TOKEN_WRITE_PROTECTED},
    {KF_E_TOKEN_READ_ONLY, CKR_TOKEN_WRITE_PROTECTED},
    {KF_E_TOKEN_REMOVED, CKR_DEVICE_REMOVED},
    {KF_E_TOKEN_ABSENT, CKR_TOKEN_NOT_PRESENT},
    {KF_E_PIN_WRONG, CKR_PIN_INCORRECT},
    {KF_E_PIN_LOCKED, CKR_PIN_LOCKED},
    {KF_E_PIN_LENGTH, CKR_PIN_LEN_RANGE},
    {KF_E_BUSY, CKR_FUNCTION_FAILED},
};

CK_RV kfm_rv(kf_err error, CK_RV otherwise) {
    for (size_t i = 0; i < KF_COUNT(table); i++)
        if (table[i].error == error)
            return table[i].rv;
    return otherwise;
}

CK_RV kfm_container_rv(kf_err error) {
    return kfm_rv(error, error == KF_E_NOT_FOUND ? CKR_DEVICE_REMOVED : CKR_DEVICE_ERROR);
}

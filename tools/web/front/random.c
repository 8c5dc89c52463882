// SPDX-License-Identifier: Apache-2.0
// Random texts from the kernel.
#include "web/front/random.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

kf_err random_bytes(void *ret_bytes, size_t len) {
    if (getrandom(ret_bytes, len, 0) != (ssize_t)len) /* up to 256 bytes come whole */
        return kf_fail(KF_E_CRYPTO, "no random bytes: %s", strerror(errno));
    return KF_OK;
}

kf_err random_hex(char *ret_text, size_t len) {
    uint8_t bytes[64];
    KF_TRY(random_bytes(bytes, len));
    for (size_t i = 0; i < len; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
    explicit_bzero(bytes, sizeof bytes);
    return KF_OK;
}

bool secret_equal(const char *a, const char *b) {
    size_t len = strlen(a);
    if (len != strlen(b))
        return false;
    volatile unsigned char differs = 0;
    for (size_t i = 0; i < len; i++)
        differs |= (unsigned char)(a[i] ^ b[i]);
    return differs == 0;
}

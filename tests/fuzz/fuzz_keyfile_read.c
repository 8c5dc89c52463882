// SPDX-License-Identifier: Apache-2.0
// Whatever stands in a key file: read with a password and without, and what was read is whole.
#include <stdlib.h>

#include "module/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_with(kf_arena *arena, const uint8_t *data, size_t size,
                      const struct kf_password *password) {
    KF_AUTO(kfm_keyfile) file = {0};
    if (kfm_keyfile_read(arena, data, size, password, &file) != KF_OK)
        return;
    if (file.key == NULL || !kf_softkey_has_private(file.key) ||
        file.own_count > file.certificate_count || file.certificate_count > KFM_KEYFILE_CERTS)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct kf_password password = {(const uint8_t *)"x", 1};
    KF_AUTO_PTR(kf_arena) arena = NULL;
    if (kf_arena_new(&arena) != KF_OK)
        return 0;
    read_with(arena, data, size, &password);
    read_with(arena, data, size, NULL);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Fuzz target: profile files.
#include <stdint.h>
#include <stdlib.h>

#include "x509/csr.h"
#include "x509/json.h"
#include "x509/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    STACK_OF(X509_EXTENSION) *list = NULL;
    if (kf_profile_parse((const char *)data, size, "x", &profile) != KF_OK)
        return 0;
    if (kf_profile_json(profile, &json) != KF_OK ||
        kf_profile_extensions(profile, KF_KEY_GOST_256, &list) != KF_OK)
        abort();
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return 0;
}

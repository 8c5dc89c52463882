// SPDX-License-Identifier: Apache-2.0
// Fuzz target: alternative names as people write them, to DER and to words.
#include <stdint.h>
#include <stdlib.h>

#include "x509/json.h"
#include "x509/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO(kf_buf) text = {0}, sid = {0};
    KF_AUTO_PTR(GENERAL_NAMES) names = NULL;
    KF_AUTO_PTR(X509_EXTENSION) extension = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    struct kf_san san = {0};
    if (kf_buf_add(&text, data, size) != KF_OK || kf_san_parse(kf_buf_str(&text), &san) != KF_OK)
        return 0;
    if (san.kind == KF_SAN_SID && kf_sid_extension(san.value, &extension) == KF_OK &&
        kf_sid_from(extension, &sid) != KF_OK)
        abort();
    if (kf_general_names_build(&san, 1, &names) == KF_OK &&
        kf_general_names_json(names, &json) != KF_OK)
        abort();
    return 0;
}

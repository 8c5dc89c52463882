// SPDX-License-Identifier: Apache-2.0
// A subject given as text, as its parts: for forms that are filled with an older one.
#include "x509/name.h"

kf_err kf_subject_json(const char *subject, json_t **ret_json) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_TRY(kf_name_parse(subject, &name));
    return kf_name_json(name, ret_json);
}

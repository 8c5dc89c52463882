// SPDX-License-Identifier: Apache-2.0
// Looking into the extensions of a certificate, a request or a profile.
#include "x509/extensions.h"

#include <openssl/err.h>

#include "x509/attribute.h"

X509_EXTENSION *kf_extensions_find(const X509_EXTENSIONS *extensions, const char *oid) {
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
        X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, i);
        if (kf_oid_is(X509_EXTENSION_get_object(extension), oid))
            return extension;
    }
    return NULL;
}

static const ASN1_OBJECT *oid_at(const X509_EXTENSIONS *extensions, int index) {
    return X509_EXTENSION_get_object(sk_X509_EXTENSION_value(extensions, index));
}

bool kf_extensions_twice(const X509_EXTENSIONS *extensions, kf_buf *ret_oid) {
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++)
        for (int j = 0; j < i; j++) {
            if (OBJ_cmp(oid_at(extensions, i), oid_at(extensions, j)) != 0)
                continue;
            char text[KF_OID_TEXT_MAX];
            kf_oid_text(oid_at(extensions, i), text);
            return kf_buf_add_str(ret_oid, text) == KF_OK;
        }
    return false;
}

GENERAL_NAMES *kf_extensions_names(const X509_EXTENSIONS *extensions) {
    if (!extensions)
        return NULL;
    GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
    ERR_clear_error();
    return names;
}

// SPDX-License-Identifier: Apache-2.0
// The certificates of a container, and certificates that are to become one of it.
#include "token/containers.h"

#include "token/tokens.h"
#include "x509/cert.h"

/* What is no certificate for others to read is left out. */
static kf_err add(const kf_object *object, kf_certs *certs) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    if (kf_cert_parse(object->value.data, object->value.len, &cert) != KF_OK) {
        kf_error_clear();
        return KF_OK;
    }
    return kf_certs_add(certs, cert);
}

kf_err kf_containers_certs(const kf_containers *containers, size_t index, kf_certs *ret_certs) {
    KF_AUTO(kf_certs) certs = {0};
    for (size_t i = 0; i < containers->object_count && certs.count < KF_CERT_COUNT_MAX; i++)
        if (containers->objects[i].class == CKO_CERTIFICATE && containers->owners[i] == index)
            KF_TRY(add(&containers->objects[i], &certs));
    kf_certs_clear(ret_certs);
    *ret_certs = certs;
    certs = (kf_certs){0};
    return KF_OK;
}

kf_err kf_containers_match(const kf_containers *containers, size_t index, const kf_certs *certs,
                           kf_cert **ret_cert) {
    const struct kf_container *item = index < containers->count ? &containers->items[index] : NULL;
    if (item == NULL || item->spki.len == 0)
        return kf_fail(KF_E_NOT_FOUND, "the public key of container \"%s\" is not readable",
                       item != NULL ? item->info.label : "");
    for (size_t i = 0; i < certs->count; i++)
        if (kf_cert_has_spki(certs->items[i], item->spki.data, item->spki.len)) {
            *ret_cert = kf_cert_ref(certs->items[i]);
            return KF_OK;
        }
    return kf_fail(KF_E_KEY_MISMATCH, "no certificate of the file belongs to the key \"%s\"",
                   item->info.label);
}

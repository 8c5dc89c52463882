// SPDX-License-Identifier: Apache-2.0
// Certificates out of the store as a file.
#include "store/records.h"

/* The way to a trusted root without the root, which whoever reads the file must have from
 * elsewhere; without such a way, the issuers that are known. */
static kf_err find_intermediates(kf_context *context, kf_cert *cert, kf_certs *certs) {
    KF_AUTO(kf_certs) roots = {0};
    KF_AUTO(kf_certs) pool = {0};
    KF_AUTO(kf_certs) chain = {0};
    KF_TRY(kf_store_roots(context, &roots));
    KF_TRY(kf_store_pool(context, cert, &pool));
    kf_err err = kf_chain_build(cert, &pool, &roots, kf_context_now(context), &chain);
    if (err != KF_OK && err != KF_E_UNTRUSTED)
        return err;
    const kf_certs *found = err == KF_OK ? &chain : &pool;
    size_t count = err == KF_OK ? chain.count - 1 : pool.count;
    for (size_t i = 1; i < count; i++)
        KF_TRY(kf_certs_add(certs, found->items[i]));
    kf_error_clear();
    return KF_OK;
}

kf_err kf_store_export(kf_context *context, const char *name, enum kf_cert_format format,
                       bool chain, uint8_t **ret_data, size_t *ret_len) {
    KF_AUTO(kf_record) record = {0};
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(kf_record_find(context, name, &record));
    KF_TRY(kf_certs_add(&certs, record.cert));
    if (chain)
        KF_TRY(find_intermediates(context, record.cert, &certs));
    KF_TRY(kf_certs_encode(&certs, format, &bytes));
    *ret_len = bytes.len;
    *ret_data = KF_MOVE(bytes.data);
    return KF_OK;
}

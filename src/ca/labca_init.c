// SPDX-License-Identifier: Apache-2.0
// Making a lab CA: folder, key, root, and the connection to it.
#include "ca/labca.h"

#include <string.h>

#include "base/text.h"
#include "ca/connection.h"
#include "x509/csr.h"

#define DAYS_DEFAULT 3650
#define DAYS_MAX     36500
#define DAY          ((int64_t)24 * 3600)
#define BACKDATE     60

static kf_err fail_exists(const char *name) {
    kf_fail(KF_E_EXISTS, "there is already a lab CA \"%s\"", name);
    kf_error_hint("Choose another name. If only its connection is missing: `keyfob connection add "
                  "\"%s\" local`, then `keyfob connection roots \"%s\"`.",
                  name, name);
    return KF_E_EXISTS;
}

/* Before anything is made: every profile must be there and for people, not for CAs. */
static kf_err check_profiles(kf_context *context, const char *names) {
    for (const char *at = names + strspn(names, " "); *at;) {
        KF_AUTO_PTR(kf_profile) profile = NULL;
        size_t len = strcspn(at, " ");
        KF_AUTO_FREE char *name = strndup(at, len);
        if (!name)
            return kf_fail(KF_E_MEMORY, "out of memory");
        KF_TRY(kf_profile_load(context, name, &profile));
        if (kf_profile_is_ca(profile))
            return kf_fail(KF_E_POLICY, "a lab CA does not issue the CA profile \"%s\"", name);
        at += len + strspn(at + len, " ");
    }
    return KF_OK;
}

static kf_err check_order(kf_context *context, const struct kf_labca_order *order) {
    KF_TRY(kf_connection_name_check(order->name));
    if (order->days < 0 || order->days > DAYS_MAX)
        return kf_fail(KF_E_USAGE, "a lab CA lives for 1 to %d days, not %lld", DAYS_MAX,
                       (long long)order->days);
    if (order->subject)
        KF_TRY(kf_csr_spec_check(&(struct kf_csr_spec){.subject = order->subject}));
    if (order->profiles)
        KF_TRY(check_profiles(context, order->profiles));
    return kf_connection_name_free(context, order->name);
}

static kf_err prepare(kf_context *context, const struct kf_ca_signer *signer,
                      const struct kf_labca_order *order, kf_labca **ret_ca) {
    KF_AUTO_PTR(kf_labca) ca = calloc(1, sizeof *ca);
    KF_AUTO_FREE char *folder = NULL;
    if (!ca)
        return kf_fail(KF_E_MEMORY, "out of memory for a lab CA");
    KF_TRY(kf_context_data_path(context, "ca", &folder));
    ca->context = context;
    ca->signer = signer;
    ca->approval = order->approval;
    ca->name = strdup(order->name);
    ca->dir = kf_str("%s/%s", folder, order->name);
    ca->key_uri = order->key_uri ? strdup(order->key_uri) : NULL;
    ca->profiles = order->profiles ? strdup(order->profiles) : NULL;
    if (!ca->name || !ca->dir || (order->key_uri && !ca->key_uri) ||
        (order->profiles && !ca->profiles))
        return kf_fail(KF_E_MEMORY, "out of memory for a lab CA");
    *ret_ca = KF_MOVE(ca);
    return KF_OK;
}

static kf_err make_root(kf_labca *ca, const struct kf_labca_order *order) {
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    KF_AUTO_FREE char *subject =
        order->subject ? strdup(order->subject) : kf_str("CN=%s,O=keyfob lab", order->name);
    int64_t from = kf_context_now(ca->context) - BACKDATE;
    if (!subject)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_labca_key(ca, &key));
    return kf_issue_root(subject, key, from,
                         from + (order->days ? order->days : DAYS_DEFAULT) * DAY, &ca->root);
}

/* A key that an interrupted attempt left behind has signed nothing: it is used. */
static kf_err make_key(const kf_labca *ca) {
    KF_AUTO_FREE char *path = kf_labca_path(ca, "ca.key");
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_err err = ca->key_uri ? KF_OK : kf_labca_key_make(path);
    return err == KF_E_EXISTS ? KF_OK : err;
}

/* For people and other programs; the truth is in the database. */
static kf_err write_root(const kf_labca *ca) {
    KF_AUTO_FREE char *path = kf_labca_path(ca, "ca.crt");
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) pem = {0};
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_certs_add(&certs, ca->root));
    KF_TRY(kf_certs_encode(&certs, KF_CERT_PEM, &pem));
    return kf_file_write(path, pem.data, pem.len, 0644);
}

/* The row in the database is written last: without it there is no CA. */
static kf_err make(kf_labca *ca, const struct kf_labca_order *order) {
    KF_AUTO(kf_lock) lock = {0};
    KF_TRY(kf_dir_make(ca->dir));
    KF_TRY(kf_labca_lock(ca, &lock));
    KF_TRY(kf_labca_store_open(ca->dir, &ca->db));
    kf_err err = kf_labca_store_load(ca);
    if (err == KF_OK)
        return fail_exists(ca->name);
    if (err != KF_E_NOT_FOUND)
        return err;
    KF_TRY(make_key(ca));
    KF_TRY(make_root(ca, order));
    KF_TRY(write_root(ca));
    return kf_labca_store_init(ca);
}

kf_err kf_labca_init(kf_context *context, const struct kf_ca_signer *signer,
                     const struct kf_labca_order *order, kf_cert **ret_root) {
    KF_AUTO_PTR(kf_labca) ca = NULL;
    KF_TRY(check_order(context, order));
    KF_TRY(prepare(context, signer, order, &ca));
    KF_TRY(make(ca, order));
    /* No fingerprint to compare: the person has made the root this moment. */
    KF_TRY(kf_connection_add_trusted(context, order->name, "local", NULL, 0, ca->root));
    if (ret_root)
        *ret_root = kf_cert_ref(ca->root);
    return KF_OK;
}

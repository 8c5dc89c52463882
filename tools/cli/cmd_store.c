// SPDX-License-Identifier: Apache-2.0
// keyfob store: trusted roots, intermediates, and other people's certificates.
#include <string.h>

#include "output.h"

#define TYPED_DIGITS 4

static const struct {
    const char *word;
    enum kf_store_kind kind;
} kinds[] = {
    {"root", KF_STORE_ROOT}, {"intermediate", KF_STORE_INTERMEDIATE}, {"other", KF_STORE_OTHER}};

static const struct column columns[] = {
    {"ID", "id", NULL},
    {"KIND", "store", NULL},
    {"STATUS", "status", format_state},
    {"SUBJECT", "subject_text", NULL},
    {"VALID UNTIL", "not_after", format_date},
    {"SHA-256", "fingerprint_sha256", NULL},
};

kf_err cmd_store_list(struct run *run) {
    KF_AUTO_PTR(json_t) all = json_array();
    const char *wanted = run_option(run, OPT_KIND);
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        KF_AUTO_PTR(json_t) list = NULL;
        if (wanted && strcmp(wanted, kinds[i].word) != 0)
            continue;
        KF_TRY(kf_store_list_json(run->context, kinds[i].kind, &list));
        json_array_extend(all, list);
    }
    return out_list(run, all, columns, KF_COUNT(columns), "certificate");
}

/* The person compares the whole fingerprint, and types its beginning to show it. */
static kf_err confirm_root(struct run *run, const kf_cert *cert) {
    KF_AUTO(kf_buf) bytes = {0}, shown = {0};
    char question[64], start[TYPED_DIGITS + 1];
    const char *fingerprint = kf_cert_fingerprint(cert);
    if (!run_can_ask(run)) {
        kf_fail(KF_E_NEEDS_PERSON, "a root needs its fingerprint before it is trusted");
        kf_error_hint("Ask the CA for the SHA-256 fingerprint and give it with --fingerprint.");
        kf_error_key("Nothing was changed.");
        return KF_E_NEEDS_PERSON;
    }
    KF_TRY(kf_unhex(fingerprint, &bytes));
    KF_TRY(kf_hex(&shown, bytes.data, bytes.len, ':'));
    note(run, "Root     %s\nSHA-256  %s", kf_cert_subject(cert), kf_buf_str(&shown));
    note(run, "Compare it with what your CA gave you by another way.");
    snprintf(question, sizeof question, "Type its first %d digits to trust it: ", TYPED_DIGITS);
    snprintf(start, sizeof start, "%.*s", TYPED_DIGITS, fingerprint);
    char answer[1024];
    KF_TRY(run_ask(run, question, answer));
    KF_AUTO(kf_buf) typed = {0};
    if (kf_unhex(answer, &typed) != KF_OK || typed.len != TYPED_DIGITS / 2 ||
        memcmp(typed.data, bytes.data, TYPED_DIGITS / 2) != 0) {
        kf_fail(KF_E_UNTRUSTED, "these are not the first digits of the fingerprint");
        kf_error_hint("Compare the fingerprint with the CA, then run the command again.");
        return KF_E_UNTRUSTED;
    }
    return KF_OK;
}

static kf_err add_root(struct run *run, kf_cert *cert) {
    const char *fingerprint = run_option(run, OPT_FINGERPRINT);
    if (!fingerprint) {
        KF_TRY(confirm_root(run, cert));
        fingerprint = kf_cert_fingerprint(cert);
    }
    return kf_store_accept_root(run->context, cert, fingerprint);
}

kf_err run_trust_root(struct run *run, kf_cert *cert) {
    kf_err code = kf_store_accept_root(run->context, cert, kf_cert_fingerprint(cert));
    return code == KF_E_EXISTS ? KF_OK : code;
}

/* The same certificate may be in the personal store too: only the id is sure to name one. */
static kf_err add_one(struct run *run, kf_cert *cert) {
    KF_AUTO_PTR(json_t) document = NULL;
    char id[24];
    bool root = kf_cert_is_ca(cert) && kf_cert_is_self_issued(cert);
    if (root)
        KF_TRY(add_root(run, cert));
    else
        KF_TRY(kf_store_put(run->context,
                            kf_cert_is_ca(cert) ? KF_STORE_INTERMEDIATE : KF_STORE_OTHER, cert,
                            NULL, NULL, id));
    KF_TRY(kf_store_json(run->context, root ? kf_cert_fingerprint(cert) : id, &document));
    return run_show_cert(run, document);
}

kf_err cmd_store_add(struct run *run) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_TRY(run_read_cert(run_argument(run, 0), &cert));
    return add_one(run, cert);
}

kf_err cmd_store_remove(struct run *run) {
    const char *name = run_argument(run, 0);
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_store_json(run->context, name, &document));
    KF_TRY(kf_store_remove(run->context, name));
    json_object_set_new(document, "removed", json_true());
    return out_done(run, json_incref(document), "Removed: %s", json_text(document, "subject_text"));
}

// SPDX-License-Identifier: Apache-2.0
// keyfob connection roots: the CA's certificates, and accepting one by its fingerprint.
#include "output.h"

static bool holds(const kf_certs *certs, const kf_cert *cert) {
    for (size_t i = 0; i < certs->count; i++)
        if (kf_cert_equal(certs->items[i], cert))
            return true;
    return false;
}

static kf_err add_certs(json_t *list, const kf_certs *certs, const kf_certs *accepted,
                        bool only_new) {
    for (size_t i = 0; i < certs->count; i++) {
        json_t *document = NULL;
        bool trusted = holds(accepted, certs->items[i]);
        if (only_new && trusted)
            continue;
        KF_TRY(kf_cert_json(certs->items[i], &document));
        json_object_set_new(document, "trusted", json_boolean(trusted));
        json_array_append_new(list, document);
    }
    return KF_OK;
}

static const struct column root_columns[] = {
    {"TRUSTED", "trusted", format_bool},
    {"SUBJECT", "subject_text", NULL},
    {"VALID UNTIL", "not_after", format_date},
    {"SHA-256", "fingerprint_sha256", NULL},
};

static const struct column root_card[] = {
    {"Root", "subject_text", NULL},
    {"Trusted", "trusted", NULL},
    {"Valid until", "not_after", format_date},
    {"SHA-256", "fingerprint_sha256", format_fingerprint},
};

/* A person compares whole fingerprints: no table would leave room for them. */
static kf_err show_roots(struct run *run, const json_t *list) {
    size_t i;
    json_t *root;
    if (!run->term.out || run_has(run, OPT_JSON) || json_array_size(list) == 0)
        return out_list(run, list, root_columns, KF_COUNT(root_columns), "certificate");
    json_array_foreach(list, i, root) {
        if (i)
            KF_TRY(out_line(run, "%s", ""));
        KF_TRY(out_card(run, root, root_card, KF_COUNT(root_card)));
    }
    fflush(stdout);
    return KF_OK;
}

static kf_err list_roots(struct run *run, const kf_certs *offered, const kf_certs *accepted) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(add_certs(list, accepted, accepted, false));
    size_t trusted = json_array_size(list);
    KF_TRY(add_certs(list, offered, accepted, true));
    KF_TRY(show_roots(run, list));
    const char *name = run_argument(run, 0), *path = run_option(run, OPT_FILE);
    if (json_array_size(list) == 0)
        note(run,
             "  This CA offers none by itself. With its root in a file:  "
             "keyfob connection roots %s --file FILE",
             name);
    else if (trusted == 0)
        note(run,
             "  Compare the fingerprint with the CA, then:  keyfob connection roots %s%s%s "
             "--accept FINGERPRINT",
             name, path ? " --file " : "", path ? path : "");
    return KF_OK;
}

static kf_err accept_root(struct run *run, const kf_certs *from) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_connection_accept(run->context, run_argument(run, 0), from,
                                run_option(run, OPT_ACCEPT), &cert));
    KF_TRY(run_trust_root(run, cert));
    KF_TRY(kf_cert_json(cert, &document));
    json_object_set_new(document, "trusted", json_true());
    return out_done(run, KF_MOVE(document), "Trusted: %s", kf_cert_subject(cert));
}

kf_err cmd_connection_roots(struct run *run) {
    KF_AUTO(kf_certs) offered = {0}, accepted = {0}, from_file = {0};
    const char *path = run_option(run, OPT_FILE);
    if (path) {
        KF_AUTO(kf_buf) bytes = {0};
        KF_TRY(run_read_file(path, KF_CERT_FILE_MAX, &bytes));
        KF_TRY(kf_certs_read(bytes.data, bytes.len, &from_file));
    }
    if (path && run_has(run, OPT_ACCEPT))
        return accept_root(run, &from_file);
    KF_TRY(kf_connection_roots(run->context, run_argument(run, 0), &offered, &accepted));
    if (run_has(run, OPT_ACCEPT))
        return accept_root(run, &offered);
    return list_roots(run, path ? &from_file : &offered, &accepted);
}

// SPDX-License-Identifier: Apache-2.0
// Calls about certificates: those of the store, those in files, renewing and revoking.
#include "unit/work_enroll.h"

static json_t *of(const char *id) {
    return json_pack("{s:s}", "certificate", id);
}

static json_t *file_of(const char *base64) {
    return json_pack("{s:s}", "file", base64);
}

static size_t stored(struct front *front, const char *store) {
    const json_t *list = works(front, "certificate.list", json_pack("{s:s}", "store", store));
    return json_array_size(json_object_get(list, "items"));
}

/* Anna's certificate, c-N; good until the next call of it. */
static const char *annas(struct front *front) {
    static char id[32];
    const json_t *request = works(front, "enroll.start", for_anna("test-ca"));
    snprintf(id, sizeof id, "%s", text_of(json_object_get(request, "certificate"), "id"));
    return id;
}

static char *exported(struct front *front, const char *id, const char *format, bool chain) {
    json_t *args =
        json_pack("{s:s, s:s, s:b}", "certificate", id, "format", format, "chain", chain);
    const json_t *file = json_object_get(works(front, "certificate.export", args), "file");
    return strdup(text_of(file, "data"));
}

/* --- looking --- */

static void the_stores_are_listed(void **state) {
    annas(*state);
    assert_int_equal(stored(*state, "personal"), 1);
    assert_int_equal(stored(*state, "root"), 2);
    assert_int_equal(stored(*state, "intermediate"), 0);
    fails(*state, "certificate.list", json_pack("{s:s}", "store", "cellar"), KF_E_USAGE);
}

static void one_is_shown_with_its_key_and_chain(void **state) {
    const char *id = annas(*state);
    const json_t *shown = works(*state, "certificate.show", of(id));
    assert_string_equal(text_of(shown, "status"), "valid");
    assert_non_null(strstr(text_of(shown, "key_uri"), "pkcs11:"));
    const json_t *chain = works(*state, "certificate.chain", of(id));
    assert_true(json_is_true(json_object_get(chain, "trusted")));
    assert_int_equal(json_array_size(json_object_get(chain, "chain")), 2);
}

static void a_chain_without_a_root_is_no_error(void **state) {
    struct front *front = *state;
    const char *id = annas(front);
    const json_t *roots = works(front, "certificate.list", json_pack("{s:s}", "store", "root"));
    KF_AUTO_FREE char *first = strdup(text_of(at(roots, "items", 0), "id"));
    KF_AUTO_FREE char *second = strdup(text_of(at(roots, "items", 1), "id"));
    works(front, "certificate.remove", of(first));
    works(front, "certificate.remove", of(second));
    const json_t *chain = works(front, "certificate.chain", of(id));
    assert_true(json_is_false(json_object_get(chain, "trusted")));
    assert_string_not_equal(text_of(chain, "reason"), "");
}

static void every_format_is_exported(void **state) {
    static const char *const formats[] = {"pem", "der", "p7b", "p7b_pem"};
    const char *id = annas(*state);
    for (size_t i = 0; i < KF_COUNT(formats); i++) {
        KF_AUTO_FREE char *data = exported(*state, id, formats[i], i != 1);
        const json_t *read = works(*state, "certificate.read", file_of(data));
        assert_string_equal(text_of(at(read, "items", 0), "subject_text"), "CN=Anna");
    }
    fails(*state, "certificate.export", json_pack("{s:s, s:s}", "certificate", id, "format", "x"),
          KF_E_USAGE);
    fails(*state, "certificate.export",
          json_pack("{s:s, s:s, s:b}", "certificate", id, "format", "der", "chain", 1), KF_E_USAGE);
}

static void unknown_certificates_are_not_found(void **state) {
    static const char *const ops[] = {"certificate.show", "certificate.chain", "certificate.export",
                                      "certificate.renew", "certificate.remove"};
    for (size_t i = 0; i < KF_COUNT(ops); i++) {
        fails(*state, ops[i], of("c-77"), KF_E_NOT_FOUND);
        fails(*state, ops[i], NULL, KF_E_USAGE);
    }
}

/* --- files --- */

static void what_is_read_is_not_kept(void **state) {
    struct front *front = *state;
    const char *id = annas(front);
    KF_AUTO_FREE char *data = exported(front, id, "pem", false);
    works(front, "certificate.remove", of(id));
    works(front, "certificate.read", file_of(data));
    assert_int_equal(stored(front, "personal"), 0);
    fails(front, "certificate.read", file_of("AAAA"), KF_E_INPUT);
    fails(front, "certificate.read", file_of("?"), KF_E_INPUT);
    fails(front, "certificate.read", NULL, KF_E_USAGE);
}

static json_t *adding(const char *base64, const char *store) {
    return json_pack("{s:s, s:s}", "file", base64, "store", store);
}

static void certificates_go_where_they_belong(void **state) {
    struct front *front = *state;
    const char *id = annas(front);
    KF_AUTO_FREE char *data = exported(front, id, "pem", false);
    works(front, "certificate.remove", of(id));
    works(front, "certificate.add", adding(data, "personal"));
    works(front, "certificate.add", adding(data, "other"));
    assert_int_equal(stored(front, "personal"), 1);
    assert_int_equal(stored(front, "other"), 1);
    fails(front, "certificate.add", adding(data, "intermediate"), KF_E_INPUT);
    fails(front, "certificate.add", adding(data, "cellar"), KF_E_USAGE);
    fails(front, "certificate.add", json_pack("{s:s}", "store", "other"), KF_E_USAGE);
}

static void a_root_is_trusted_only_with_its_fingerprint(void **state) {
    struct front *front = *state;
    const json_t *roots = works(front, "certificate.list", json_pack("{s:s}", "store", "root"));
    KF_AUTO_FREE char *id = strdup(text_of(at(roots, "items", 0), "id"));
    KF_AUTO_FREE char *print = strdup(text_of(at(roots, "items", 0), "fingerprint_sha256"));
    KF_AUTO_FREE char *data = exported(front, id, "pem", false);
    works(front, "certificate.remove", of(id));
    fails(front, "certificate.add", adding(data, "root"), KF_E_NEEDS_PERSON);
    json_t *args = adding(data, "root");
    json_object_set_new(args, "fingerprint", json_string("ab12"));
    fails(front, "certificate.add", args, KF_E_INPUT);
    args = adding(data, "root");
    json_object_set_new(
        args, "fingerprint",
        json_string("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    fails(front, "certificate.add", args, KF_E_UNTRUSTED);
    assert_int_equal(stored(front, "root"), 1);
    args = adding(data, "root");
    json_object_set_new(args, "fingerprint", json_string(print));
    works(front, "certificate.add", args);
    assert_int_equal(stored(front, "root"), 2);
    fails(front, "certificate.add", adding(data, "personal"), KF_E_INPUT);
}

/* --- to its key --- */

/* A certificate for the key of a request that waits, made by another CA than the one it went to. */
static char *made_elsewhere(struct front *front) {
    const char *id = enrolled(front, "slow");
    const json_t *csr = works(front, "request.csr", json_pack("{s:s}", "request", id));
    KF_AUTO_FREE char *data = strdup(text_of(json_object_get(csr, "file"), "data"));
    const json_t *issued = works(front, "enroll.start",
                                 json_pack("{s:s, s:s, s:s}", "connection", "test-ca", "profile",
                                           "tls-client", "csr", data));
    KF_AUTO_FREE char *cert = strdup(text_of(json_object_get(issued, "certificate"), "id"));
    char *file = exported(front, cert, "pem", true);
    works(front, "certificate.remove", of(cert));
    return file;
}

static void a_certificate_finds_its_key_with_one_login(void **state) {
    struct front *front = *state;
    KF_AUTO_FREE char *file = made_elsewhere(front);
    const json_t *matched = works(front, "certificate.match", file_of(file));
    assert_int_equal(json_array_size(front->questions), 1);
    assert_non_null(strstr(text_of(at(matched, "items", 0), "key_uri"), "pkcs11:"));
    assert_non_null(strstr(text_of(json_object_get(matched, "token"), "label"), "anna"));
    assert_int_equal(stored(front, "personal"), 1);
}

static void a_certificate_without_its_token_says_which_were_looked_at(void **state) {
    struct front *front = *state;
    works(front, "medium.make", json_pack("{s:s, s:s}", "medium", "registry", "name", "empty"));
    shell(front, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k"
                 " -subj /CN=Elsewhere -addext basicConstraints=CA:FALSE -out c.pem");
    char path[512];
    snprintf(path, sizeof path, "%s/c.pem", front->dir);
    KF_AUTO_FREE char *file = file_base64(path);
    const json_t *error = fails(front, "certificate.match", file_of(file), KF_E_TOKEN_ABSENT);
    assert_non_null(strstr(text_of(error, "message"), "\"empty\""));
    assert_int_equal(json_array_size(front->questions), 0);
    fails(front, "certificate.match", NULL, KF_E_USAGE);
}

/* --- renewing --- */

static void a_renewal_takes_the_place_of_the_old_one(void **state) {
    struct front *front = *state;
    KF_AUTO_FREE char *id = strdup(annas(front));
    const json_t *request = works(front, "certificate.renew", of(id));
    assert_string_equal(text_of(request, "renews"), id);
    assert_string_equal(text_of(request, "mark"), "issued_installed");
    const json_t *old = works(front, "certificate.show", of(id));
    assert_string_equal(text_of(old, "status"), "superseded");
    fails(front, "certificate.renew", of(id), KF_E_STATE);
}

static void wrong_renewals_are_refused(void **state) {
    struct front *front = *state;
    KF_AUTO_FREE char *id = strdup(annas(front));
    fails(front, "certificate.renew",
          json_pack("{s:s, s:b, s:b}", "certificate", id, "same_key", 1, "reissue", 1), KF_E_USAGE);
    fails(front, "certificate.renew", json_pack("{s:s, s:s}", "certificate", id, "key", "rsa7"),
          KF_E_USAGE);
    fails(front, "certificate.renew",
          json_pack("{s:s, s:s}", "certificate", id, "connection", "none"), KF_E_NOT_FOUND);
}

/* --- revoking --- */

static void a_revoked_certificate_is_marked(void **state) {
    struct front *front = *state;
    KF_AUTO_FREE char *id = strdup(annas(front));
    json_t *args = json_pack("{s:s, s:s}", "certificate", id, "reason", "keyCompromise");
    const json_t *done = works(front, "certificate.revoke", args);
    assert_string_equal(text_of(done, "status"), "revoked");
    assert_string_equal(text_of(works(front, "certificate.show", of(id)), "status"), "revoked");
}

static void wrong_revocations_are_refused(void **state) {
    struct front *front = *state;
    KF_AUTO_FREE char *id = strdup(annas(front));
    fails(front, "certificate.revoke", of(id), KF_E_USAGE);
    fails(front, "certificate.revoke", json_pack("{s:s, s:s}", "certificate", id, "reason", "bad"),
          KF_E_USAGE);
    fails(front, "certificate.revoke",
          json_pack("{s:s, s:s}", "certificate", "c-77", "reason", "superseded"), KF_E_NOT_FOUND);
}

static void a_removed_certificate_leaves_its_key(void **state) {
    struct front *front = *state;
    works(front, "certificate.remove", of(annas(front)));
    assert_int_equal(stored(front, "personal"), 0);
    const json_t *tokens = works(front, "token.list", NULL);
    assert_int_equal(json_array_size(json_object_get(tokens, "items")), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAS(the_stores_are_listed),
        CAS(one_is_shown_with_its_key_and_chain),
        CAS(a_chain_without_a_root_is_no_error),
        CAS(every_format_is_exported),
        CAS(unknown_certificates_are_not_found),
        CAS(what_is_read_is_not_kept),
        CAS(certificates_go_where_they_belong),
        CAS(a_root_is_trusted_only_with_its_fingerprint),
        CAS(a_certificate_finds_its_key_with_one_login),
        CAS(a_certificate_without_its_token_says_which_were_looked_at),
        CAS(a_renewal_takes_the_place_of_the_old_one),
        CAS(wrong_renewals_are_refused),
        CAS(a_revoked_certificate_is_marked),
        CAS(wrong_revocations_are_refused),
        CAS(a_removed_certificate_leaves_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

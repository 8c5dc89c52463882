// SPDX-License-Identifier: Apache-2.0
// Certificates in and out of the store: ids, repetition, transactions, marks, and a bad home.
#include "store_fixture.h"

static void ids_count_up_and_are_never_used_again(void **state) {
    assert_string_equal(put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"}),
                        "c-1");
    assert_string_equal(put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "b", .issuer = "ca"}),
                        "c-2");
    assert_int_equal(kf_store_remove(store, "c-2"), KF_OK);
    assert_string_equal(put_made(KF_STORE_OTHER, &(struct recipe){.cn = "c", .issuer = "ca"}),
                        "c-3");
}

static void what_was_put_comes_back(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct recipe){.cn = "anna", .issuer = "ca"});
    KF_AUTO_PTR(kf_cert) back = NULL;
    KF_AUTO_FREE char *uri = NULL;
    char id[24];
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, "pkcs11:id=%01", "r-1", id),
                     KF_OK);
    assert_int_equal(kf_store_get(store, id, &back, &uri), KF_OK);
    assert_true(kf_cert_equal(cert, back));
    assert_string_equal(uri, "pkcs11:id=%01");
    assert_string_equal(said(id, "request"), "r-1");
    assert_string_equal(said(id, "schema"), "keyfob.certificate/1");
    assert_string_equal(said(id, "store"), "personal");
}

static void the_same_again_keeps_its_id_and_takes_over_what_is_given(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct recipe){.cn = "anna", .issuer = "ca"});
    char first[24], again[24];
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, "pkcs11:id=%01", NULL, first),
                     KF_OK);
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, "r-7", again), KF_OK);
    assert_string_equal(first, again);
    assert_string_equal(said(first, "key_uri"), "pkcs11:id=%01");
    assert_string_equal(said(first, "request"), "r-7");
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, "pkcs11:id=%02", NULL, again),
                     KF_OK);
    assert_string_equal(said(first, "key_uri"), "pkcs11:id=%02");
    assert_int_equal(count_of(KF_STORE_PERSONAL), 1);
}

static void another_kind_is_another_row(void **state) {
    struct recipe recipe = {.cn = "anna", .issuer = "ca"};
    KF_AUTO_PTR(kf_cert) cert = make_cert(&recipe);
    char mine[24], theirs[24];
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, NULL, mine), KF_OK);
    assert_int_equal(kf_store_put(store, KF_STORE_OTHER, cert, NULL, NULL, theirs), KF_OK);
    assert_string_not_equal(mine, theirs);
    assert_int_equal(count_of(KF_STORE_PERSONAL), 1);
    assert_int_equal(count_of(KF_STORE_OTHER), 1);
}

static void inside_a_transaction_all_or_nothing(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct recipe){.cn = "anna", .issuer = "ca"});
    kf_db *db = NULL;
    char id[24];
    assert_int_equal(kf_store_prepare(store), KF_OK);
    assert_int_equal(kf_context_db(store, &db), KF_OK);
    assert_int_equal(kf_db_begin(db), KF_OK);
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, NULL, id), KF_OK);
    assert_string_equal(said(id, "status"), "valid");
    kf_db_rollback(db);
    assert_int_equal(kf_store_get(store, id, NULL, NULL), KF_E_NOT_FOUND);
    assert_int_equal(kf_db_begin(db), KF_OK);
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, NULL, id), KF_OK);
    assert_int_equal(kf_db_commit(db), KF_OK);
    assert_int_equal(kf_store_get(store, id, NULL, NULL), KF_OK);
}

static void a_uri_with_a_pin_is_refused(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct recipe){.cn = "anna", .issuer = "ca"});
    char id[24] = "untouched";
    assert_int_equal(
        kf_store_put(store, KF_STORE_PERSONAL, cert, "pkcs11:token=t?PIN-value=123456", NULL, id),
        KF_E_INPUT);
    assert_null(strstr(kf_error_sentence(KF_E_INPUT), "123456"));
    assert_string_equal(id, "untouched");
    assert_int_equal(count_of(KF_STORE_PERSONAL), 0);
}

static void a_superseded_certificate_stays_and_says_by_what(void **state) {
    const char *old = put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    const char *new =
        put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca", .serial = 2});
    assert_int_equal(kf_store_supersede(store, old, new), KF_OK);
    assert_int_equal(kf_store_supersede(store, old, new), KF_OK);
    assert_string_equal(said(old, "status"), "superseded");
    assert_string_equal(said(old, "superseded_by"), new);
    assert_string_equal(said(new, "status"), "valid");
}

static void marks_never_go_round_in_a_circle(void **state) {
    const char *old = put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    const char *new = put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "b", .issuer = "ca"});
    const char *other = put_made(KF_STORE_OTHER, &(struct recipe){.cn = "c", .issuer = "ca"});
    assert_int_equal(kf_store_supersede(store, old, old), KF_E_USAGE);
    assert_int_equal(kf_store_supersede(store, old, other), KF_E_USAGE);
    assert_int_equal(kf_store_supersede(store, old, "c-99"), KF_E_NOT_FOUND);
    assert_int_equal(kf_store_supersede(store, old, new), KF_OK);
    assert_int_equal(kf_store_supersede(store, new, old), KF_E_STATE);
}

static void without_its_successor_a_certificate_is_current_again(void **state) {
    const char *first = put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    const char *second = put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "b", .issuer = "ca"});
    const char *third = put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "c", .issuer = "ca"});
    assert_int_equal(kf_store_supersede(store, first, second), KF_OK);
    assert_int_equal(kf_store_supersede(store, second, third), KF_OK);
    assert_int_equal(kf_store_remove(store, second), KF_OK);
    assert_string_equal(said(first, "superseded_by"), third);
    assert_int_equal(kf_store_remove(store, third), KF_OK);
    assert_string_equal(said(first, "status"), "valid");
}

static void a_damaged_row_is_named_and_can_be_removed(void **state) {
    const char *id = put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    kf_db *db = NULL;
    assert_int_equal(kf_context_db(store, &db), KF_OK);
    assert_int_equal(kf_db_run(db, "UPDATE certificates SET der = x'3003'", NULL), KF_OK);
    assert_int_equal(kf_store_get(store, id, NULL, NULL), KF_E_DATABASE);
    assert_non_null(strstr(kf_error_sentence(KF_E_DATABASE), "c-1"));
    assert_int_equal(kf_store_remove(store, id), KF_OK);
    assert_int_equal(count_of(KF_STORE_PERSONAL), 0);
}

static void a_home_that_cannot_be_written_is_an_error(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct recipe){.cn = "a", .issuer = "ca"});
    KF_AUTO_PTR(kf_context) nowhere = NULL;
    json_t *list = NULL;
    char id[24];
    FILE *file = fopen(in_base_dir("file"), "w");
    assert_non_null(file);
    fclose(file);
    struct kf_context_options options = {.home = in_base_dir("file/home")};
    assert_int_equal(kf_context_new(&options, &nowhere), KF_OK);
    assert_int_not_equal(kf_store_put(nowhere, KF_STORE_PERSONAL, cert, NULL, NULL, id), KF_OK);
    assert_int_not_equal(kf_store_list_json(nowhere, KF_STORE_PERSONAL, &list), KF_OK);
    assert_null(list);
}

static void kinds_that_do_not_exist_are_refused(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct recipe){.cn = "a", .issuer = "ca"});
    json_t *list = NULL;
    char id[24];
    assert_int_equal(kf_store_put(store, (enum kf_store_kind)4, cert, NULL, NULL, id), KF_E_USAGE);
    assert_int_equal(kf_store_list_json(store, (enum kf_store_kind)9, &list), KF_E_USAGE);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        IN_STORE(ids_count_up_and_are_never_used_again),
        IN_STORE(what_was_put_comes_back),
        IN_STORE(the_same_again_keeps_its_id_and_takes_over_what_is_given),
        IN_STORE(another_kind_is_another_row),
        IN_STORE(inside_a_transaction_all_or_nothing),
        IN_STORE(a_uri_with_a_pin_is_refused),
        IN_STORE(a_superseded_certificate_stays_and_says_by_what),
        IN_STORE(marks_never_go_round_in_a_circle),
        IN_STORE(without_its_successor_a_certificate_is_current_again),
        IN_STORE(a_damaged_row_is_named_and_can_be_removed),
        IN_STORE(a_home_that_cannot_be_written_is_an_error),
        IN_STORE(kinds_that_do_not_exist_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

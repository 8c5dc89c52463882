// SPDX-License-Identifier: Apache-2.0
// Making, finding and damaging lab CAs.
#include "unit/ca_fixture.h"

#include <jansson.h>

#include "ca/connection.h"

static kf_err init(kf_context *context, const struct kf_labca_order *order) {
    return kf_labca_init(context, NULL, order, NULL);
}

static void init_makes_folder_key_root_and_connection(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_cert) root = NULL;
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    struct kf_labca_order order = {.name = "My lab", .days = 10};
    struct stat st;
    OK(kf_labca_init(context, NULL, &order, &root));
    assert_string_equal(kf_cert_subject(root), "CN=My lab,O=keyfob lab");
    assert_true(kf_cert_is_ca(root) && kf_cert_is_self_issued(root));
    assert_int_equal(kf_cert_not_after(root) - kf_cert_not_before(root), 10 * 24 * 3600);
    assert_int_equal(stat(in_base_dir("ca/My lab/ca.key"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    OK(roots_of(context, "My lab", &offered, &accepted));
    assert_true(kf_cert_equal(accepted.items[0], root));
    assert_int_equal(shell("openssl pkey -in 'ca/My lab/ca.key' -noout -check >/dev/null 2>&1"), 0);
}

static void the_subject_is_the_persons_choice(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_cert) root = NULL;
    struct kf_labca_order order = {.name = "lab", .subject = "CN=Root,C=DE"};
    OK(kf_labca_init(context, NULL, &order, &root));
    assert_string_equal(kf_cert_subject(root), "CN=Root,C=DE");
}

static void wrong_orders_make_nothing(void **state) {
    static const struct {
        struct kf_labca_order order;
        kf_err code;
    } cases[] = {
        {{.name = ".."}, KF_E_USAGE},
        {{.name = "a/b"}, KF_E_USAGE},
        {{.name = "lab", .days = -1}, KF_E_USAGE},
        {{.name = "lab", .days = 36501}, KF_E_USAGE},
        {{.name = "lab", .profiles = "tls-client nosuch"}, KF_E_NOT_FOUND},
        {{.name = "lab", .profiles = "local-ca-sub"}, KF_E_POLICY},
        {{.name = "lab", .key_uri = "pkcs11:object=x"}, KF_E_UNSUPPORTED},
        {{.name = "lab", .subject = "nonsense"}, KF_E_USAGE},
        {{.name = "lab", .subject = ""}, KF_E_USAGE},
    };
    KF_AUTO_PTR(kf_context) context = open_home();
    json_t *list = NULL;
    for (size_t i = 0; i < KF_COUNT(cases); i++)
        assert_int_equal(init(context, &cases[i].order), cases[i].code);
    OK(kf_connections_json(context, &list));
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    OK(init(context, &(struct kf_labca_order){.name = "lab"}));
}

static void a_name_is_used_once(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    struct kf_labca_order order = {.name = "lab"};
    OK(init(context, &order));
    assert_says(init(context, &order), KF_E_EXISTS, "connection \"lab\"");
    OK(kf_connection_remove(context, "lab"));
    assert_says(init(context, &order), KF_E_EXISTS, "lab CA \"lab\"");
    assert_non_null(strstr(kf_error_next(KF_E_EXISTS), "connection add"));
}

static void without_a_name_the_only_one_is_meant(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    json_t *list = NULL;
    assert_int_equal(kf_labca_list(context, NULL, &list), KF_E_NOT_FOUND);
    assert_non_null(strstr(kf_error_next(KF_E_NOT_FOUND), "keyfob ca init NAME"));
    OK(init(context, &(struct kf_labca_order){.name = "one"}));
    OK(kf_labca_list(context, NULL, &list));
    json_decref(list);
    OK(init(context, &(struct kf_labca_order){.name = "two"}));
    kf_err err = kf_labca_list(context, NULL, &list);
    assert_says(err, KF_E_USAGE, "\"one\"");
    assert_says(err, KF_E_USAGE, "\"two\"");
    assert_int_equal(kf_labca_list(context, "three", &list), KF_E_NOT_FOUND);
    assert_non_null(strstr(kf_error_next(KF_E_NOT_FOUND), "keyfob ca init three"));
    assert_int_equal(kf_labca_list(context, "../one", &list), KF_E_USAGE);
}

static void an_interrupted_init_can_be_repeated_with_the_same_key(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    OK(init(context, &(struct kf_labca_order){.name = "lab"}));
    OK(kf_connection_remove(context, "lab"));
    assert_int_equal(shell("rm ca/lab/ca.db* && cp ca/lab/ca.key before"), 0);
    OK(init(context, &(struct kf_labca_order){.name = "lab"}));
    assert_int_equal(shell("cmp before ca/lab/ca.key"), 0);
}

/* Submit a new request to "lab". */
static kf_err submit_one(kf_context *context) {
    static int count;
    char id[24];
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) answer = {0};
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    struct kf_ca_order order = order_of(id, &csr);
    snprintf(id, sizeof id, "order-%d", ++count);
    KF_TRY(kf_ca_open(context, "lab", NULL, &ca));
    return kf_ca_submit(ca, &order, &answer);
}

static void a_damaged_key_file_is_an_error_not_an_answer(void **state) {
    static const struct {
        const char *damage;
        kf_err code;
    } cases[] = {
        {"chmod 644 ca/lab/ca.key", KF_E_PERMISSION},
        {"chmod 600 ca/lab/ca.key; echo rubbish >ca/lab/ca.key", KF_E_CRYPTO},
        {"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca/lab/ca.key "
         "2>/dev/null",
         KF_E_KEY_MISMATCH},
        {"mv ca/lab/ca.key k && ln -s ../../k ca/lab/ca.key", KF_E_PERMISSION},
        {"rm ca/lab/ca.key", KF_E_NOT_FOUND},
    };
    KF_AUTO_PTR(kf_context) context = open_home();
    make_lab(context, false);
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        assert_int_equal(shell(cases[i].damage), 0);
        assert_says(submit_one(context), cases[i].code, "");
    }
}

static void a_broken_database_is_said_with_its_name(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    json_t *list = NULL;
    make_lab(context, false);
    assert_int_equal(shell("rm -f ca/lab/ca.db-* && head -c 9000 /dev/urandom >ca/lab/ca.db"), 0);
    assert_says(submit_one(context), KF_E_DATABASE, "ca.db");
    assert_says(kf_labca_list(context, "lab", &list), KF_E_DATABASE, "ca.db");
    assert_says(init(context, &(struct kf_labca_order){.name = "lab"}), KF_E_EXISTS, "");
}

static void an_empty_database_is_no_ca(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    make_lab(context, false);
    assert_int_equal(shell("rm -f ca/lab/ca.db* && : >ca/lab/ca.db"), 0);
    assert_says(submit_one(context), KF_E_NOT_FOUND, "no lab CA \"lab\"");
}

static void a_database_of_a_newer_keyfob_is_left_alone(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    kf_db *db = NULL;
    make_lab(context, false);
    OK(kf_db_open(in_base_dir("ca/lab/ca.db"), &db));
    OK(kf_db_run(db, "UPDATE kf_rooms SET version = 99 WHERE room = 'labca'", NULL));
    kf_db_close(db);
    assert_int_equal(submit_one(context), KF_E_DATABASE_NEWER);
}

/* As another user, for whom the folder cannot be written: root may write everywhere. */
static int init_in_a_closed_folder(void) {
    if (geteuid() == 0 && (chown(base_dir, 65534, 65534) != 0 || setuid(65534) != 0))
        return 99;
    kf_context *context = open_home();
    kf_db *db = NULL;
    if (kf_connection_db(context, &db) != KF_OK || chmod(base_dir, 0500) != 0)
        return 98;
    kf_err err = init(context, &(struct kf_labca_order){.name = "lab"});
    bool named = strstr(kf_error_sentence(err), "/ca") != NULL;
    chmod(base_dir, 0700);
    kf_context_free(context);
    return err == KF_E_PERMISSION && named ? 0 : 1;
}

static void an_unwritable_folder_is_named(void **state) {
    assert_int_equal(in_child(init_in_a_closed_folder), 0);
}

static void nothing_is_made_while_the_database_does_not_answer(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    struct kf_labca_order order = {.name = "lab"};
    kf_db *db = NULL;
    OK(kf_connection_add(context, "lab", "manual", NULL, 0));
    OK(kf_context_db(context, &db));
    OK(kf_db_run(db, "UPDATE connections SET settings = '{'", NULL));
    assert_int_equal(kf_labca_init(context, NULL, &order, NULL), KF_E_DATABASE);
    assert_false(kf_file_exists(in_base_dir("ca/lab")));
}

static void a_file_in_the_place_of_the_folder_is_said(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    assert_int_equal(shell(": >ca"), 0);
    assert_says(init(context, &(struct kf_labca_order){.name = "lab"}), KF_E_IO, "Not a directory");
}

static int64_t days_later(void *arg) {
    return *(int64_t *)arg;
}

static void an_expired_ca_issues_nothing(void **state) {
    int64_t now = 1700000000;
    struct kf_context_options options = {.home = base_dir, .clock = days_later, .clock_arg = &now};
    KF_AUTO_PTR(kf_context) context = NULL;
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_context_new(&options, &context));
    OK(init(context, &(struct kf_labca_order){.name = "lab", .days = 1}));
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    struct kf_ca_order order = order_of("one", &csr);
    now += 2 * 24 * 3600;
    OK(kf_ca_open(context, "lab", NULL, &ca));
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "has expired"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(init_makes_folder_key_root_and_connection),
        IN_DIR(the_subject_is_the_persons_choice),
        IN_DIR(wrong_orders_make_nothing),
        IN_DIR(a_name_is_used_once),
        IN_DIR(without_a_name_the_only_one_is_meant),
        IN_DIR(an_interrupted_init_can_be_repeated_with_the_same_key),
        IN_DIR(a_damaged_key_file_is_an_error_not_an_answer),
        IN_DIR(a_broken_database_is_said_with_its_name),
        IN_DIR(an_empty_database_is_no_ca),
        IN_DIR(a_database_of_a_newer_keyfob_is_left_alone),
        IN_DIR(an_unwritable_folder_is_named),
        IN_DIR(nothing_is_made_while_the_database_does_not_answer),
        IN_DIR(a_file_in_the_place_of_the_folder_is_said),
        IN_DIR(an_expired_ca_issues_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// The manual connector: requests become files, files become certificates.
#include "unit/ca_fixture.h"

static kf_context *context;
static kf_ca *ca;
static kf_buf csr;

static int open_manual(void **state) {
    if (make_base_dir(state) != 0)
        return -1;
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    context = open_home();
    make_lab(context, false);
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    OK(kf_connection_add(context, "hand", "manual", NULL, 0));
    OK(kf_ca_open(context, "hand", NULL, &ca));
    return 0;
}

static int close_manual(void **state) {
    kf_ca_close(ca);
    kf_context_free(context);
    kf_buf_clear(&csr);
    return remove_base_dir(state);
}

static void submit(kf_answer *answer) {
    struct kf_ca_order order = order_of("id-1", &csr);
    OK(kf_ca_submit(ca, &order, answer));
    assert_int_equal(answer->outcome, KF_CA_NEEDS_PERSON);
}

static enum kf_ca_outcome ask(const kf_answer *submitted, kf_answer *answer) {
    struct kf_ca_order order = order_of("id-1", &csr);
    OK(kf_ca_poll(ca, &order, submitted->ticket, answer));
    return answer->outcome;
}

/* What a CA would give for the request, from the lab CA, as outbox/NAME in the format. */
static void put_certificate(const char *name, enum kf_cert_format format) {
    KF_AUTO_PTR(kf_ca) lab = NULL;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) certs = {0}, leaf = {0};
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO_FREE char *path = kf_str("outbox/%s", name);
    struct kf_ca_order order = order_of("at-the-lab", &csr);
    OK(kf_ca_open(context, "lab", NULL, &lab));
    OK(kf_ca_submit(lab, &order, &answer));
    OK(kf_certs_read(answer.body, answer.body_len, &certs));
    OK(kf_certs_add(&leaf, certs.items[0]));
    OK(kf_certs_encode(&leaf, format, &bytes));
    OK(kf_file_write(in_base_dir(path), bytes.data, bytes.len, 0644));
}

static void both_labels_are_written_and_the_person_is_told(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    assert_string_equal(answer.who, "you");
    assert_string_equal(answer.ticket, in_base_dir("outbox/id-1.csr"));
    assert_non_null(strstr(answer.text, answer.ticket));
    assert_non_null(strstr(answer.text, "keyfob request import"));
    assert_int_equal(shell("head -1 outbox/id-1.csr | grep -qx -e '-----BEGIN CERTIFICATE "
                           "REQUEST-----'"),
                     0);
    assert_int_equal(shell("head -1 outbox/id-1.new.csr | grep -qx -e '-----BEGIN NEW CERTIFICATE "
                           "REQUEST-----'"),
                     0);
    assert_int_equal(shell("openssl req -in outbox/id-1.new.csr -verify -noout >/dev/null 2>&1"),
                     0);
}

static void submitting_again_changes_nothing(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    submit(&first);
    assert_int_equal(shell("cp -r outbox before"), 0);
    submit(&second);
    assert_string_equal(first.ticket, second.ticket);
    assert_int_equal(shell("diff -r before outbox"), 0);
}

static void a_person_is_needed_until_the_file_is_there(void **state) {
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    submit(&submitted);
    assert_int_equal(ask(&submitted, &answer), KF_CA_NEEDS_PERSON);
    assert_string_equal(answer.ticket, submitted.ticket);
    put_certificate("id-1.crt", KF_CERT_PEM);
    assert_int_equal(ask(&submitted, &answer), KF_CA_ISSUED);
}

static void every_ending_and_format_is_found(void **state) {
    static const struct {
        const char *name;
        enum kf_cert_format format;
    } cases[] = {
        {"id-1.crt", KF_CERT_PEM},   {"id-1.cer", KF_CERT_DER}, {"id-1.pem", KF_CERT_PKCS7_PEM},
        {"id-1.p7b", KF_CERT_PKCS7}, {"id-1.der", KF_CERT_DER},
    };
    KF_AUTO(kf_answer) submitted = {0};
    submit(&submitted);
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_answer) answer = {0};
        KF_AUTO(kf_certs) certs = {0};
        KF_AUTO_FREE char *path = kf_str("outbox/%s", cases[i].name);
        put_certificate(cases[i].name, cases[i].format);
        assert_int_equal(ask(&submitted, &answer), KF_CA_ISSUED);
        OK(kf_certs_read(answer.body, answer.body_len, &certs));
        assert_int_equal(unlink(in_base_dir(path)), 0);
    }
}

static void the_files_bytes_are_handed_over_untouched(void **state) {
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    KF_AUTO(kf_buf) file = {0};
    submit(&submitted);
    put_certificate("id-1.crt", KF_CERT_PEM);
    assert_int_equal(shell("{ echo words before; cat outbox/id-1.crt; } >x; mv x outbox/id-1.crt"),
                     0);
    ask(&submitted, &answer);
    OK(kf_file_read(in_base_dir("outbox/id-1.crt"), 100000, &file));
    assert_int_equal(answer.body_len, file.len);
    assert_memory_equal(answer.body, file.data, file.len);
}

static void unusable_files_are_named_and_waited_for(void **state) {
    static const char *const commands[] = {
        ": >outbox/id-1.crt",
        "cp outbox/id-1.csr outbox/id-1.crt",
        "echo '<html>login</html>' >outbox/id-1.crt",
        "head -c 2000000 /dev/zero >outbox/id-1.crt",
        "rm outbox/id-1.crt; mkdir outbox/id-1.crt",
    };
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    submit(&submitted);
    for (size_t i = 0; i < KF_COUNT(commands); i++) {
        assert_int_equal(shell(commands[i]), 0);
        assert_int_equal(ask(&submitted, &answer), KF_CA_NEEDS_PERSON);
        assert_non_null(strstr(answer.text, "id-1.crt\" cannot be used"));
    }
    put_certificate("id-1.cer", KF_CERT_DER);
    assert_int_equal(ask(&submitted, &answer), KF_CA_ISSUED);
}

static void ids_that_are_no_file_names_are_refused(void **state) {
    static const char *const ids[] = {"", "../x", "a/b", ".hidden", "a b", "\xc3\xa4", "a\n"};
    KF_AUTO(kf_answer) answer = {0};
    for (size_t i = 0; i < KF_COUNT(ids); i++) {
        struct kf_ca_order order = order_of(ids[i], &csr);
        assert_int_equal(kf_ca_submit(ca, &order, &answer), KF_E_INPUT);
    }
    assert_int_equal(shell("test -z \"$(ls outbox 2>/dev/null)\""), 0);
}

static void tickets_of_other_orders_are_not_found(void **state) {
    static const char *const tickets[] = {"", "id-1.csr", "/etc/passwd", "/x/id-2.csr",
                                          "/x/id-1.csr.csr"};
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    for (size_t i = 0; i < KF_COUNT(tickets); i++) {
        OK(kf_ca_poll(ca, &order, tickets[i], &answer));
        assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    }
}

static void the_folder_is_the_persons_choice(void **state) {
    KF_AUTO_PTR(kf_ca) other = NULL;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *word = kf_str("dir=%s/desk", base_dir);
    KF_AUTO_FREE char *text = NULL;
    struct kf_ca_order order = order_of("id-1", &csr);
    OK(kf_connection_add(context, "desk", "manual", (const char *[]){word}, 1));
    OK(test_of(context, "desk", &text));
    assert_non_null(strstr(text, "/desk"));
    OK(kf_ca_open(context, "desk", NULL, &other));
    OK(kf_ca_submit(other, &order, &answer));
    assert_true(kf_file_exists(in_base_dir("desk/id-1.csr")));
    assert_says(kf_connection_add(context, "none", "manual", (const char *[]){"dir="}, 1),
                KF_E_USAGE, "\"dir\"");
}

/* As another user when we are root, who may write everywhere. */
static int submit_to_a_closed_folder(void) {
    bool root = geteuid() == 0;
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    if (mkdir(in_base_dir("outbox"), 0500) != 0 ||
        (root && (chown(base_dir, 65534, 65534) != 0 || setuid(65534) != 0)))
        return 99;
    kf_err err = kf_ca_submit(ca, &order, &answer);
    return err == KF_E_PERMISSION && strstr(kf_error_sentence(err), "outbox") ? 0 : 1;
}

static void an_unwritable_folder_is_named(void **state) {
    assert_int_equal(in_child(submit_to_a_closed_folder), 0);
}

static void what_the_connector_cannot_do_is_unsupported(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    assert_says(kf_ca_cancel(ca, &order, "x", &answer), KF_E_UNSUPPORTED, "By hand");
    assert_says(kf_ca_revoke(ca, &(struct kf_ca_revocation){.cert = csr.data, .cert_len = csr.len},
                             &answer),
                KF_E_UNSUPPORTED, "By hand");
    assert_true(kf_ca_connector(ca)->ca_sets_subject);
}

#define BY_HAND(test) cmocka_unit_test_setup_teardown(test, open_manual, close_manual)

int main(void) {
    const struct CMUnitTest tests[] = {
        BY_HAND(both_labels_are_written_and_the_person_is_told),
        BY_HAND(submitting_again_changes_nothing),
        BY_HAND(a_person_is_needed_until_the_file_is_there),
        BY_HAND(every_ending_and_format_is_found),
        BY_HAND(the_files_bytes_are_handed_over_untouched),
        BY_HAND(unusable_files_are_named_and_waited_for),
        BY_HAND(ids_that_are_no_file_names_are_refused),
        BY_HAND(tickets_of_other_orders_are_not_found),
        BY_HAND(the_folder_is_the_persons_choice),
        BY_HAND(an_unwritable_folder_is_named),
        BY_HAND(what_the_connector_cannot_do_is_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Orders at the lab CA: issued once, by approval, cancelled, revoked; after crashes and in races.
#include "unit/ca_fixture.h"

#include <jansson.h>
#include <signal.h>

#include "ca/labca.h"

static kf_context *context;
static kf_ca *ca;
static EVP_PKEY *key;
static kf_buf csr;

static int open_lab_with(bool approval) {
    context = open_home();
    make_lab(context, approval);
    key = EVP_EC_gen("P-256");
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    OK(kf_ca_open(context, "lab", NULL, &ca));
    return 0;
}

static int open_lab(void **state) {
    return make_base_dir(state) == 0 ? open_lab_with(false) : -1;
}

static int open_approving_lab(void **state) {
    return make_base_dir(state) == 0 ? open_lab_with(true) : -1;
}

static int close_lab(void **state) {
    kf_ca_close(ca);
    kf_context_free(context);
    EVP_PKEY_free(key);
    kf_buf_clear(&csr);
    return remove_base_dir(state);
}

static enum kf_ca_outcome submit(const char *id, const kf_buf *bytes, kf_answer *answer) {
    struct kf_ca_order order = order_of(id, bytes);
    OK(kf_ca_submit(ca, &order, answer));
    return answer->outcome;
}

static enum kf_ca_outcome ask(const char *ticket, kf_answer *answer) {
    struct kf_ca_order order = order_of("one", &csr);
    OK(kf_ca_poll(ca, &order, ticket, answer));
    return answer->outcome;
}

static void assert_same_body(const kf_answer *a, const kf_answer *b) {
    assert_int_equal(a->body_len, b->body_len);
    assert_memory_equal(a->body, b->body, a->body_len);
}

static void read_leaf(const kf_answer *answer, kf_cert **ret_leaf) {
    KF_AUTO(kf_certs) certs = {0};
    OK(kf_certs_read(answer->body, answer->body_len, &certs));
    assert_int_equal(certs.count, 2);
    *ret_leaf = kf_cert_ref(certs.items[0]);
}

/* A field of a request in the CA's list. */
static void assert_listed(size_t index, const char *field, const char *value) {
    json_t *list = NULL;
    OK(kf_labca_list(context, "lab", &list));
    const json_t *found = json_object_get(json_array_get(list, index), field);
    assert_string_equal(json_string_value(found), value);
    json_decref(list);
}

static void assert_requests(size_t count) {
    json_t *list = NULL;
    OK(kf_labca_list(context, "lab", &list));
    assert_int_equal(json_array_size(list), count);
    json_decref(list);
}

/* --- issuing --- */

static void a_request_is_issued_at_once_and_openssl_agrees(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    assert_int_equal(submit("one", &csr, &answer), KF_CA_ISSUED);
    OK(kf_file_write(in_base_dir("leaf.pem"), answer.body, answer.body_len, 0600));
    assert_int_equal(shell("openssl verify -x509_strict -purpose sslclient -CAfile ca/lab/ca.crt "
                           "leaf.pem >out 2>&1"),
                     0);
    assert_int_equal(shell("openssl x509 -in leaf.pem -noout -subject -nameopt RFC2253 | grep -qx "
                           "subject=CN=Anna"),
                     0);
}

static void validity_is_within_profile_and_root(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    submit("one", &csr, &answer);
    read_leaf(&answer, &leaf);
    int64_t now = kf_context_now(context), day = 24 * 3600;
    assert_in_range(kf_cert_not_before(leaf), now - 120, now);
    assert_in_range(kf_cert_not_after(leaf), now + 364 * day, now + 365 * day);
}

static void the_same_order_gives_the_same_certificate(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    submit("one", &csr, &first);
    kf_ca_close(ca);
    ca = NULL;
    kf_context_free(context);
    context = open_home();
    OK(kf_ca_open(context, "lab", NULL, &ca));
    assert_int_equal(submit("one", &csr, &second), KF_CA_ISSUED);
    assert_same_body(&first, &second);
    assert_requests(1);
}

static void a_certified_key_is_not_certified_again(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) other = {0};
    make_csr(context, key, "CN=Berta", "tls-client", &other);
    submit("one", &csr, &answer);
    assert_int_equal(submit("two", &csr, &answer), KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "this key is already certified"));
    assert_int_equal(submit("three", &other, &answer), KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "this key is already certified"));
    assert_int_equal(submit("one", &other, &answer), KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "another request"));
    assert_requests(1);
}

static void two_keys_get_two_serial_numbers(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    KF_AUTO(kf_buf) other = {0};
    KF_AUTO_PTR(EVP_PKEY) other_key = EVP_EC_gen("P-256");
    KF_AUTO_PTR(kf_cert) a = NULL;
    KF_AUTO_PTR(kf_cert) b = NULL;
    make_csr(context, other_key, "CN=Anna", "tls-client", &other);
    submit("one", &csr, &first);
    submit("two", &other, &second);
    read_leaf(&first, &a);
    read_leaf(&second, &b);
    assert_int_equal(strlen(kf_cert_serial(a)), 40);
    assert_string_not_equal(kf_cert_serial(a), kf_cert_serial(b));
}

/* --- approval --- */

static void a_waiting_request_is_issued_when_approved(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_answer) again = {0};
    assert_int_equal(submit("one", &csr, &answer), KF_CA_WAIT);
    assert_string_equal(answer.ticket, "local:1");
    assert_int_equal(answer.delay, 2);
    assert_int_equal(ask("local:1", &answer), KF_CA_WAIT);
    assert_listed(0, "state", "waiting");
    OK(kf_labca_approve(context, NULL, "lab", 1));
    assert_listed(0, "state", "issued");
    assert_int_equal(ask("local:1", &answer), KF_CA_ISSUED);
    assert_int_equal(submit("one", &csr, &again), KF_CA_ISSUED);
    assert_same_body(&answer, &again);
}

static void a_rejected_request_says_why_and_frees_its_key(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit("one", &csr, &answer);
    OK(kf_labca_reject(context, "lab", 1, "who is Anna?"));
    assert_int_equal(ask("local:1", &answer), KF_CA_REJECTED);
    assert_string_equal(answer.text, "who is Anna?");
    assert_int_equal(submit("one", &csr, &answer), KF_CA_REJECTED);
    assert_int_equal(submit("two", &csr, &answer), KF_CA_WAIT);
    assert_int_equal(kf_labca_approve(context, NULL, "lab", 1), KF_E_STATE);
    OK(kf_labca_approve(context, NULL, NULL, 2));
    assert_int_equal(kf_labca_reject(context, "lab", 2, NULL), KF_E_STATE);
}

static void a_waiting_key_is_not_taken_twice(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit("one", &csr, &answer);
    assert_int_equal(submit("two", &csr, &answer), KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "waits for a certificate already"));
}

static void approving_what_is_not_there_or_done_is_an_error(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    assert_says(kf_labca_approve(context, NULL, "lab", 7), KF_E_NOT_FOUND, "no request 7");
    submit("one", &csr, &answer);
    OK(kf_labca_approve(context, NULL, "lab", 1));
    assert_says(kf_labca_approve(context, NULL, "lab", 1), KF_E_STATE, "issued already");
    assert_int_equal(kf_labca_revoke(context, NULL, "lab", "2", NULL), KF_E_NOT_FOUND);
}

static void a_cancelled_request_is_rejected(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("one", &csr);
    submit("one", &csr, &answer);
    OK(kf_ca_cancel(ca, &order, "local:1", &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_string_equal(answer.text, "cancelled");
    assert_listed(0, "state", "rejected");
    assert_int_equal(ask("local:1", &answer), KF_CA_REJECTED);
}

static void cancelling_too_late_gives_the_certificate(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("one", &csr);
    submit("one", &csr, &answer);
    OK(kf_labca_approve(context, NULL, "lab", 1));
    OK(kf_ca_cancel(ca, &order, "local:1", &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_true(answer.body_len > 0);
}

static void tickets_of_others_are_not_found(void **state) {
    static const char *const tickets[] = {"local:2", "local:0", "local:",   "local:1x",
                                          "other:1", "",        "local:-1", "1"};
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order foreign = order_of("two", &csr);
    submit("one", &csr, &answer);
    for (size_t i = 0; i < KF_COUNT(tickets); i++)
        assert_int_equal(ask(tickets[i], &answer), KF_CA_NOT_FOUND);
    OK(kf_ca_poll(ca, &foreign, "local:1", &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    OK(kf_ca_cancel(ca, &foreign, "local:1", &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    assert_listed(0, "state", "waiting");
}

/* --- revocation --- */

/* As PEM, which `openssl verify` wants; its signature is checked on the way. */
static void take_crl(void) {
    assert_int_equal(
        shell("openssl crl -inform DER -in ca/lab/ca.crl -CAfile ca/lab/ca.crt -out crl.pem "
              "2>out && grep -q 'verify OK' out"),
        0);
}

static void make_crl(void) {
    KF_AUTO_FREE uint8_t *der = NULL;
    size_t len = 0;
    OK(kf_labca_crl(context, NULL, "lab", &der, &len));
    take_crl();
}

static void a_revoked_certificate_fails_openssl_crl_check(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit("one", &csr, &answer);
    OK(kf_file_write(in_base_dir("leaf.pem"), answer.body, answer.body_len, 0600));
    make_crl();
    const char *verify = "openssl verify -crl_check -CAfile ca/lab/ca.crt -CRLfile crl.pem "
                         "leaf.pem >out 2>&1";
    assert_int_equal(shell(verify), 0);
    OK(kf_labca_revoke(context, NULL, "lab", "1", "keyCompromise"));
    take_crl();
    assert_int_equal(shell(verify), 2);
    assert_int_equal(shell("grep -q 'certificate revoked' out"), 0);
    assert_int_equal(shell("openssl crl -in crl.pem -text -noout | grep -q 'Key Compromise'"), 0);
    assert_listed(0, "state", "revoked");
    assert_listed(0, "revoked_reason", "keyCompromise");
    assert_int_equal(submit("one", &csr, &answer), KF_CA_REJECTED);
}

static void a_revocation_that_reached_no_list_says_so(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit("one", &csr, &answer);
    OK(kf_file_write(in_base_dir("leaf.pem"), answer.body, answer.body_len, 0600));
    assert_int_equal(shell("mv ca/lab/ca.key ca/lab/away"), 0);
    assert_says(kf_labca_revoke(context, NULL, "lab", "1", NULL), KF_E_NOT_FOUND,
                "request 1 is revoked, but the revocation list is still the old one");
    assert_non_null(strstr(kf_error_next(KF_E_NOT_FOUND), "keyfob ca crl"));
    assert_listed(0, "state", "revoked");
    assert_int_equal(shell("mv ca/lab/away ca/lab/ca.key"), 0);
    OK(kf_labca_revoke(context, NULL, "lab", "1", NULL));
    take_crl();
    assert_int_equal(shell("openssl verify -crl_check -CAfile ca/lab/ca.crt -CRLfile crl.pem "
                           "leaf.pem >out 2>&1"),
                     2);
}

static void the_crl_number_grows(void **state) {
    make_crl();
    assert_int_equal(
        shell("openssl crl -in crl.pem -noout -crlnumber | grep -qi '=0*1$\\|=0x0*1$'"), 0);
    make_crl();
    assert_int_equal(
        shell("openssl crl -in crl.pem -noout -crlnumber | grep -qi '=0*2$\\|=0x0*2$'"), 0);
}

static void revoking_by_serial_in_any_spelling(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    KF_AUTO(kf_buf) bytes = {0}, text = {0};
    submit("one", &csr, &answer);
    read_leaf(&answer, &leaf);
    OK(kf_unhex(kf_cert_serial(leaf), &bytes));
    OK(kf_hex(&text, bytes.data, bytes.len, ':'));
    OK(kf_labca_revoke(context, NULL, NULL, kf_buf_str(&text), NULL));
    OK(kf_labca_revoke(context, NULL, NULL, kf_cert_serial(leaf), "superseded"));
    assert_listed(0, "revoked_reason", "unspecified");
}

static void wrong_revocations_are_refused(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit("one", &csr, &answer);
    assert_says(kf_labca_revoke(context, NULL, "lab", "1", "boredom"), KF_E_USAGE, "keyCompromise");
    assert_says(kf_labca_revoke(context, NULL, "lab", "1", "removeFromCRL"), KF_E_USAGE, "reason");
    assert_says(kf_labca_revoke(context, NULL, "lab", "xyz", NULL), KF_E_USAGE, "\"xyz\"");
    assert_int_equal(kf_labca_revoke(context, NULL, "lab", "00ff00ff00ff00ff00ff", NULL),
                     KF_E_NOT_FOUND);
    assert_int_equal(kf_labca_revoke(context, NULL, "nolab", "1", NULL), KF_E_NOT_FOUND);
    assert_listed(0, "state", "issued");
}

static void the_connector_revokes_its_own_certificates_only(void **state) {
    KF_AUTO(kf_answer) answer = {0}, done = {0};
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    size_t len = 0;
    submit("one", &csr, &answer);
    read_leaf(&answer, &leaf);
    OK(roots_of(context, "lab", &offered, &accepted));
    const uint8_t *root = kf_cert_der(accepted.items[0], &len);
    struct kf_ca_revocation order = {.cert = root, .cert_len = len};
    OK(kf_ca_revoke(ca, &order, &done));
    assert_int_equal(done.outcome, KF_CA_NOT_FOUND);
    order.cert = kf_cert_der(leaf, &order.cert_len);
    order.reason = 7;
    assert_int_equal(kf_ca_revoke(ca, &order, &done), KF_E_USAGE);
    order.reason = 4;
    OK(kf_ca_revoke(ca, &order, &done));
    assert_int_equal(done.outcome, KF_CA_ISSUED);
    assert_listed(0, "revoked_reason", "superseded");
}

/* --- crashes and races --- */

static EVP_PKEY *token_key;

static kf_err lend_key(void *arg, const char *uri, void **ret_key) {
    (void)arg;
    assert_string_equal(uri, "pkcs11:object=ca");
    *ret_key = token_key;
    return KF_OK;
}

static kf_err die(void *arg, const char *uri, void **ret_key) {
    (void)arg, (void)uri, (void)ret_key;
    kill(getpid(), SIGKILL);
    return KF_E_FAILED;
}

static const struct kf_ca_signer lends = {.signer = lend_key}, dies = {.signer = die};

/* "card": a lab CA whose key is behind the signer's door. */
static void make_card_ca(bool approval) {
    struct kf_labca_order order = {
        .name = "card", .key_uri = "pkcs11:object=ca", .approval = approval};
    token_key = EVP_EC_gen("P-256");
    OK(kf_labca_init(context, &lends, &order, NULL));
}

static int submit_and_die(void) {
    kf_context *mine = open_home();
    kf_ca *card = NULL;
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("one", &csr);
    return kf_ca_open(mine, "card", &dies, &card) == KF_OK ? kf_ca_submit(card, &order, &answer)
                                                           : 99;
}

static int approve_and_die(void) {
    return kf_labca_approve(open_home(), &dies, "card", 1);
}

static void killed_in_child(int (*body)(void)) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(body());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The serial number that the dead process left behind. */
static void read_left(kf_labca_row *ret_row) {
    KF_AUTO_PTR(kf_labca) inside = NULL;
    struct kf_labca_key_value first = {.by = KF_LABCA_BY_ID, .id = 1};
    OK(kf_labca_open(context, "card", NULL, &inside));
    OK(kf_labca_row_find(inside, &first, ret_row));
    assert_int_equal(ret_row->state, KF_LABCA_SIGNING);
    assert_int_equal(ret_row->cert.len, 0);
}

static void assert_serial_is(const kf_answer *answer, const kf_labca_row *left) {
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    KF_AUTO(kf_buf) serial = {0};
    assert_int_equal(answer->outcome, KF_CA_ISSUED);
    read_leaf(answer, &leaf);
    OK(kf_unhex(kf_cert_serial(leaf), &serial));
    assert_true(kf_buf_equal(&serial, &left->serial));
    assert_int_equal(kf_cert_not_after(leaf), left->not_after);
}

static void killed_before_the_signature_the_same_serial_is_signed_later(void **state) {
    KF_AUTO_PTR(kf_ca) card = NULL;
    KF_AUTO(kf_labca_row) left = {0};
    KF_AUTO(kf_answer) first = {0}, second = {0};
    struct kf_ca_order order = order_of("one", &csr);
    make_card_ca(false);
    killed_in_child(submit_and_die);
    read_left(&left);
    OK(kf_ca_open(context, "card", &lends, &card));
    OK(kf_ca_submit(card, &order, &first));
    assert_serial_is(&first, &left);
    OK(kf_ca_submit(card, &order, &second));
    assert_same_body(&first, &second);
    EVP_PKEY_free(token_key);
}

static void killed_while_approving_the_poll_finishes_it(void **state) {
    KF_AUTO_PTR(kf_ca) card = NULL;
    KF_AUTO(kf_labca_row) left = {0};
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("one", &csr);
    make_card_ca(true);
    OK(kf_ca_open(context, "card", &lends, &card));
    OK(kf_ca_submit(card, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    killed_in_child(approve_and_die);
    read_left(&left);
    OK(kf_ca_poll(card, &order, "local:1", &answer));
    assert_serial_is(&answer, &left);
    EVP_PKEY_free(token_key);
}

static void a_token_key_out_of_reach_is_said_and_nothing_is_lost(void **state) {
    KF_AUTO_PTR(kf_ca) card = NULL;
    KF_AUTO_PTR(kf_ca) again = NULL;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_labca_row) left = {0};
    struct kf_ca_order order = order_of("one", &csr);
    make_card_ca(false);
    OK(kf_ca_open(context, "card", NULL, &card));
    assert_says(kf_ca_submit(card, &order, &answer), KF_E_UNSUPPORTED, "on a token");
    read_left(&left);
    OK(kf_ca_open(context, "card", &lends, &again));
    OK(kf_ca_submit(again, &order, &answer));
    assert_serial_is(&answer, &left);
    EVP_PKEY_free(token_key);
}

/* Waits for the starting shot, submits, writes what it got to a file named after its number. */
static int race(int number, int shot) {
    char byte;
    kf_ca *mine = NULL;
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("one", &csr);
    KF_AUTO_FREE char *name = kf_str("race%d", number);
    kf_context *own = open_home();
    if (kf_ca_open(own, "lab", NULL, &mine) != KF_OK || read(shot, &byte, 1) != 0)
        return 1;
    if (kf_ca_submit(mine, &order, &answer) != KF_OK || answer.outcome != KF_CA_ISSUED)
        return 2;
    return kf_file_write(in_base_dir(name), answer.body, answer.body_len, 0600);
}

static void processes_with_the_same_order_get_one_certificate(void **state) {
    enum { RACERS = 4 };
    pid_t children[RACERS];
    int pipes[2], status = 0;
    assert_int_equal(pipe(pipes), 0);
    fflush(NULL);
    for (int i = 0; i < RACERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            close(pipes[1]);
            _exit(race(i, pipes[0]));
        }
    }
    close(pipes[0]);
    close(pipes[1]); /* end of file is the shot */
    for (int i = 0; i < RACERS; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(shell("cmp race0 race1 && cmp race0 race2 && cmp race0 race3"), 0);
    assert_requests(1);
}

static void a_held_lock_is_named_when_it_lasts(void **state) {
    KF_AUTO(kf_lock) lock = {0}, second = {0};
    KF_AUTO_PTR(kf_labca) inside = NULL;
    OK(kf_labca_open(context, "lab", NULL, &inside));
    OK(kf_labca_lock(inside, &lock));
    assert_int_equal(kf_lock_take(in_base_dir("ca/lab/lock"), &second), KF_E_BUSY);
    kf_lock_clear(&lock);
    OK(kf_labca_lock(inside, &second));
}

#define AUTOMATIC(test) cmocka_unit_test_setup_teardown(test, open_lab, close_lab)
#define APPROVING(test) cmocka_unit_test_setup_teardown(test, open_approving_lab, close_lab)

int main(void) {
    const struct CMUnitTest tests[] = {
        AUTOMATIC(a_request_is_issued_at_once_and_openssl_agrees),
        AUTOMATIC(validity_is_within_profile_and_root),
        AUTOMATIC(the_same_order_gives_the_same_certificate),
        AUTOMATIC(a_certified_key_is_not_certified_again),
        AUTOMATIC(two_keys_get_two_serial_numbers),
        APPROVING(a_waiting_request_is_issued_when_approved),
        APPROVING(a_rejected_request_says_why_and_frees_its_key),
        APPROVING(a_waiting_key_is_not_taken_twice),
        APPROVING(approving_what_is_not_there_or_done_is_an_error),
        APPROVING(a_cancelled_request_is_rejected),
        APPROVING(cancelling_too_late_gives_the_certificate),
        APPROVING(tickets_of_others_are_not_found),
        AUTOMATIC(a_revoked_certificate_fails_openssl_crl_check),
        AUTOMATIC(a_revocation_that_reached_no_list_says_so),
        AUTOMATIC(the_crl_number_grows),
        AUTOMATIC(revoking_by_serial_in_any_spelling),
        AUTOMATIC(wrong_revocations_are_refused),
        AUTOMATIC(the_connector_revokes_its_own_certificates_only),
        AUTOMATIC(killed_before_the_signature_the_same_serial_is_signed_later),
        AUTOMATIC(killed_while_approving_the_poll_finishes_it),
        AUTOMATIC(a_token_key_out_of_reach_is_said_and_nothing_is_lost),
        AUTOMATIC(processes_with_the_same_order_get_one_certificate),
        AUTOMATIC(a_held_lock_is_named_when_it_lasts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// A connector added from outside, the example of docs/CONNECTORS.md, from connection to
// certificate.
#include "unit/ca_fixture.h"

#include "x509/issue.h"
#include "x509/issued.h"

/* The service at the other end: a CA in this process. Yours is behind a wire. */
static struct {
    EVP_PKEY *key;
    kf_cert *root;
} service;

/* [example] */
#define DAY ((int64_t)24 * 3600)

struct echo {
    kf_context *context;
    int64_t delay;
};

static const struct kf_ca_option options[] = {
    {.name = "delay",
     .title = "Seconds to wait",
     .help = "How long the service takes for a certificate.",
     .fallback = "1",
     .kind = KF_OPTION_NUMBER},
};

static kf_err echo_open(const struct kf_ca_setup *setup, void **ret_state) {
    struct echo *echo = calloc(1, sizeof *echo);
    if (!echo)
        return kf_fail(KF_E_MEMORY, "out of memory");
    echo->context = setup->context;
    echo->delay = atoll(setup->option(setup->arg, "delay")); /* checked: it is a number */
    *ret_state = echo;
    return KF_OK;
}

static void echo_close(void *state) {
    free(state);
}

static kf_err echo_submit(void *state, const struct kf_ca_order *order,
                          struct kf_ca_answer *answer) {
    const struct echo *echo = state;
    answer->outcome = KF_CA_WAIT;
    answer->delay = echo->delay;
    return kf_ca_answer_ticket(answer, order->client_id);
}

static kf_err answer_certs(kf_cert *first, kf_cert *second, struct kf_ca_answer *answer) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) pem = {0};
    KF_TRY(kf_certs_add(&certs, first));
    if (second)
        KF_TRY(kf_certs_add(&certs, second));
    KF_TRY(kf_certs_encode(&certs, KF_CERT_PEM, &pem));
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_body(answer, pem.data, pem.len);
}

static kf_err sign_for(const struct kf_ca_order *order, const kf_csr *csr,
                       const kf_profile *profile, int64_t now, kf_cert **ret_cert) {
    struct kf_issuer issuer = {.cert = service.root, .key = service.key};
    struct kf_issue_order issue = {
        .csr = csr, .profile = profile, .not_before = now - 60, .not_after = now + 30 * DAY};
    uint8_t digest[EVP_MAX_MD_SIZE]; /* the same order, the same serial number */
    if (!EVP_Digest(order->client_id, strlen(order->client_id), digest, NULL, EVP_sha256(), NULL))
        return kf_fail(KF_E_CRYPTO, "choosing a serial number failed");
    memcpy(issue.serial, digest, sizeof issue.serial);
    issue.serial[0] = (uint8_t)(0x40 | (digest[0] & 0x3f));
    return kf_issue_cert(&issuer, &issue, ret_cert);
}

static kf_err echo_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                        struct kf_ca_answer *answer) {
    const struct echo *echo = state;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    if (!kf_str_equal(ticket, order->client_id)) {
        answer->outcome = KF_CA_NOT_FOUND;
        return KF_OK;
    }
    KF_TRY(kf_csr_read(order->csr, order->csr_len, &csr));
    KF_TRY(kf_profile_load(echo->context, order->profile, &profile));
    if (kf_issue_allowed(csr, profile) != KF_OK) {
        answer->outcome = KF_CA_REJECTED;
        return kf_ca_answer_text(answer, "%s", kf_error_sentence(KF_E_POLICY));
    }
    KF_TRY(sign_for(order, csr, profile, kf_context_now(echo->context), &leaf));
    return answer_certs(leaf, service.root, answer);
}

static kf_err echo_roots(void *state, struct kf_ca_answer *answer) {
    (void)state;
    return answer_certs(service.root, NULL, answer);
}

static const struct kf_connector echo_connector = {
    .name = "echo",
    .title = "Echo CA",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_SAME,
    .open = echo_open,
    .close = echo_close,
    .submit = echo_submit,
    .poll = echo_poll,
    .roots = echo_roots,
};
/* [end] */

static int start_service(void **state) {
    (void)state;
    int64_t now = (int64_t)time(NULL);
    service.key = EVP_EC_gen("P-256");
    return kf_issue_root("CN=Echo", service.key, now - DAY, now + 365 * DAY, &service.root);
}

static int stop_service(void **state) {
    (void)state;
    EVP_PKEY_free(service.key);
    kf_cert_free(service.root);
    return 0;
}

/* Add the connection, accept what the CA offers by its fingerprint. */
static void connect_to_echo(kf_context *context) {
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    OK(kf_connection_add(context, "my echo", "echo", (const char *[]){"delay=3"}, 1));
    OK(roots_of(context, "my echo", &offered, &accepted));
    const char *fingerprint = kf_cert_fingerprint(service.root);
    OK(kf_connection_accept(context, "my echo", &offered, fingerprint, NULL));
}

static void an_added_connector_goes_from_connection_to_checked_certificate(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    connect_to_echo(context);
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    struct kf_ca_order order = order_of("one", &csr);
    OK(kf_ca_open(context, "my echo", NULL, &ca));
    OK(kf_ca_submit(ca, &order, &submitted));
    assert_int_equal(submitted.outcome, KF_CA_WAIT);
    assert_int_equal(submitted.delay, 3);
    OK(kf_ca_poll(ca, &order, submitted.ticket, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);

    KF_AUTO(kf_certs) certs = {0}, anchors = {0}, chain = {0};
    KF_AUTO_PTR(kf_csr) asked = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    OK(kf_csr_read(csr.data, csr.len, &asked));
    OK(kf_profile_load(context, "tls-client", &profile));
    OK(kf_certs_read(answer.body, answer.body_len, &certs));
    OK(kf_ca_anchors(ca, &anchors));
    struct kf_issued_rules rules = {
        .csr = asked, .profile = profile, .anchors = &anchors, .now = kf_context_now(context)};
    OK(kf_issued_check(&certs, &rules, &chain));
    assert_int_equal(chain.count, 2);
}

static void it_says_no_in_its_own_words(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) answer = {0};
    connect_to_echo(context);
    make_csr(context, key, "CN=Anna", "server-tls", &csr);
    struct kf_ca_order order = order_of("one", &csr);
    OK(kf_ca_open(context, "my echo", NULL, &ca));
    OK(kf_ca_poll(ca, &order, "one", &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "serverAuth"));
    OK(kf_ca_poll(ca, &order, "two", &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
}

/* The lines between two marks. */
static void cut_out(const char *path, const char *from, const char *to, kf_buf *ret_part) {
    KF_AUTO(kf_buf) file = {0};
    OK(kf_file_read(path, 200000, &file));
    char *start = strstr((char *)file.data, from);
    assert_non_null(start);
    start += strlen(from);
    char *end = strstr(start, to);
    assert_non_null(end);
    OK(kf_buf_set(ret_part, start, (size_t)(end - start)));
}

static void the_guide_shows_this_very_code(void **state) {
    KF_AUTO(kf_buf) code = {0}, shown = {0};
    const char *below = strstr(__FILE__, "tests/unit/");
    KF_AUTO_FREE char *guide = kf_str("%.*sdocs/CONNECTORS.md", (int)(below - __FILE__), __FILE__);
    cut_out(__FILE__, "/* [example] */\n", "/* [end] */", &code);
    cut_out(guide, "<!-- example -->\n```c\n", "```", &shown);
    assert_string_equal(kf_buf_str(&shown), kf_buf_str(&code));
}

int main(void) {
    if (kf_connector_register(&echo_connector) != KF_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        IN_DIR(an_added_connector_goes_from_connection_to_checked_certificate),
        IN_DIR(it_says_no_in_its_own_words),
        cmocka_unit_test(the_guide_shows_this_very_code),
    };
    return cmocka_run_group_tests(tests, start_service, stop_service);
}

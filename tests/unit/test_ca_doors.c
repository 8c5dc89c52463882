// SPDX-License-Identifier: Apache-2.0
// The doors: answers that make no sense stop there, and connectors need their pointers.
#include "unit/ca_fixture.h"

/* What the connector "liar" says next, whatever it is asked. */
static struct {
    kf_err err;
    unsigned outcome;
    const char *body, *ticket, *text;
    size_t body_len; /* 0: as long as the text is */
    int64_t delay;
} next;

static kf_err liar_open(const struct kf_ca_setup *setup, void **ret_state) {
    *ret_state = (void *)(uintptr_t)setup;
    return KF_OK;
}

static void liar_close(void *state) {
    (void)state;
}

static kf_err say(struct kf_ca_answer *answer) {
    answer->outcome = (enum kf_ca_outcome)next.outcome;
    answer->delay = next.delay;
    if (next.body)
        KF_TRY(kf_ca_answer_body(answer, next.body, strlen(next.body)));
    if (next.body_len)
        answer->body_len = next.body_len;
    if (next.ticket)
        KF_TRY(kf_ca_answer_ticket(answer, next.ticket));
    if (next.text)
        KF_TRY(kf_ca_answer_text(answer, "%s", next.text));
    return next.err ? kf_fail(next.err, "the liar fails") : KF_OK;
}

static kf_err liar_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *a) {
    (void)state, (void)order;
    return say(a);
}

static kf_err liar_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                        struct kf_ca_answer *a) {
    (void)state, (void)order, (void)ticket;
    return say(a);
}

static kf_err liar_revoke(void *state, const struct kf_ca_revocation *revocation,
                          struct kf_ca_answer *a) {
    (void)state, (void)revocation;
    return say(a);
}

static kf_err liar_roots(void *state, struct kf_ca_answer *a) {
    (void)state;
    return say(a);
}

static const struct kf_connector liar = {
    .name = "liar",
    .title = "A CA that lies",
    .duplicates = KF_CA_LOOKUP,
    .open = liar_open,
    .close = liar_close,
    .submit = liar_submit,
    .poll = liar_poll,
    .lookup = liar_submit,
    .cancel = liar_poll,
    .revoke = liar_revoke,
    .roots = liar_roots,
};
static const struct kf_connector bare = {
    .name = "bare",
    .title = "Only what is needed",
    .duplicates = KF_CA_UNKNOWN,
    .open = liar_open,
    .close = liar_close,
    .submit = liar_submit,
};

static kf_context *context;
static kf_ca *ca;
static const struct kf_ca_revocation revocation = {.cert = (const uint8_t *)"x", .cert_len = 1};
static const struct kf_ca_order order = {.client_id = "one", .profile = "tls-client"};

static int open_liar(void **state) {
    if (make_base_dir(state) != 0)
        return -1;
    context = open_home();
    OK(kf_connection_add(context, "corp", "liar", NULL, 0));
    OK(kf_ca_open(context, "corp", NULL, &ca));
    memset(&next, 0, sizeof next);
    return 0;
}

static int close_liar(void **state) {
    kf_ca_close(ca);
    kf_context_free(context);
    return remove_base_dir(state);
}

static void assert_refused(kf_err err, const char *part) {
    assert_says(err, KF_E_CA_ANSWER, part);
    assert_says(err, KF_E_CA_ANSWER, "\"liar\"");
    assert_says(err, KF_E_CA_ANSWER, "\"corp\"");
}

static void issued_without_a_certificate_is_refused(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_ISSUED;
    assert_refused(kf_ca_submit(ca, &order, &answer), "without a certificate");
    assert_refused(kf_ca_poll(ca, &order, "t", &answer), "\"poll\"");
    assert_refused(kf_ca_lookup(ca, &order, &answer), "\"lookup\"");
    assert_refused(kf_ca_cancel(ca, &order, "t", &answer), "\"cancel\"");
    next.body = "";
    assert_refused(kf_ca_submit(ca, &order, &answer), "without a certificate");
}

static void revoked_needs_no_body(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_ISSUED;
    OK(kf_ca_revoke(ca, &revocation, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
}

static void waiting_without_a_ticket_is_refused(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_WAIT;
    assert_refused(kf_ca_submit(ca, &order, &answer), "without a ticket");
    assert_refused(kf_ca_poll(ca, &order, "t", &answer), "without a ticket");
    next.ticket = "";
    assert_refused(kf_ca_lookup(ca, &order, &answer), "without a ticket");
    next.outcome = KF_CA_NEEDS_PERSON;
    assert_refused(kf_ca_submit(ca, &order, &answer), "without a ticket");
}

static void a_person_must_be_told_what_to_do(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_NEEDS_PERSON;
    next.ticket = "t";
    assert_refused(kf_ca_submit(ca, &order, &answer), "but not how");
    next.text = "pay";
    OK(kf_ca_submit(ca, &order, &answer));
}

static void unknown_outcomes_and_impossible_values_are_refused(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_NOT_FOUND + 1;
    assert_refused(kf_ca_submit(ca, &order, &answer), "does not exist");
    next.outcome = 0x80000000u;
    assert_refused(kf_ca_poll(ca, &order, "t", &answer), "does not exist");
    next.outcome = KF_CA_NOT_FOUND;
    assert_refused(kf_ca_submit(ca, &order, &answer), "not found");
    OK(kf_ca_poll(ca, &order, "t", &answer));
    next.outcome = KF_CA_RETRY;
    next.delay = -1;
    assert_refused(kf_ca_submit(ca, &order, &answer), "delay");
}

static void a_body_of_an_impossible_size_is_refused(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_ISSUED;
    next.body_len = 5; /* without bytes */
    assert_refused(kf_ca_submit(ca, &order, &answer), "impossible size");
    next.body = "x";
    next.body_len = KF_CA_BODY_MAX + 1;
    assert_refused(kf_ca_submit(ca, &order, &answer), "impossible size");
}

static void an_endless_delay_is_cut(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_RETRY;
    next.delay = INT64_MAX;
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.delay, 30 * 24 * 3600);
}

static void on_failure_the_answer_is_untouched_and_nothing_leaks(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    next.outcome = KF_CA_ISSUED;
    next.body = "first";
    OK(kf_ca_submit(ca, &order, &answer));
    next.body = "second";
    next.err = KF_E_CA_UNREACHABLE;
    assert_int_equal(kf_ca_submit(ca, &order, &answer), KF_E_CA_UNREACHABLE);
    assert_memory_equal(answer.body, "first", 6);
    next.err = KF_OK;
    OK(kf_ca_submit(ca, &order, &answer));
    assert_memory_equal(answer.body, "second", 7);
}

static void foreign_words_are_made_safe_and_cut(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *endless = malloc(100001);
    memset(endless, 'a', 100000);
    endless[100000] = '\0';
    OK(kf_ca_answer_text(&answer, "no\x1b[2J%s\xff", "\n"));
    assert_string_equal(answer.text, "no\\x1b[2J\\x0a\\xff");
    OK(kf_ca_answer_text(&answer, "%s", endless));
    assert_in_range(strlen(answer.text), 1000, 4096);
}

static void setters_know_the_caps(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *large = calloc(1, KF_CA_BODY_MAX + 1);
    OK(kf_ca_answer_body(&answer, large, KF_CA_BODY_MAX));
    assert_int_equal(kf_ca_answer_body(&answer, large, KF_CA_BODY_MAX + 1), KF_E_TOO_LARGE);
    assert_int_equal(answer.body_len, KF_CA_BODY_MAX);
    memset(large, 't', 5000);
    assert_int_equal(kf_ca_answer_ticket(&answer, large), KF_E_TOO_LARGE);
    kf_ca_answer_clear(NULL);
}

static void roots_that_are_no_certificates_are_said(void **state) {
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    next.outcome = KF_CA_ISSUED;
    next.body = "<html>";
    assert_says(roots_of(context, "corp", &offered, &accepted), KF_E_CA_ANSWER, "HTML");
    next.outcome = KF_CA_REJECTED;
    next.text = "not for you";
    assert_says(roots_of(context, "corp", &offered, &accepted), KF_E_CA_ANSWER, "not for you");
}

static void missing_pointers_are_unsupported_with_the_title(void **state) {
    KF_AUTO_PTR(kf_ca) poor = NULL;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    OK(kf_connection_add(context, "poor", "bare", NULL, 0));
    OK(kf_ca_open(context, "poor", NULL, &poor));
    const char *title = "Only what is needed";
    assert_says(kf_ca_poll(poor, &order, "t", &answer), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_lookup(poor, &order, &answer), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_cancel(poor, &order, "t", &answer), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_revoke(poor, &revocation, &answer), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_acknowledge(poor, &order, "t"), KF_E_UNSUPPORTED, title);
    OK(roots_of(context, "poor", &offered, &accepted));
    assert_int_equal(offered.count + accepted.count, 0);
}

static void an_unknown_connection_is_not_found(void **state) {
    KF_AUTO_PTR(kf_ca) none = NULL;
    assert_says(kf_ca_open(context, "nobody", NULL, &none), KF_E_NOT_FOUND, "\"nobody\"");
}

/* --- registering --- */

static void incomplete_connectors_are_not_registered(void **state) {
    struct kf_connector cases[8];
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        cases[i] = liar;
        cases[i].name = "incomplete";
    }
    static const struct kf_ca_option nameless[] = {{.title = "No name"}};
    static const struct kf_ca_option choiceless[] = {
        {.name = "c", .title = "C", .kind = KF_OPTION_CHOICE}};
    cases[0].name = "With Blanks";
    cases[1].title = NULL;
    cases[2].open = NULL;
    cases[3].close = NULL;
    cases[4].submit = NULL;
    cases[5].lookup = NULL;
    cases[6].options = nameless;
    cases[7].options = choiceless;
    cases[6].option_count = cases[7].option_count = 1;
    size_t before = kf_connector_count();
    for (size_t i = 0; i < KF_COUNT(cases); i++)
        assert_int_equal(kf_connector_register(&cases[i]), KF_E_USAGE);
    assert_int_equal(kf_connector_register(NULL), KF_E_USAGE);
    assert_int_equal(kf_connector_count(), before);
}

static void a_connectors_name_is_taken_once(void **state) {
    struct kf_connector other = liar;
    other.name = "local";
    assert_int_equal(kf_connector_register(&other), KF_E_EXISTS);
    assert_int_equal(kf_connector_register(&liar), KF_E_EXISTS);
    assert_ptr_equal(kf_connector_find("liar"), &liar);
    assert_null(kf_connector_find("nope"));
    assert_null(kf_connector_at(kf_connector_count()));
}

#define LIAR(test) cmocka_unit_test_setup_teardown(test, open_liar, close_liar)

int main(void) {
    if (kf_connector_register(&liar) != KF_OK || kf_connector_register(&bare) != KF_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        LIAR(issued_without_a_certificate_is_refused),
        LIAR(revoked_needs_no_body),
        LIAR(waiting_without_a_ticket_is_refused),
        LIAR(a_person_must_be_told_what_to_do),
        LIAR(unknown_outcomes_and_impossible_values_are_refused),
        LIAR(a_body_of_an_impossible_size_is_refused),
        LIAR(an_endless_delay_is_cut),
        LIAR(on_failure_the_answer_is_untouched_and_nothing_leaks),
        LIAR(foreign_words_are_made_safe_and_cut),
        LIAR(setters_know_the_caps),
        LIAR(roots_that_are_no_certificates_are_said),
        LIAR(missing_pointers_are_unsupported_with_the_title),
        LIAR(an_unknown_connection_is_not_found),
        cmocka_unit_test(incomplete_connectors_are_not_registered),
        cmocka_unit_test(a_connectors_name_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// The account at a CA: what a check, a sign-in or a registration came to is kept.
#include "unit/service_fixture.h"

static kf_err check(const char *connection) {
    KF_AUTO_PTR(json_t) json = NULL;
    return kf_connection_check(context, connection, &json);
}

static kf_err login(const char *secret, struct kf_ca_answer *ret_answer) {
    KF_AUTO_PTR(kf_secret) copy = NULL;
    struct kf_ca_login round = {.fields = "{\"user\":\"anna\"}"};
    if (secret)
        OK(kf_secret_copy(secret, strlen(secret), &copy));
    round.secret = copy;
    return kf_connection_login(context, "corp", &round, ret_answer);
}

/* --- how it stands --- */

static void before_anybody_asked_nothing_is_known(void **state) {
    assert_string_equal(shown("corp", "standing"), "unknown");
    assert_string_equal(shown("free", "standing"), "anonymous");
    assert_string_equal(shown("corp", "checked_at"), "");
    assert_string_equal(shown("corp", "problem"), "");
}

static void a_check_keeps_what_the_ca_said(void **state) {
    static const char *const names[] = {"anonymous", "connected", "signed_out", "unconfirmed",
                                        "refused"};
    service.answer.text = (char *)(uintptr_t) "wait for the CA";
    for (unsigned i = 0; i < KF_COUNT(names); i++) {
        service.standing = i;
        OK(check("corp"));
        assert_string_equal(shown("corp", "standing"), names[i]);
    }
    assert_string_equal(shown("corp", "account"), "anna");
    assert_string_equal(shown("corp", "standing_text"), "wait for the CA");
    assert_string_equal(shown("corp", "checked_at"), "2027-01-15T08:00:00Z");
    assert_string_equal(shown("corp", "reached_at"), "2027-01-15T08:00:00Z");
}

static void a_ca_that_cannot_be_reached_keeps_the_last_good_time(void **state) {
    static const kf_err errors[] = {KF_E_CA_UNREACHABLE, KF_E_CA_ANSWER, KF_E_UNTRUSTED};
    for (size_t i = 0; i < KF_COUNT(errors); i++) {
        now = 1800000000;
        service.account_err = KF_OK;
        OK(check("corp"));
        now += 60;
        service.account_err = errors[i];
        assert_says(check("corp"), errors[i], "asking for the account fails");
        assert_string_equal(shown("corp", "problem"), "asking for the account fails");
        assert_string_equal(shown("corp", "checked_at"), "2027-01-15T08:01:00Z");
        assert_string_equal(shown("corp", "reached_at"), "2027-01-15T08:00:00Z");
        assert_string_equal(shown("corp", "standing"), "connected");
    }
    service.account_err = KF_OK;
    OK(check("corp"));
    assert_string_equal(shown("corp", "problem"), "");
    now = 1800000000;
}

static void that_a_sign_in_is_wanted_is_an_answer(void **state) {
    OK(check("corp"));
    service.account_err = KF_E_CA_LOGIN;
    OK(check("corp"));
    assert_string_equal(shown("corp", "standing"), "signed_out");
    assert_string_equal(shown("corp", "account"), "anna");
    assert_string_equal(shown("corp", "problem"), "");
}

static void our_own_trouble_is_not_the_cas(void **state) {
    service.account_err = KF_E_DISK_FULL;
    assert_int_equal(check("corp"), KF_E_DISK_FULL);
    assert_string_equal(shown("corp", "problem"), "");
    assert_string_equal(shown("corp", "checked_at"), "");
}

static void a_service_without_accounts_is_reached_by_its_test(void **state) {
    OK(check("free"));
    assert_string_equal(shown("free", "standing"), "anonymous");
    assert_string_equal(shown("free", "reached_at"), "2027-01-15T08:00:00Z");
    service.err = KF_E_CA_UNREACHABLE;
    assert_int_equal(check("free"), KF_E_CA_UNREACHABLE);
    assert_string_equal(shown("free", "problem"), "the test fails");
}

static void a_test_says_its_line_and_is_kept(void **state) {
    KF_AUTO_FREE char *text = NULL;
    OK(kf_connection_test(context, "corp", &text));
    assert_string_equal(text, "service 1.0");
    assert_string_equal(shown("corp", "reached_at"), "2027-01-15T08:00:00Z");
    assert_string_equal(shown("corp", "standing"), "unknown");
    service.err = KF_E_UNTRUSTED;
    assert_int_equal(kf_connection_test(context, "corp", &text), KF_E_UNTRUSTED);
    assert_string_equal(shown("corp", "problem"), "the test fails");
}

/* --- signing in --- */

static void signed_in_is_kept_with_the_accounts_name(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(login("hunter2", &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_string_equal(service.got, "{\"user\":\"anna\"}");
    assert_string_equal(shown("corp", "standing"), "connected");
    assert_string_equal(shown("corp", "account"), "anna");
}

static void signed_in_without_a_name_is_signed_in(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    service.account_err = KF_E_CA_UNREACHABLE;
    OK(login("hunter2", &answer));
    assert_string_equal(shown("corp", "standing"), "connected");
    assert_string_equal(shown("corp", "account"), "");
}

static void fields_that_are_no_json_are_not_sent(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_login round = {.fields = "user=anna"};
    assert_says(kf_connection_login(context, "corp", &round, &answer), KF_E_USAGE, "no JSON");
    assert_string_equal(service.got, "");
}

static void a_question_changes_nothing_but_the_time(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    service.answer = (struct kf_ca_answer){.outcome = KF_CA_NEEDS_PERSON,
                                           .ticket = (char *)(uintptr_t) "t",
                                           .text = (char *)(uintptr_t) "enter the OTP"};
    OK(login("hunter2", &answer));
    assert_string_equal(answer.ticket, "t");
    assert_string_equal(shown("corp", "standing"), "unknown");
    assert_string_equal(shown("corp", "reached_at"), "2027-01-15T08:00:00Z");
}

static void a_refused_sign_in_is_kept_in_the_cas_words(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    service.answer = (struct kf_ca_answer){.outcome = KF_CA_REJECTED,
                                           .text = (char *)(uintptr_t) "wrong password"};
    OK(login("hunter2", &answer));
    assert_string_equal(shown("corp", "standing"), "signed_out");
    assert_string_equal(shown("corp", "standing_text"), "wrong password");
}

static void a_sign_in_that_does_not_arrive_is_a_problem(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    service.err = KF_E_CA_UNREACHABLE;
    assert_int_equal(login("hunter2", &answer), KF_E_CA_UNREACHABLE);
    assert_string_equal(shown("corp", "problem"), "the sign-in fails");
}

static void the_other_secrets_stay_when_signing_out(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) key = NULL;
    OK(kf_secret_copy("key", 3, &key));
    OK(kf_connection_secret(context, "corp", "api-key", key));
    OK(login("hunter2", &answer));
    OK(kf_connection_logout(context, "corp", false));
    assert_string_equal(shown("corp", "standing"), "signed_out");
    assert_int_equal(shell("grep -rq key$ secrets && ! grep -rq hunter2 ."), 0);
    OK(kf_connection_logout(context, "corp", true));
    assert_int_equal(shell("test -z \"$(ls secrets)\""), 0);
}

static void a_silent_ca_keeps_nobody_from_forgetting(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(login("hunter2", &answer));
    service.err = KF_E_CA_UNREACHABLE;
    assert_says(kf_connection_logout(context, "corp", true), KF_E_CA_UNREACHABLE, "the sign-out");
    assert_int_equal(shell("test -z \"$(ls secrets)\""), 0);
    assert_string_equal(shown("corp", "standing"), "signed_out");
}

static void a_service_without_accounts_cannot_be_signed_in_to(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_login round = {0};
    assert_int_equal(kf_connection_login(context, "free", &round, &answer), KF_E_UNSUPPORTED);
    assert_int_equal(kf_connection_register(context, "free", "{}", &answer), KF_E_UNSUPPORTED);
    OK(kf_connection_logout(context, "free", true));
    assert_string_equal(shown("free", "standing"), "anonymous");
}

/* --- registering --- */

static void a_registration_is_checked_before_it_is_sent(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    static const struct {
        const char *fields, *part;
    } cases[] = {
        {NULL, "(email) is needed"},
        {"{\"email\":\"anna\"}", "not an e-mail address"},
        {"{\"email\":\"a@b.org\",\"phone\":\"1\"}", "not a field"},
        {"[]", "not a JSON object"},
        {"{", "no JSON"},
        {"{\"email\":\"a@b.org\",\"email\":\"c@d.org\"}", "duplicate"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++)
        assert_says(kf_connection_register(context, "corp", cases[i].fields, &answer), KF_E_USAGE,
                    cases[i].part);
    assert_string_equal(service.got, "");
    OK(kf_connection_register(context, "corp", "{\"email\":\"a@b.org\"}", &answer));
    assert_string_equal(service.got, "{\"email\":\"a@b.org\",\"country\":\"DE\"}");
}

static void what_became_of_a_registration_is_kept(void **state) {
    static const struct {
        enum kf_ca_outcome outcome;
        const char *standing;
    } cases[] = {{KF_CA_ISSUED, "connected"},
                 {KF_CA_WAIT, "unconfirmed"},
                 {KF_CA_NEEDS_PERSON, "unconfirmed"},
                 {KF_CA_REJECTED, "refused"}};
    service.answer.text = (char *)(uintptr_t) "words of the CA";
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_answer) answer = {0};
        service.answer.outcome = cases[i].outcome;
        OK(kf_connection_register(context, "corp", "{\"email\":\"a@b.org\"}", &answer));
        assert_string_equal(shown("corp", "standing"), cases[i].standing);
        assert_string_equal(shown("corp", "standing_text"), "words of the CA");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SERVICE(before_anybody_asked_nothing_is_known),
        SERVICE(a_check_keeps_what_the_ca_said),
        SERVICE(a_ca_that_cannot_be_reached_keeps_the_last_good_time),
        SERVICE(that_a_sign_in_is_wanted_is_an_answer),
        SERVICE(our_own_trouble_is_not_the_cas),
        SERVICE(a_service_without_accounts_is_reached_by_its_test),
        SERVICE(a_test_says_its_line_and_is_kept),
        SERVICE(signed_in_is_kept_with_the_accounts_name),
        SERVICE(signed_in_without_a_name_is_signed_in),
        SERVICE(fields_that_are_no_json_are_not_sent),
        SERVICE(a_question_changes_nothing_but_the_time),
        SERVICE(a_refused_sign_in_is_kept_in_the_cas_words),
        SERVICE(a_sign_in_that_does_not_arrive_is_a_problem),
        SERVICE(the_other_secrets_stay_when_signing_out),
        SERVICE(a_silent_ca_keeps_nobody_from_forgetting),
        SERVICE(a_service_without_accounts_cannot_be_signed_in_to),
        SERVICE(a_registration_is_checked_before_it_is_sent),
        SERVICE(what_became_of_a_registration_is_kept),
    };
    return run_service(tests, KF_COUNT(tests));
}

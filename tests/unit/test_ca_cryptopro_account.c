// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: signing in and out, and the states of an account.
#include "unit/cryptopro_fixture.h"

static enum kf_ca_standing standing(kf_account *account) {
    OK(kf_ca_account(ca, account));
    return account->standing;
}

static void the_right_password_is_kept_for_the_next_process(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_account) account = {0};
    assert_int_equal(sign_in_as("fedorov", "korova", &answer), KF_CA_ISSUED);
    open_again();
    assert_int_equal(standing(&account), KF_CA_CONNECTED);
    assert_string_equal(account.name, "fedorov");
}

static void a_wrong_password_is_refused_and_not_kept(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_account) account = {0};
    assert_int_equal(sign_in_as("fedorov", "wrong", &answer), KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "not accepted"));
    assert_int_equal(standing(&account), KF_CA_SIGNED_OUT);
    assert_null(account.name);
}

static void a_wrong_password_leaves_the_account_that_was_there(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_account) account = {0};
    sign_in();
    assert_int_equal(sign_in_as("somebody", "else", &answer), KF_CA_REJECTED);
    assert_int_equal(standing(&account), KF_CA_CONNECTED);
    assert_string_equal(account.name, "fedorov");
}

static void signing_in_takes_both(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) secret = NULL;
    OK(kf_secret_copy("korova", 6, &secret));
    struct kf_ca_login only_word = {.secret = secret}, nothing = {0};
    struct kf_ca_login only_user = {.fields = "{\"user\":\"fedorov\"}"};
    struct kf_ca_login colon = {.fields = "{\"user\":\"a:b\"}", .secret = secret};
    assert_says(kf_ca_login(ca, &only_word, &answer), KF_E_USAGE, "a login and a password");
    assert_says(kf_ca_login(ca, &only_user, &answer), KF_E_USAGE, "a login and a password");
    assert_says(kf_ca_login(ca, &nothing, &answer), KF_E_USAGE, "a login and a password");
    assert_says(kf_ca_login(ca, &colon, &answer), KF_E_USAGE, "colon");
    assert_int_equal(double_count(cp_double, "requests"), 0);
}

static void every_letter_of_a_registration_is_one_of_four_states(void **state) {
    static const struct {
        const char *letter;
        enum kf_ca_standing standing;
        const char *words;
    } cases[] = {{"Q", KF_CA_UNCONFIRMED, "queued"},  {"P", KF_CA_UNCONFIRMED, "sent to the CA"},
                 {"A", KF_CA_CONNECTED, NULL},        {"C", KF_CA_CONNECTED, NULL},
                 {"K", KF_CA_CONNECTED, NULL},        {"R", KF_CA_REFUSED, "rejected"},
                 {"D", KF_CA_REFUSED, "denied"},      {"E", KF_CA_REFUSED, "CA error"},
                 {"X", KF_CA_UNCONFIRMED, "not know"}};
    sign_in();
    for (size_t i = 0; i < KF_COUNT(cases) * 2; i++) {
        KF_AUTO(kf_account) account = {0};
        double_set(cp_double, "registration", cases[i / 2].letter);
        double_set(cp_double, "lower", i % 2 ? "yes" : "");
        assert_int_equal(standing(&account), cases[i / 2].standing);
        assert_int_equal(account.text != NULL, cases[i / 2].words != NULL);
        if (account.text)
            assert_non_null(strstr(account.text, cases[i / 2].words));
    }
}

static void an_unconfirmed_user_can_sign_in_and_is_told(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "registration", "Q");
    assert_int_equal(sign_in_as("fedorov", "korova", &answer), KF_CA_ISSUED);
    assert_non_null(strstr(answer.text, "queued"));
}

static void a_site_without_registrations_is_asked_for_its_list(void **state) {
    KF_AUTO(kf_account) account = {0};
    open_uc("/ui", NULL); /* no folder */
    sign_in();
    assert_int_equal(standing(&account), KF_CA_CONNECTED);
    assert_string_equal(double_seen(cp_double, "GET /ui/api/certrequest", "body"), "");
}

static void signing_out_forgets_a_password_that_a_person_knows(void **state) {
    KF_AUTO(kf_account) account = {0};
    sign_in();
    OK(kf_ca_logout(ca));
    assert_int_equal(standing(&account), KF_CA_SIGNED_OUT);
    open_again();
    assert_int_equal(standing(&account), KF_CA_SIGNED_OUT);
    assert_int_not_equal(shell("grep -rq korova ."), 0);
}

static void somebody_elses_login_does_not_replace_what_was_shown_once(void **state) {
    KF_AUTO(kf_answer) answer = {0}, refused = {0};
    KF_AUTO(kf_account) account = {0};
    KF_AUTO_PTR(kf_secret) secret = NULL;
    OK(kf_ca_register(ca, "{\"CN\":\"Анна\"}", &answer));
    OK(kf_ca_logout(ca));
    OK(kf_secret_copy("korova", 6, &secret));
    struct kf_ca_login other = {.fields = "{\"user\":\"fedorov\"}", .secret = secret},
                       nothing = {0};
    assert_says(kf_ca_login(ca, &other, &refused), KF_E_EXISTS, "user-1");
    OK(kf_ca_login(ca, &nothing, &answer));
    OK(kf_ca_account(ca, &account));
    assert_string_equal(account.name, "user-1");
}

static void typing_what_was_shown_once_keeps_it_so(void **state) {
    KF_AUTO(kf_answer) answer = {0}, again = {0};
    struct kf_ca_login nothing = {0};
    OK(kf_ca_register(ca, "{\"CN\":\"Анна\"}", &answer));
    assert_int_equal(sign_in_as("user-1", "once-1-Zx7", &answer), KF_CA_ISSUED);
    OK(kf_ca_logout(ca));
    OK(kf_ca_login(ca, &nothing, &again));
    assert_int_equal(again.outcome, KF_CA_ISSUED);
}

static void a_login_goes_to_the_service_only_that_it_is_of(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_account) account = {0};
    kf_double *elsewhere = double_start("cryptopro", DOUBLE_PLAIN);
    KF_AUTO_FREE char *there = kf_str("url=%s/ui/api/" CP_FOLDER, double_url(elsewhere));
    KF_AUTO_FREE char *here = kf_str("url=%s/ui/api/" CP_FOLDER, double_url(cp_double));
    sign_in();
    OK(kf_connection_edit(context, "uc", (const char *[]){there}, 1));
    open_again();
    struct kf_ca_order order = order_of("id-1", &csr);
    assert_says(kf_ca_submit(ca, &order, &answer), KF_E_CA_LOGIN, "127.0.0.1");
    assert_int_equal(standing(&account), KF_CA_SIGNED_OUT);
    assert_int_equal(double_count(elsewhere, "requests"), 0);
    OK(kf_connection_edit(context, "uc", (const char *[]){here}, 1));
    open_again();
    assert_int_equal(standing(&account), KF_CA_CONNECTED);
    double_stop(elsewhere);
}

static void the_password_is_only_where_secrets_are(void **state) {
    sign_in();
    assert_int_equal(shell("test \"$(grep -rl korova . | grep -v /secrets/ | wc -l)\" = 0"), 0);
}

static void the_form_asks_for_login_and_password(void **state) {
    KF_AUTO_PTR(json_t) form = NULL;
    OK(kf_ca_form(ca, KF_FORM_LOGIN, NULL, &form));
    assert_string_equal(text_in(field_of(form, "user"), "kind"), "text");
    assert_string_equal(text_in(field_of(form, "password"), "kind"), "secret");
}

static void the_test_says_how_it_stands(void **state) {
    KF_AUTO_FREE char *before = NULL, *after = NULL, *without = NULL;
    OK(kf_ca_test(ca, &before));
    assert_non_null(strstr(before, "not signed in"));
    sign_in();
    OK(kf_ca_test(ca, &after));
    assert_non_null(strstr(after, "signed in as fedorov"));
    open_uc("/ui", NULL);
    OK(kf_ca_test(ca, &without));
    assert_non_null(strstr(without, "no folder"));
}

static void another_site_is_seen_by_the_test(void **state) {
    KF_AUTO_FREE char *text = NULL;
    double_set(cp_double, "portal", "");
    assert_says(kf_ca_test(ca, &text), KF_E_CA_ANSWER, "no folder of a user portal");
    open_uc("/ui", NULL);
    assert_says(kf_ca_test(ca, &text), KF_E_CA_ANSWER, "no CryptoPro UC 2.0 user portal");
}

static void a_connection_with_a_wrong_address_is_not_added(void **state) {
    const char *settings[] = {"url=https://ca.example.ru/portal"};
    assert_says(kf_connection_add(context, "no", "cryptopro", settings, 1), KF_E_USAGE, "/ui");
    assert_says(kf_connection_add(context, "no", "cryptopro", NULL, 0), KF_E_USAGE, "\"url\"");
}

/* --- with a certificate --- */

static void a_certificate_must_be_named(void **state) {
    KF_AUTO_FREE char *url = kf_str("url=%s/ui", double_url(cp_double));
    const char *settings[] = {url, "login-with=certificate"};
    assert_says(kf_connection_add(context, "no", "cryptopro", settings, 2), KF_E_USAGE,
                "client-cert");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_UC(the_right_password_is_kept_for_the_next_process),
        AT_UC(a_wrong_password_is_refused_and_not_kept),
        AT_UC(a_wrong_password_leaves_the_account_that_was_there),
        AT_UC(signing_in_takes_both),
        AT_UC(every_letter_of_a_registration_is_one_of_four_states),
        AT_UC(an_unconfirmed_user_can_sign_in_and_is_told),
        AT_UC(a_site_without_registrations_is_asked_for_its_list),
        AT_UC(signing_out_forgets_a_password_that_a_person_knows),
        AT_UC(somebody_elses_login_does_not_replace_what_was_shown_once),
        AT_UC(typing_what_was_shown_once_keeps_it_so),
        AT_UC(a_login_goes_to_the_service_only_that_it_is_of),
        AT_UC(the_password_is_only_where_secrets_are),
        AT_UC(the_form_asks_for_login_and_password),
        AT_UC(the_test_says_how_it_stands),
        AT_UC(another_site_is_seen_by_the_test),
        AT_UC(a_connection_with_a_wrong_address_is_not_added),
        AT_UC(a_certificate_must_be_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

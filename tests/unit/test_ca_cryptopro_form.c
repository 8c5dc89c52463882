// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: registering as a new user, the forms, the templates.
#include "unit/cryptopro_fixture.h"

#include <keyfob/form.h>

static json_t *form_of(enum kf_ca_form which, const char *template) {
    json_t *form = NULL;
    OK(kf_ca_form(ca, which, template, &form));
    return form;
}

static bool is_true(const json_t *object, const char *name) {
    return json_is_true(json_object_get(object, name));
}

/* --- the registration form --- */

static void the_registration_form_is_what_the_service_asks(void **state) {
    KF_AUTO_PTR(json_t) form = form_of(KF_FORM_REGISTER, NULL);
    const json_t *name = field_of(form, "CN"), *country = field_of(form, "C");
    assert_string_equal(text_in(name, "title"), "Общее имя");
    assert_string_equal(text_in(name, "oid"), "2.5.4.3");
    assert_true(is_true(name, "required"));
    assert_int_equal(json_integer_value(json_object_get(name, "max")), 64);
    assert_true(is_true(country, "read_only"));
    assert_string_equal(text_in(country, "value"), "RU");
    assert_string_equal(text_in(country, "check"), "country");
    assert_string_equal(text_in(field_of(form, "SNILS"), "check"), "snils");
    assert_string_equal(text_in(field_of(form, "INN"), "check"), "inn");
    assert_string_equal(text_in(field_of(form, "E"), "check"), "email");
}

static void lists_are_open_or_closed_as_the_service_says(void **state) {
    KF_AUTO_PTR(json_t) form = form_of(KF_FORM_REGISTER, NULL);
    const json_t *open = field_of(form, "O"), *closed = field_of(form, "OU");
    assert_int_equal(json_array_size(json_object_get(open, "choices")), 2);
    assert_false(is_true(open, "closed"));
    assert_true(is_true(closed, "closed"));
}

static void the_key_phrase_is_a_secret(void **state) {
    KF_AUTO_PTR(json_t) form = form_of(KF_FORM_REGISTER, NULL);
    assert_string_equal(text_in(field_of(form, "KeyPhrase"), "kind"), "secret");
    assert_int_equal(json_integer_value(json_object_get(field_of(form, "KeyPhrase"), "max")), 1024);
    assert_string_equal(text_in(field_of(form, "Email"), "check"), "email");
    field_of(form, "Comment");
    field_of(form, "Description");
}

/* --- registering --- */

#define ANNA                                                                                       \
    "{\"CN\":\"Иванова Анна\",\"SNILS\":\"11223344595\",\"Email\":\"anna@example.ru\"," \
    "\"KeyPhrase\":\"девичья фамилия\"}"

static void a_new_user_is_registered_and_signed_in(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_account) account = {0};
    OK(kf_ca_register(ca, ANNA, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_non_null(strstr(answer.text, "user-1"));
    open_again();
    OK(kf_ca_account(ca, &account));
    assert_int_equal(account.standing, KF_CA_CONNECTED);
    assert_string_equal(account.name, "user-1");
}

static void the_names_are_sent_by_oid_in_the_services_order(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_ca_register(ca, ANNA, &answer));
    assert_string_equal(
        double_seen(cp_double, "POST /ui/api/" CP_FOLDER "/regrequest", "body"),
        "{\"Comment\":\"\",\"Description\":\"\",\"Email\":\"anna@example.ru\",\"KeyPhrase\":"
        "\"девичья фамилия\",\"OidArray\":[{\"2.5.4.3\":\"Иванова Анна\"},"
        "{\"2.5.4.6\":\"RU\"},{\"1.2.643.100.3\":\"11223344595\"}]}");
    assert_string_equal(
        double_seen(cp_double, "POST /ui/api/" CP_FOLDER "/regrequest", "Authorization"), "");
}

static void a_registration_that_waits_for_the_ca_says_so(void **state) {
    static const char *const letters[] = {"Q", "P", "X"};
    for (size_t i = 0; i < KF_COUNT(letters); i++) {
        KF_AUTO(kf_answer) answer = {0};
        open_uc("/ui/" CP_FOLDER, NULL);
        double_set(cp_double, "registration", letters[i]);
        OK(kf_ca_register(ca, ANNA, &answer));
        assert_int_equal(answer.outcome, KF_CA_WAIT);
    }
}

static void the_password_that_is_shown_once_is_only_where_secrets_are(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_ca_register(ca, ANNA, &answer));
    assert_null(strstr(answer.text, "once-1"));
    assert_int_equal(shell("grep -rl once-1 . | grep -v /secrets/"), 1);
    assert_int_equal(shell("grep -rl once-1 . | grep -q /secrets/"), 0);
}

static void values_that_break_the_rules_are_not_sent(void **state) {
    static const struct {
        const char *fields, *words;
    } cases[] = {
        {"{}", "is needed"},
        {"{\"CN\":\"Анна\",\"C\":\"DE\"}", "cannot be changed"},
        {"{\"CN\":\"Анна\",\"OU\":\"Склад\"}", "not one of the values"},
        {"{\"CN\":\"Анна\",\"SNILS\":\"11223344596\"}", "check sum"},
        {"{\"CN\":\"Анна\",\"INN\":\"500100732250\"}", "check digit"},
        {"{\"CN\":\"Анна\",\"Email\":\"anna\"}", "e-mail"},
        {"{\"CN\":\"Анна\",\"Nonsense\":\"x\"}", "not a field"},
        {"{\"CN\":\"ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖ\"}",
         "Общее имя"},
        {"[1]", "JSON object"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_answer) answer = {0};
        assert_says(kf_ca_register(ca, cases[i].fields, &answer), KF_E_USAGE, cases[i].words);
    }
    assert_int_equal(double_count(cp_double, "registrations"), 0);
}

static void sixty_four_cyrillic_letters_fit_into_sixty_four(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_ca_register(ca,
                      "{\"CN\":"
                      "\"ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖ\"}",
                      &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
}

static void nobody_is_registered_over_a_login_that_is_there(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_ca_register(ca, ANNA, &answer));
    assert_says(kf_ca_register(ca, ANNA, &answer), KF_E_EXISTS, "has a login already");
    assert_int_equal(double_count(cp_double, "registrations"), 1);
    double_set(cp_double, "registration", "R"); /* of no use any more */
    OK(kf_ca_register(ca, ANNA, &answer));
    assert_int_equal(double_count(cp_double, "registrations"), 2);
}

static void a_refused_registration_is_told_in_the_services_words(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "fault-path", "POST ");
    double_set(cp_double, "fault", "status:400");
    OK(kf_ca_register(ca, ANNA, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "400"));
}

static void a_lost_answer_says_that_the_ca_must_be_asked(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "fault-path", "POST ");
    double_set(cp_double, "fault", "lose");
    assert_int_equal(kf_ca_register(ca, ANNA, &answer), KF_E_CA_UNREACHABLE);
    assert_non_null(strstr(kf_error_next(KF_E_CA_UNREACHABLE), "ask the CA before"));
    assert_int_equal(double_count(cp_double, "registrations"), 1);
}

/* Whatever came instead of the answer, the user may be there, and the login is gone. */
static void every_answer_that_shows_no_login_says_that_the_ca_must_be_asked(void **state) {
    static const struct {
        const char *fault;
        kf_err err;
    } cases[] = {{"after:html", KF_E_CA_ANSWER},
                 {"after:oversize", KF_E_CA_ANSWER},
                 {"after:status:500", KF_E_CA_UNREACHABLE},
                 {"after:status:502", KF_E_CA_UNREACHABLE}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(cp_double, "fault-path", "POST ");
        double_set(cp_double, "fault", cases[i].fault);
        assert_int_equal(kf_ca_register(ca, ANNA, &answer), cases[i].err);
        assert_non_null(strstr(kf_error_next(cases[i].err), "ask the CA before"));
    }
    assert_int_equal(double_count(cp_double, "registrations"), KF_COUNT(cases));
}

/* The folder of secrets becomes a file. */
static void what_cannot_be_kept_is_not_registered(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_int_equal(shell("d=$(find . -type d -name secrets); rm -rf \"${d:-./secrets}\"; "
                           "find . -name keyfob.db -printf '%h/secrets\\n' | xargs touch"),
                     0);
    assert_int_not_equal(kf_ca_register(ca, ANNA, &answer), KF_OK);
    assert_int_equal(double_count(cp_double, "registrations"), 0);
}

static void without_a_folder_nobody_can_register(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    open_uc("/ui", NULL);
    assert_says(kf_ca_register(ca, ANNA, &answer), KF_E_USAGE, "folder");
}

static void signing_out_keeps_what_was_shown_once_asleep(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_account) account = {0};
    KF_AUTO_PTR(json_t) form = NULL;
    struct kf_ca_login nothing = {0};
    OK(kf_ca_register(ca, ANNA, &answer));
    OK(kf_ca_logout(ca));
    open_again();
    OK(kf_ca_account(ca, &account));
    assert_int_equal(account.standing, KF_CA_SIGNED_OUT);
    form = form_of(KF_FORM_LOGIN, NULL);
    assert_int_equal(json_array_size(json_object_get(form, "fields")), 0);
    OK(kf_ca_login(ca, &nothing, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    OK(kf_ca_account(ca, &account));
    assert_string_equal(account.name, "user-1");
}

/* --- templates and the order's form --- */

static void templates_tell_key_and_approval(void **state) {
    static const char *const places[] = {"base", "root"};
    for (size_t i = 0; i < KF_COUNT(places); i++) {
        KF_AUTO_PTR(json_t) list = NULL;
        double_set(cp_double, "templates-at", places[i]);
        OK(kf_ca_templates(ca, &list));
        assert_int_equal(json_array_size(list), 3);
        assert_string_equal(text_in(json_array_get(list, 0), "name"), "1.2.643.2.2.46.0.8");
        assert_string_equal(text_in(json_array_get(list, 0), "help"), "issued without an operator");
        assert_string_equal(text_in(json_array_get(list, 1), "title"),
                            "Индивидуальный предприниматель");
        assert_string_equal(text_in(json_array_get(list, 1), "help"),
                            "a key for signing; an operator of the CA decides");
        assert_non_null(strstr(text_in(json_array_get(list, 2), "help"), "key exchange"));
    }
}

static void the_order_form_is_filled_from_the_registration(void **state) {
    KF_AUTO_PTR(json_t) form = form_of(KF_FORM_ORDER, "IP");
    assert_string_equal(text_in(field_of(form, "template"), "value"), "1.2.643.2.2.50.1.9.1");
    assert_string_equal(text_in(field_of(form, "CN"), "value"), "Фёдоров Фёдор Фёдорович");
    assert_string_equal(text_in(field_of(form, "SNILS"), "value"), "11223344595");
    assert_true(is_true(field_of(form, "C"), "read_only"));
    assert_null(json_object_get(field_of(form, "INN"), "value"));
}

static void a_template_that_is_not_there_has_no_form(void **state) {
    json_t *form = NULL;
    assert_says(kf_ca_form(ca, KF_FORM_ORDER, "Nobody", &form), KF_E_USAGE, "no template");
    assert_null(form);
}

static void a_service_without_profile_asks_for_the_names(void **state) {
    double_set(cp_double, "profile", "");
    KF_AUTO_PTR(json_t) form = form_of(KF_FORM_ORDER, NULL);
    assert_null(json_object_get(field_of(form, "CN"), "value"));
    assert_true(is_true(field_of(form, "CN"), "required"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_UC(the_registration_form_is_what_the_service_asks),
        AT_UC(lists_are_open_or_closed_as_the_service_says),
        AT_UC(the_key_phrase_is_a_secret),
        AT_UC(a_new_user_is_registered_and_signed_in),
        AT_UC(the_names_are_sent_by_oid_in_the_services_order),
        AT_UC(a_registration_that_waits_for_the_ca_says_so),
        AT_UC(the_password_that_is_shown_once_is_only_where_secrets_are),
        AT_UC(values_that_break_the_rules_are_not_sent),
        AT_UC(sixty_four_cyrillic_letters_fit_into_sixty_four),
        AT_UC(nobody_is_registered_over_a_login_that_is_there),
        AT_UC(a_refused_registration_is_told_in_the_services_words),
        AT_UC(a_lost_answer_says_that_the_ca_must_be_asked),
        AT_UC(every_answer_that_shows_no_login_says_that_the_ca_must_be_asked),
        AT_UC(what_cannot_be_kept_is_not_registered),
        AT_UC(without_a_folder_nobody_can_register),
        AT_UC(signing_out_keeps_what_was_shown_once_asleep),
        SIGNED_IN(templates_tell_key_and_approval),
        SIGNED_IN(the_order_form_is_filled_from_the_registration),
        SIGNED_IN(a_template_that_is_not_there_has_no_form),
        SIGNED_IN(a_service_without_profile_asks_for_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

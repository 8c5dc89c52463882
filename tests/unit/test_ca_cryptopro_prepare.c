// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: what is checked and said before a key is made.
#include "unit/cryptopro_fixture.h"

#include "ca/cryptopro/cryptopro.h"

#define USER_TEMPLATE "1.2.643.2.2.46.0.8"

static struct kf_ca_plan plan_of(const char *fields) {
    return (struct kf_ca_plan){
        .profile = "tls-client", .key = "p256", .subject = "", .fields = fields};
}

static void prepare(const struct kf_ca_plan *plan, kf_prepared *prepared) {
    OK(kf_ca_prepare(ca, plan, prepared));
}

static bool has_note(const kf_prepared *prepared, const char *level, const char *words) {
    size_t i;
    json_t *note;
    json_array_foreach(prepared->notes, i, note) {
        if (strcmp(text_in(note, "level"), level) == 0 && strstr(text_in(note, "text"), words))
            return true;
    }
    return false;
}

static void the_subject_is_made_of_the_registered_names(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\"}");
    prepare(&plan, &prepared);
    assert_string_equal(prepared.subject,
                        "CN=Фёдоров Фёдор Фёдорович,C=RU,L=Йошкар-Ола,SNILS=11223344595");
    assert_string_equal(prepared.template_oid, USER_TEMPLATE);
    assert_true(has_note(&prepared, "note", "may replace the subject"));
    assert_true(has_note(&prepared, "note", "issued without an operator"));
}

/* The types of the certificate's names: NumericString for SNILS, UTF8String for what is Cyrillic.
 */
static void the_request_carries_names_and_template(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    KF_AUTO_PTR(kf_csr) request = NULL;
    size_t len = 0;
    struct kf_ca_plan plan = plan_of("{\"template\":\"" USER_TEMPLATE "\"}");
    prepare(&plan, &prepared);
    struct kf_csr_spec spec = {.subject = prepared.subject, .template_oid = prepared.template_oid};
    OK(kf_csr_build(&spec, key, key, &request));
    const uint8_t *der = kf_csr_der(request, &len);
    OK(kf_file_write(in_base_dir("csr.der"), der, len, 0600));
    assert_int_equal(shell("openssl asn1parse -inform DER -in csr.der | grep -q 'NUMERICSTRING *"
                           ":11223344595'"),
                     0);
    assert_int_equal(shell("openssl asn1parse -inform DER -in csr.der | grep -q '1.3.6.1.4.1.311."
                           "21.7\\|Microsoft certificate template'"),
                     0);
    OK(kf_buf_set(&csr, der, len));
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    assert_int_equal(double_count(cp_double, "templated"), 1);
}

static void fields_that_were_changed_win_over_the_registered_ones(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan =
        plan_of("{\"template\":\"User\",\"L\":\"Казань\",\"O\":\"ООО \\\"А, Б\\\"\"}");
    prepare(&plan, &prepared);
    assert_non_null(strstr(prepared.subject, "L=Казань"));
    assert_non_null(strstr(prepared.subject, "O=ООО \\\"А\\, Б\\\""));
    assert_non_null(strstr(prepared.fields, "Казань"));
}

static void a_subject_of_the_persons_own_is_not_used_and_that_is_said(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\"}");
    plan.subject = "CN=Somebody";
    prepare(&plan, &prepared);
    assert_true(has_note(&prepared, "note", "not of \"CN=Somebody\""));
}

static void without_registered_names_the_persons_subject_stays(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\"}");
    plan.subject = "CN=Somebody";
    open_uc("/ui", NULL);
    sign_in();
    double_set(cp_double, "templates-at", "root");
    double_set(cp_double, "profile", "");
    prepare(&plan, &prepared);
    assert_null(prepared.subject);
}

static void a_latin_letter_in_a_cyrillic_word_is_a_warning(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\",\"CN\":\"Федоров Федоp\"}");
    prepare(&plan, &prepared);
    assert_true(has_note(&prepared, "warning", "\"Федоp\" has Latin and Cyrillic"));
}

static void the_template_must_exist(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan unknown = plan_of("{\"template\":\"Boss\"}"), nonsense = plan_of("[]");
    assert_says(kf_ca_prepare(ca, &unknown, &prepared), KF_E_USAGE, "no template \"Boss\"");
    assert_says(kf_ca_prepare(ca, &nonsense, &prepared), KF_E_USAGE, "JSON object");
    assert_null(prepared.subject);
}

static void without_a_template_it_is_the_cas_default_and_that_is_said(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{}");
    prepare(&plan, &prepared);
    assert_string_equal(prepared.template_oid, USER_TEMPLATE);
    assert_true(has_note(&prepared, "note", "template \"Пользователь"));
}

static void wrong_fields_are_refused(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\",\"INN\":\"123456789012\"}");
    assert_says(kf_ca_prepare(ca, &plan, &prepared), KF_E_USAGE, "check digit");
}

static void nobody_orders_before_the_registration_is_confirmed(void **state) {
    static const struct {
        const char *letter;
        kf_err err;
        const char *words;
    } cases[] = {{"Q", KF_E_NEEDS_PERSON, "not confirmed your registration"},
                 {"X", KF_E_NEEDS_PERSON, "not confirmed your registration"},
                 {"R", KF_E_CA_LOGIN, "refused your registration"},
                 {"E", KF_E_CA_LOGIN, "CA error"}};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\"}");
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_prepared) prepared = {0};
        double_set(cp_double, "registration", cases[i].letter);
        assert_says(kf_ca_prepare(ca, &plan, &prepared), cases[i].err, cases[i].words);
        assert_string_equal(kf_error_key_state(cases[i].err), "No key was made.");
    }
}

static void nobody_orders_without_signing_in(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\"}");
    assert_says(kf_ca_prepare(ca, &plan, &prepared), KF_E_CA_LOGIN, "not signed in");
    assert_non_null(strstr(kf_error_next(KF_E_CA_LOGIN), "keyfob connection login"));
}

static void a_request_made_elsewhere_is_told_about_its_template(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\"}");
    plan.csr = csr.data, plan.csr_len = csr.len;
    prepare(&plan, &prepared);
    assert_null(prepared.subject);
    assert_null(prepared.template_oid);
    assert_true(has_note(&prepared, "warning", "names no template"));
}

static void a_request_made_elsewhere_with_the_template_is_fine(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    KF_AUTO_PTR(kf_csr) request = NULL;
    struct kf_csr_spec spec = {.subject = "CN=x", .template_oid = USER_TEMPLATE};
    struct kf_ca_plan plan = plan_of("{\"template\":\"User\"}");
    OK(kf_csr_build(&spec, key, key, &request));
    plan.csr = kf_csr_der(request, &plan.csr_len);
    prepare(&plan, &prepared);
    assert_false(has_note(&prepared, "warning", "template"));
}

/* --- the subject's parts --- */

static void values_are_escaped_for_a_subject(void **state) {
    static const struct {
        const char *oid, *value, *text;
    } cases[] = {
        {"2.5.4.3", "a,b+c\"d\\e<f>g;h", "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h"},
        {"2.5.4.3", "#1", "CN=\\#1"},
        {"2.5.4.3", " a b ", "CN=\\ a b\\ "},
        {"1.2.643.3.131.1.1", "7707083893", "INN=007707083893"},
        {"1.2.643.3.131.1.1", "500100732259", "INN=500100732259"},
        {"1.2.643.100.4", "7707083893", "INNLE=7707083893"},
        {"1.2.3.4", "x", "1.2.3.4=x"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_buf) text = {0};
        OK(kf_cp_subject_add(&text, cases[i].oid, cases[i].value));
        assert_string_equal(kf_buf_str(&text), cases[i].text);
        OK(kf_csr_spec_check(&(struct kf_csr_spec){.subject = kf_buf_str(&text)}));
    }
}

static void a_name_that_no_subject_can_hold_is_left_out_and_named(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan =
        plan_of("{\"template\":\"User\",\"O\":"
                "\"ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖ"
                "\",\"E\":\"иван@пример.рф\"}");
    prepare(&plan, &prepared);
    assert_non_null(strstr(prepared.subject, "O=Ж"));
    assert_null(strstr(prepared.subject, "emailAddress"));
    assert_true(has_note(&prepared, "warning", "Электронная почта is left out"));
}

static void words_of_two_scripts_are_found(void **state) {
    static const struct {
        const char *text, *word;
    } cases[] = {{"Cидоров", "Cидоров"},
                 {"ООО Ромашкa", "Ромашкa"},
                 {"Фёдоров-Smith", NULL},
                 {"ООО Smith", NULL},
                 {"", NULL},
                 {"王小明a", NULL},
                 {"x Ѐa", "Ѐa"}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        char word[64] = "";
        assert_int_equal(kf_cp_mixed_word(cases[i].text, word, sizeof word), cases[i].word != NULL);
        assert_string_equal(word, cases[i].word ? cases[i].word : "");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SIGNED_IN(the_subject_is_made_of_the_registered_names),
        SIGNED_IN(the_request_carries_names_and_template),
        SIGNED_IN(fields_that_were_changed_win_over_the_registered_ones),
        SIGNED_IN(a_subject_of_the_persons_own_is_not_used_and_that_is_said),
        SIGNED_IN(without_registered_names_the_persons_subject_stays),
        SIGNED_IN(a_latin_letter_in_a_cyrillic_word_is_a_warning),
        SIGNED_IN(the_template_must_exist),
        SIGNED_IN(without_a_template_it_is_the_cas_default_and_that_is_said),
        SIGNED_IN(wrong_fields_are_refused),
        SIGNED_IN(nobody_orders_before_the_registration_is_confirmed),
        AT_UC(nobody_orders_without_signing_in),
        SIGNED_IN(a_request_made_elsewhere_is_told_about_its_template),
        SIGNED_IN(a_request_made_elsewhere_with_the_template_is_fine),
        cmocka_unit_test(values_are_escaped_for_a_subject),
        SIGNED_IN(a_name_that_no_subject_can_hold_is_left_out_and_named),
        cmocka_unit_test(words_of_two_scripts_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

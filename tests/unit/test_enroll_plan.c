// SPDX-License-Identifier: Apache-2.0
// Before a key: what the CA refuses, completes, ignores; and that nothing is left behind.
#include "unit/enroll_careful.h"

#include "enroll/order.h"
#include "x509/csr.h"

static char noted[256];

static void catch_note(void *arg, const struct kf_step *step) {
    if (strcmp(step->name, "note") == 0)
        snprintf(noted, sizeof noted, "%s", step->text);
}

static void assert_nothing_made(void) {
    KF_AUTO_PTR(json_t) all = NULL;
    assert_string_equal(id, "");
    assert_ok(kf_requests_json(context, false, &all));
    assert_int_equal(json_array_size(all), 0);
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 0);
    assert_int_equal(calls(room, "C_Login"), 0);
    assert_int_equal(lab->sends, 0);
}

static void the_ca_sees_the_plan_before_a_key_is_made(void **state) {
    struct kf_enroll_order order = a_careful_order();
    order.key = KF_KEY_P384;
    careful.prepare = KF_E_POLICY;
    assert_says(kf_enroll(context, &order, id), KF_E_POLICY, "does not want");
    assert_string_equal(careful.key, "p384");
    assert_string_equal(careful.seen_subject, "CN=Anna Example");
    assert_string_equal(careful.seen_fields,
                        "{\"template\":\"user\",\"email\":\"anna@example.org\",\"years\":\"1\"}");
    assert_nothing_made();
}

static void the_chosen_key_is_named_when_nobody_asked_for_one(void **state) {
    struct kf_enroll_order order = a_careful_order();
    assert_ok(kf_enroll(context, &order, id));
    assert_string_equal(careful.key, kf_key_type_name(kf_profile_key_at(lab_profile, 0)));
    assert_false(careful.renewal);
    assert_enrolled();
}

static void a_field_that_the_form_does_not_take_stops_the_order(void **state) {
    static const char *const wrong[] = {"{\"email\":\"nobody\"}",
                                        "{}",
                                        "{\"email\":\"a@b.c\",\"colour\":\"red\"}",
                                        "{\"email\":\"a@b.c\",\"template\":\"root\"}",
                                        "[1]",
                                        "{"};
    struct kf_enroll_order order = an_order("k");
    for (size_t i = 0; i < KF_COUNT(wrong); i++) {
        order.fields = wrong[i];
        assert_fails(kf_enroll(context, &order, id), KF_E_USAGE);
        assert_nothing_made();
    }
    assert_int_equal(careful.prepared, 0);
}

static void the_form_is_that_of_the_template(void **state) {
    struct kf_enroll_order order = an_order("k");
    order.fields = "{\"email\":\"a@b.c\",\"template\":\"server\"}";
    assert_ok(kf_enroll(context, &order, id));
    assert_string_equal(careful.template, "server");
}

static void what_the_ca_completes_is_what_is_ordered(void **state) {
    KF_AUTO(kf_request) row = {0};
    KF_AUTO(kf_order) kept = {0};
    struct kf_enroll_order order = a_careful_order();
    order.spec.subject = NULL; /* the CA knows it */
    careful.subject = "CN=Anna from the register";
    careful.template_name = "Smartcard";
    careful.template_oid = "1.2.3:100:7";
    careful.fields = "{\"email\":\"anna@register.example\"}";
    assert_ok(kf_enroll(context, &order, id));
    load(&row);
    assert_ok(kf_order_decode(&row, &kept));
    assert_string_equal(kept.spec.subject, careful.subject);
    assert_string_equal(kept.spec.template_name, "Smartcard");
    assert_string_equal(kept.spec.template_oid, "1.2.3:100:7");
    assert_string_equal(kept.fields, careful.fields);
    assert_non_null(strstr(request_text("container"), "anna-from-the-register"));
}

static void a_subject_that_neither_gives_is_missed_before_anything_is_made(void **state) {
    struct kf_enroll_order order = a_careful_order();
    order.spec.subject = NULL;
    assert_says(kf_enroll(context, &order, id), KF_E_USAGE, "neither a subject");
    assert_int_equal(careful.prepared, 1);
    assert_nothing_made();
}

static void a_wrong_subject_is_not_shown_to_the_ca(void **state) {
    struct kf_enroll_order order = a_careful_order();
    order.spec.subject = "Anna";
    assert_int_not_equal(kf_enroll(context, &order, id), KF_OK);
    assert_int_equal(careful.prepared, 0);
    assert_nothing_made();
}

static void nonsense_from_the_ca_is_not_ordered(void **state) {
    struct kf_enroll_order order = a_careful_order();
    careful.fields = "[]";
    assert_fails(kf_enroll(context, &order, id), KF_E_CA_ANSWER);
    careful.fields = NULL;
    careful.subject = "no name";
    assert_int_not_equal(kf_enroll(context, &order, id), KF_OK);
    assert_nothing_made();
}

static void a_missing_sign_in_says_that_nothing_was_made(void **state) {
    struct kf_enroll_order order = a_careful_order();
    careful.prepare = KF_E_CA_LOGIN;
    assert_fails(kf_enroll(context, &order, id), KF_E_CA_LOGIN);
    assert_non_null(strstr(kf_error_key_state(KF_E_CA_LOGIN), "Nothing was made"));
    assert_non_null(strstr(kf_error_next(KF_E_CA_LOGIN), "connection login k"));
    assert_null(strstr(kf_error_next(KF_E_CA_LOGIN), "resume"));
    assert_nothing_made();
}

static void a_ca_that_does_not_answer_stops_it_as_well(void **state) {
    struct kf_enroll_order order = a_careful_order();
    careful.form = KF_E_CA_UNREACHABLE;
    assert_fails(kf_enroll(context, &order, id), KF_E_CA_UNREACHABLE);
    assert_non_null(strstr(kf_error_key_state(KF_E_CA_UNREACHABLE), "Nothing was made"));
    assert_null(strstr(kf_error_next(KF_E_CA_UNREACHABLE), "resume"));
    assert_nothing_made();
}

static void a_ca_without_this_form_takes_the_fields_as_they_are(void **state) {
    struct kf_enroll_order order = an_order("k");
    order.fields = "{\"anything\":[1,2]}";
    careful.form = KF_E_UNSUPPORTED;
    assert_ok(kf_enroll(context, &order, id));
    assert_string_equal(careful.seen_fields, "{\"anything\":[1,2]}");
}

static void what_the_ca_ignores_is_said(void **state) {
    struct kf_enroll_order order = a_careful_order();
    kf_context_free(KF_MOVE(context));
    room->ui.step = catch_note;
    open_context();
    careful.note = true;
    assert_ok(kf_enroll(context, &order, id));
    assert_string_equal(noted, "warning: the CA ignores the e-mail");
}

/* --- a request made elsewhere --- */

static void make_elsewhere(kf_buf *ret_csr) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    struct kf_csr_spec spec = {.subject = "CN=Elsewhere", .profile = lab_profile};
    size_t len = 0;
    assert_ok(kf_csr_build(&spec, other_key, other_key, &csr));
    const uint8_t *der = kf_csr_der(csr, &len);
    assert_ok(kf_buf_set(ret_csr, der, len));
}

static void a_request_made_elsewhere_is_planned_too(void **state) {
    KF_AUTO(kf_buf) csr = {0};
    struct kf_enroll_order order = a_careful_order();
    make_elsewhere(&csr);
    order.csr = csr.data;
    order.csr_len = csr.len;
    careful.prepare = KF_E_POLICY;
    assert_fails(kf_enroll(context, &order, id), KF_E_POLICY);
    assert_true(careful.csr);
    assert_string_equal(careful.key, "p256");
    assert_string_equal(careful.seen_subject, "CN=Elsewhere");
    assert_nothing_made();
    careful.prepare = KF_OK;
    assert_ok(kf_enroll(context, &order, id));
    assert_string_equal(fields_of(id),
                        "{\"template\":\"user\",\"email\":\"anna@example.org\",\"years\":\"1\"}");
}

/* --- from another request --- */

static void fields_of_the_old_order_are_taken_over_and_corrected(void **state) {
    struct kf_enroll_order order = a_careful_order(), again = {.from = "r-1"};
    SCRIPT(submit, REJECT, TAKE_AND_ISSUE);
    assert_fails(kf_enroll(context, &order, id), KF_E_REJECTED);
    again.fields = "{\"years\":\"2\"}";
    assert_ok(kf_enroll(context, &again, id));
    assert_string_equal(fields_of(id),
                        "{\"template\":\"user\",\"email\":\"anna@example.org\",\"years\":\"2\"}");
}

static void what_the_ca_sets_itself_by_now_is_not_taken_over(void **state) {
    struct kf_enroll_order order = a_careful_order(), again = {.from = "r-1"};
    assert_ok(kf_enroll(context, &order, id));
    careful.fixed = true;
    assert_ok(kf_enroll(context, &again, id));
    assert_string_equal(fields_of(id),
                        "{\"template\":\"user\",\"email\":\"ca@example.org\",\"years\":\"1\"}");
}

static void the_template_of_another_ca_is_not_taken_over(void **state) {
    struct kf_enroll_order order = an_order("a"), again = {.from = "r-1", .connection = "k"};
    order.fields = "{\"template\":\"Smartcard\",\"email\":\"anna@example.org\"}";
    assert_ok(kf_enroll(context, &order, id));
    assert_ok(kf_enroll(context, &again, id));
    assert_string_equal(careful.template, "");
    assert_string_equal(fields_of(id),
                        "{\"template\":\"user\",\"email\":\"anna@example.org\",\"years\":\"1\"}");
}

/* --- only the plan --- */

static void a_plan_shows_what_would_be_ordered_and_leaves_nothing(void **state) {
    KF_AUTO_PTR(json_t) plan = NULL;
    struct kf_enroll_order order = a_careful_order();
    const char *subject = NULL, *key = NULL, *email = NULL, *text = NULL;
    careful.note = true;
    *id = '\0';
    assert_ok(kf_enroll_plan(context, &order, &plan));
    assert_int_equal(json_unpack(plan, "{s:s, s:s, s:{s:s}, s:[{s:s}!]}", "subject", &subject,
                                 "key", &key, "fields", "email", &email, "notes", "text", &text),
                     0);
    assert_string_equal(subject, "CN=Anna Example");
    assert_string_equal(key, kf_key_type_name(kf_profile_key_at(lab_profile, 0)));
    assert_string_equal(email, "anna@example.org");
    assert_string_equal(text, "the CA ignores the e-mail");
    assert_nothing_made();
}

static void a_plan_needs_no_token(void **state) {
    KF_AUTO_PTR(json_t) plan = NULL;
    struct kf_enroll_order order = a_careful_order();
    play(room, "absent");
    assert_ok(kf_enroll_plan(context, &order, &plan));
    assert_true(json_is_null(json_object_get(plan, "key")));
    assert_string_equal(careful.key, "");
    assert_fails(kf_enroll(context, &order, id), KF_E_TOKEN_ABSENT);
}

static void a_plan_refuses_what_the_order_would_be_refused_for(void **state) {
    json_t *plan = NULL;
    struct kf_enroll_order order = a_careful_order();
    *id = '\0';
    careful.prepare = KF_E_USAGE;
    assert_fails(kf_enroll_plan(context, &order, &plan), KF_E_USAGE);
    assert_null(plan);
    order.connection = "nobody";
    assert_fails(kf_enroll_plan(context, &order, &plan), KF_E_NOT_FOUND);
    assert_nothing_made();
}

/* --- the key is made elsewhere, after the order --- */

static void somebody_makes_a_key(void) {
    struct kf_csr_spec spec = {.subject = "CN=Anna Example"};
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO_PTR(kf_csr) csr = NULL;
    size_t len = 0;
    assert_ok(kf_csr_build(&spec, key, key, &csr));
    const uint8_t *der = kf_csr_der(csr, &len);
    assert_ok(kf_buf_set(&elsewhere, der, len));
}

static void an_order_without_a_csr_makes_no_key(void **state) {
    struct kf_enroll_order order = a_careful_order();
    careful.keyless = true;
    SCRIPT(submit, ASK_SOMEBODY);
    SCRIPT(poll, ASK_SOMEBODY, TAKE_AND_ISSUE);
    assert_fails(kf_enroll(context, &order, id), KF_E_NEEDS_PERSON);
    assert_int_equal(lab->orders, 1);
    assert_fails(kf_request_check(context, id), KF_E_NEEDS_PERSON);
    somebody_makes_a_key();
    assert_ok(kf_request_resume(context, id, 0));
    kf_buf_clear(&elsewhere);
    assert_string_equal(request_text("state"), "done");
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 0);
    assert_int_equal(calls(room, "C_Login"), 0);
}

static void what_answers_an_order_without_a_csr_must_lead_to_a_root(void **state) {
    struct kf_enroll_order order = a_careful_order();
    careful.keyless = true;
    somebody_makes_a_key();
    lab->flaw = OTHER_ROOT;
    assert_fails(kf_enroll(context, &order, id), KF_E_QUARANTINED);
    kf_buf_clear(&elsewhere);
    assert_string_equal(request_text("state"), "quarantined");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAREFUL(the_ca_sees_the_plan_before_a_key_is_made),
        CAREFUL(the_chosen_key_is_named_when_nobody_asked_for_one),
        CAREFUL(a_field_that_the_form_does_not_take_stops_the_order),
        CAREFUL(the_form_is_that_of_the_template),
        CAREFUL(what_the_ca_completes_is_what_is_ordered),
        CAREFUL(a_subject_that_neither_gives_is_missed_before_anything_is_made),
        CAREFUL(a_wrong_subject_is_not_shown_to_the_ca),
        CAREFUL(nonsense_from_the_ca_is_not_ordered),
        CAREFUL(a_missing_sign_in_says_that_nothing_was_made),
        CAREFUL(a_ca_that_does_not_answer_stops_it_as_well),
        CAREFUL(a_ca_without_this_form_takes_the_fields_as_they_are),
        CAREFUL(what_the_ca_ignores_is_said),
        CAREFUL(a_request_made_elsewhere_is_planned_too),
        CAREFUL(fields_of_the_old_order_are_taken_over_and_corrected),
        CAREFUL(what_the_ca_sets_itself_by_now_is_not_taken_over),
        CAREFUL(the_template_of_another_ca_is_not_taken_over),
        CAREFUL(a_plan_shows_what_would_be_ordered_and_leaves_nothing),
        CAREFUL(a_plan_needs_no_token),
        CAREFUL(a_plan_refuses_what_the_order_would_be_refused_for),
        CAREFUL(an_order_without_a_csr_makes_no_key),
        CAREFUL(what_answers_an_order_without_a_csr_must_lead_to_a_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

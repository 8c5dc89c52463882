// SPDX-License-Identifier: Apache-2.0
// What a request says comes next: who, what, since when, and what keyfob does meanwhile.
#include "unit/enroll_careful.h"

#include <keyfob/renew.h>

#include "enroll/next.h"
#include "x509/issued.h"

static char next_text[512];

/* A member of the item `at` of "next", "" when it is not there. */
static const char *next_is(size_t at, const char *key) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_request_json(context, id, &json));
    const json_t *item = json_array_get(json_object_get(json, "next"), at);
    const char *text = json_string_value(json_object_get(item, key));
    snprintf(next_text, sizeof next_text, "%s", text ? text : "");
    return next_text;
}

static void assert_next(size_t at, const char *actor, const char *part) {
    assert_string_equal(next_is(at, "actor"), actor);
    if (!strstr(next_is(at, "do"), part))
        fail_msg("next is \"%s\", wanted \"%s\"", next_text, part);
}

static void assert_time(size_t at, const char *key, int64_t wanted) {
    char text[21];
    kf_time_text(wanted, text);
    assert_string_equal(next_is(at, key), text);
}

static void a_waiting_request_tells_the_whole_way(void **state) {
    KF_AUTO(kf_request) row = {0};
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    load(&row);
    assert_next(0, "ca", "decides");
    assert_string_equal(next_is(0, "what"), "decide");
    assert_time(0, "since", row.ca_since);
    assert_next(1, "keyfob", "checks again");
    assert_string_equal(next_is(1, "what"), "check_again");
    assert_time(1, "at", row.next_poll);
    assert_next(2, "keyfob", "installs the certificate when \"card\"");
    assert_string_equal(next_is(2, "what"), "install");
    assert_non_null(strstr(next_is(2, "do"), room->serial));
    assert_string_equal(next_is(3, "actor"), "");
}

static void who_must_act_comes_first_with_the_words_of_the_ca(void **state) {
    SCRIPT(submit, ASK_PERSON);
    assert_fails(enroll("a"), KF_E_NEEDS_PERSON);
    assert_next(0, "you", "confirm the mail");
    assert_string_not_equal(next_is(0, "since"), "");
    assert_next(1, "keyfob", "checks again");
}

static void a_sign_in_is_asked_for_and_what_follows_it_is_said(void **state) {
    KF_AUTO_PTR(json_t) status = NULL;
    SCRIPT(submit, TAKE);
    SCRIPT(poll, SIGN_IN);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(resume(), KF_E_CA_LOGIN);
    assert_next(0, "you", "keyfob connection login a");
    assert_string_not_equal(next_is(0, "since"), "");
    assert_next(1, "keyfob", "at once when you have signed in");
    assert_ok(kf_status_json(context, &status));
    assert_int_equal(json_integer_value(json_object_get(status, "problems")), 1);
}

static void a_ca_that_cannot_be_reached_is_tried_again(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, LOSE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_next(0, "ca", "decides");
    assert_next(1, "keyfob", "tries again");
    assert_string_equal(request_text("link"), "problem");
}

static void an_unknown_fate_is_looked_into_again(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_next(0, "you", "find out whether it arrived");
    assert_next(1, "keyfob", "tries again");
}

static void an_issued_certificate_names_the_token_that_is_missing(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_ok(kf_request_check(context, id));
    assert_next(0, "you", "request install r-1");
    assert_non_null(strstr(next_is(0, "do"), "\"card\""));
    assert_next(1, "keyfob", "installs");
}

static void a_request_made_elsewhere_goes_to_the_store(void **state) {
    kf_request row = {.number = 4, .state = KF_REQUEST_SUBMITTED, .connection = "a"};
    KF_AUTO_PTR(json_t) list = NULL;
    assert_ok(kf_next_json(&row, &list));
    const char *what = json_string_value(json_object_get(json_array_get(list, 2), "do"));
    assert_string_equal(what, "puts the certificate into the personal store");
}

static void a_renewal_says_that_the_old_one_stays(void **state) {
    struct kf_renew_order order = {.certificate = "c-1"};
    KF_AUTO_PTR(json_t) json = NULL;
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE);
    assert_ok(enroll("a"));
    assert_fails(kf_renew(context, &order, id), KF_E_PENDING);
    assert_next(2, "keyfob", "until then \"c-1\" stays");
    assert_string_equal(request_text("renews"), "c-1");
    assert_ok(kf_request_json(context, id, &json));
    assert_true(json_is_false(json_object_get(json, "same_key")));
}

static void an_end_has_nothing_next(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, REJECT);
    assert_ok(enroll("a"));
    assert_string_equal(next_is(0, "actor"), "");
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_string_equal(next_is(0, "actor"), "");
}

static void a_person_who_must_look_is_told_what_for(void **state) {
    struct kf_enroll_order order = a_careful_order();
    SCRIPT(submit, LOSE);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_says(resume(), KF_E_NEEDS_OPERATOR, "request r-1 waits for a person to look");
    assert_next(0, "you", "ask the CA");
    lab->flaw = OTHER_SUBJECT;
    SCRIPT(submit, TAKE_AND_ISSUE);
    assert_fails(kf_enroll(context, &order, id), KF_E_QUARANTINED);
    assert_next(0, "you", "correct it, then `keyfob request retry r-");
    careful.revoked = KF_CA_WAIT;
    assert_fails(kf_revoke(context, id, NULL, 1, NULL, NULL), KF_E_PENDING);
    assert_next(0, "ca", "the CA's words");
    careful.revoked = KF_CA_ISSUED;
    assert_ok(kf_revoke(context, id, NULL, 1, NULL, NULL));
    assert_next(0, "you", "it is revoked");
    assert_string_equal(request_text("revoked_reason"), "keyCompromise");
}

/* The CA has nothing to correct there. */
static void a_missing_root_is_for_the_person_to_accept(void **state) {
    static char reason[] = "the certificate \"A\" is not what was asked for: " KF_ISSUED_ROOTLESS;
    (void)state;
    kf_request row = {
        .number = 4, .state = KF_REQUEST_QUARANTINED, .connection = "a", .reason = reason};
    KF_AUTO_PTR(json_t) list = NULL;
    assert_ok(kf_next_json(&row, &list));
    const char *what = json_string_value(json_object_get(json_array_get(list, 0), "do"));
    assert_non_null(strstr(what, "`keyfob connection roots a --file FILE --accept FINGERPRINT`"));
    assert_non_null(strstr(what, "`keyfob request retry r-4`"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAREFUL(a_waiting_request_tells_the_whole_way),
        CAREFUL(who_must_act_comes_first_with_the_words_of_the_ca),
        CAREFUL(a_sign_in_is_asked_for_and_what_follows_it_is_said),
        CAREFUL(a_ca_that_cannot_be_reached_is_tried_again),
        CAREFUL(an_unknown_fate_is_looked_into_again),
        CAREFUL(an_issued_certificate_names_the_token_that_is_missing),
        CAREFUL(a_request_made_elsewhere_goes_to_the_store),
        CAREFUL(a_renewal_says_that_the_old_one_stays),
        CAREFUL(an_end_has_nothing_next),
        CAREFUL(a_person_who_must_look_is_told_what_for),
        CAREFUL(a_missing_root_is_for_the_person_to_accept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

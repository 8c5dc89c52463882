// SPDX-License-Identifier: Apache-2.0
// Calls about requests: the list, going on, what came by another way.
#include "unit/work_enroll.h"

static json_t *of(const char *id) {
    return json_pack("{s:s}", "request", id);
}

static json_int_t counted(const json_t *page, const char *view) {
    return json_integer_value(json_object_get(json_object_get(page, "counts"), view));
}

static void decide(struct front *front, bool approve) {
    const json_t *list = works(front, "labca.list", NULL);
    size_t i;
    json_t *ca;
    json_array_foreach(json_object_get(list, "items"), i, ca) {
        const json_t *row = json_array_get(json_object_get(ca, "requests"), 0);
        if (strcmp(text_of(ca, "name"), "slow") != 0 || !row)
            continue;
        json_int_t id = json_integer_value(json_object_get(row, "id"));
        works(front, approve ? "labca.approve" : "labca.reject",
              json_pack("{s:s, s:I, s:s}", "name", "slow", "id", id, "reason", "not today"));
        return;
    }
    fail_msg("nothing waits");
}

/* --- the list --- */

static void requests_are_listed_by_pages_with_counts(void **state) {
    struct front *front = *state;
    enrolled(front, "test-ca");
    enrolled(front, "slow");
    const json_t *page = works(front, "request.list", json_pack("{s:s}", "limit", "1"));
    assert_string_equal(text_of(at(page, "items", 0), "id"), "r-2");
    assert_string_equal(text_of(page, "next"), "r-2");
    assert_int_equal(counted(page, "pending"), 1);
    assert_int_equal(counted(page, "done"), 1);
    page = works(front, "request.list", json_pack("{s:s, s:s}", "view", "done", "search", "ANNA"));
    assert_string_equal(text_of(at(page, "items", 0), "id"), "r-1");
}

static void wrong_lists_are_refused(void **state) {
    fails(*state, "request.list", json_pack("{s:s}", "view", "some"), KF_E_USAGE);
    fails(*state, "request.list", json_pack("{s:s}", "after", "x"), KF_E_USAGE);
    fails(*state, "request.list", json_pack("{s:i}", "limit", -1), KF_E_USAGE);
    fails(*state, "request.list", json_pack("{s:i}", "limit", 5000), KF_E_USAGE);
    fails(*state, "request.list", json_pack("{s:s}", "limit", "many"), KF_E_INPUT);
}

static void a_request_has_a_history_and_a_file(void **state) {
    struct front *front = *state;
    const char *id = enrolled(front, "test-ca");
    assert_string_equal(text_of(works(front, "request.show", of(id)), "id"), id);
    const json_t *history = works(front, "request.history", of(id));
    assert_true(json_array_size(json_object_get(history, "items")) > 5);
    static const char *const formats[] = {"pem", "pem_new", "der"};
    for (size_t i = 0; i < KF_COUNT(formats); i++) {
        json_t *args = of(id);
        json_object_set_new(args, "format", json_string(formats[i]));
        const json_t *file = json_object_get(works(front, "request.csr", args), "file");
        assert_non_null(strstr(text_of(file, "name"), id));
    }
    json_t *args = of(id);
    json_object_set_new(args, "format", json_string("doc"));
    fails(front, "request.csr", args, KF_E_USAGE);
}

static void unknown_requests_are_not_found(void **state) {
    static const char *const ops[] = {"request.show",     "request.history", "request.csr",
                                      "request.check",    "request.resume",  "request.install",
                                      "request.withdraw", "request.retry"};
    for (size_t i = 0; i < KF_COUNT(ops); i++) {
        fails(*state, ops[i], of("r-77"), KF_E_NOT_FOUND);
        fails(*state, ops[i], NULL, KF_E_USAGE);
    }
}

/* --- pending, approved, installed --- */

static void what_is_approved_is_checked_and_installed(void **state) {
    struct front *front = *state;
    const char *id = enrolled(front, "slow");
    assert_string_equal(text_of(works(front, "request.check", of(id)), "mark"), "processing");
    decide(front, true);
    const json_t *request = works(front, "request.check", of(id));
    assert_string_equal(text_of(request, "mark"), "issued_to_install");
    assert_string_equal(text_of(request, "view"), "action");
    assert_int_equal(json_array_size(front->questions), 0);
    request = works(front, "request.install", of(id));
    assert_string_equal(text_of(request, "mark"), "issued_installed");
    assert_string_equal(text_of(json_array_get(front->questions, 0), "pin"), "user");
}

static void resuming_goes_all_the_way(void **state) {
    struct front *front = *state;
    const char *id = enrolled(front, "slow");
    decide(front, true);
    assert_string_equal(text_of(works(front, "request.resume", of(id)), "mark"),
                        "issued_installed");
}

static json_t *wrong_pin(struct front *front, const json_t *question) {
    (void)front;
    bool again = *text_of(question, "problem");
    return again ? json_pack("{s:b}", "cancel", true)
                 : json_pack("{s:s}", "secret", "Wrong-Horse-7-Staple");
}

static void a_wrong_password_names_the_request(void **state) {
    struct front *front = *state;
    const char *id = enrolled(front, "slow");
    decide(front, true);
    works(front, "request.check", of(id));
    front->answer = wrong_pin;
    front_call(front, "request.install", of(id));
    assert_non_null(front->error);
    assert_string_equal(text_of(front->error, "request"), id);
    front->answer = NULL;
    works(front, "request.install", of(id));
}

static void what_is_not_issued_is_not_installed(void **state) {
    const char *id = enrolled(*state, "slow");
    fails(*state, "request.install", of(id), KF_E_STATE);
}

static void what_has_ended_is_not_tried_again(void **state) {
    const char *id = enrolled(*state, "test-ca");
    const json_t *error = fails(*state, "request.retry", of(id), KF_E_STATE);
    assert_string_equal(text_of(error, "request"), id);
}

static void a_ca_that_waits_for_a_person_is_no_error(void **state) {
    struct front *front = *state;
    trust_service(front);
    service.outcome = KF_CA_NEEDS_PERSON;
    service.text = "confirm the mail";
    json_t *order = for_anna("corp");
    json_object_set_new(order, "template", json_string("user"));
    const json_t *request = works(front, "enroll.start", order);
    assert_string_equal(text_of(at(request, "next", 0), "do"), "confirm the mail");
    request = works(front, "request.check", of("r-1"));
    assert_string_equal(text_of(request, "mark"), "processing");
}

static void a_rejection_has_the_words_of_the_ca(void **state) {
    struct front *front = *state;
    const char *id = enrolled(front, "slow");
    decide(front, false);
    const json_t *error = fails(front, "request.check", of(id), KF_E_REJECTED);
    assert_string_equal(text_of(error, "request"), id);
    const json_t *request = works(front, "request.show", of(id));
    assert_string_equal(text_of(request, "mark"), "rejected");
    assert_string_equal(text_of(request, "reason"), "not today");
}

static void all_that_wait_are_asked_about(void **state) {
    struct front *front = *state;
    enrolled(front, "slow");
    decide(front, true);
    const json_t *report = works(front, "request.check_all", NULL);
    assert_int_equal(json_integer_value(json_object_get(report, "asked")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(report, "changed"), 0)),
                        "r-1");
}

static void one_ca_out_of_reach_is_asked_once(void **state) {
    struct front *front = *state;
    trust_service(front);
    service.outcome = KF_CA_WAIT;
    for (int i = 0; i < 2; i++) {
        json_t *order = for_anna("corp");
        json_object_set_new(order, "template", json_string("user"));
        works(front, "enroll.start", order);
    }
    service.err = KF_E_CA_UNREACHABLE;
    const json_t *report = works(front, "request.check_all", NULL);
    assert_int_equal(json_integer_value(json_object_get(report, "asked")), 1);
    assert_string_equal(text_of(at(report, "problems", 0), "code"), "ca_unreachable");
}

/* --- withdrawn, brought by another way --- */

static void a_withdrawn_request_has_no_key_any_more(void **state) {
    struct front *front = *state;
    const char *id = enrolled(front, "slow");
    json_t *args = of(id);
    json_object_set_new(args, "abandon", json_true());
    const json_t *request = works(front, "request.withdraw", args);
    assert_string_equal(text_of(request, "mark"), "withdrawn");
    assert_string_equal(text_of(request, "view"), "done");
}

static void a_certificate_that_came_by_mail_is_imported(void **state) {
    struct front *front = *state;
    works(front, "connection.add", json_pack("{s:s, s:s}", "name", "paper", "connector", "manual"));
    KF_AUTO_FREE char *root = NULL;
    const json_t *roots =
        works(front, "connection.roots", json_pack("{s:s}", "connection", "test-ca"));
    KF_AUTO_FREE char *fingerprint = strdup(text_of(at(roots, "offered", 0), "fingerprint_sha256"));
    root = strdup(text_of(json_object_get(works(front, "certificate.export",
                                                json_pack("{s:s}", "certificate", fingerprint)),
                                          "file"),
                          "data"));
    works(front, "connection.accept",
          json_pack("{s:s, s:s, s:s}", "connection", "paper", "fingerprint", fingerprint, "file",
                    root));
    const char *id = enrolled(front, "paper");
    KF_AUTO_FREE char *csr =
        strdup(text_of(json_object_get(works(front, "request.csr", of(id)), "file"), "data"));
    const json_t *issued = works(
        front, "enroll.start",
        json_pack("{s:s, s:s, s:s}", "connection", "test-ca", "profile", "tls-client", "csr", csr));
    const char *cert = text_of(json_object_get(issued, "certificate"), "id");
    KF_AUTO_FREE char *file = strdup(text_of(
        json_object_get(works(front, "certificate.export", json_pack("{s:s}", "certificate", cert)),
                        "file"),
        "data"));
    json_t *args = of("r-1");
    json_object_set_new(args, "file", json_string(file));
    const json_t *request = works(front, "request.import", args);
    assert_string_equal(text_of(request, "mark"), "issued_installed");
}

static void what_is_no_certificate_is_not_imported(void **state) {
    const char *id = enrolled(*state, "slow");
    fails(*state, "request.import", of(id), KF_E_USAGE);
    json_t *args = of(id);
    json_object_set_new(args, "file", json_string("AAAA"));
    fails(*state, "request.import", args, KF_E_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAS(requests_are_listed_by_pages_with_counts),
        CAS(wrong_lists_are_refused),
        CAS(a_request_has_a_history_and_a_file),
        CAS(unknown_requests_are_not_found),
        CAS(what_is_approved_is_checked_and_installed),
        CAS(resuming_goes_all_the_way),
        CAS(a_wrong_password_names_the_request),
        CAS(what_is_not_issued_is_not_installed),
        CAS(what_has_ended_is_not_tried_again),
        CAS(a_ca_that_waits_for_a_person_is_no_error),
        CAS(a_rejection_has_the_words_of_the_ca),
        CAS(all_that_wait_are_asked_about),
        CAS(one_ca_out_of_reach_is_asked_once),
        CAS(a_withdrawn_request_has_no_key_any_more),
        CAS(a_certificate_that_came_by_mail_is_imported),
        CAS(what_is_no_certificate_is_not_imported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

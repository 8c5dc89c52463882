// SPDX-License-Identifier: Apache-2.0
// What others change in the home is noticed, once, and by name.
#include <keyfob/changes.h>

#include "unit/enroll_fixture.h"

static char told[4096];
static kf_changes *changes;
static kf_context *watcher; /* as in another process */

static void note(void *arg, const struct kf_change *change) {
    static const char *const words[] = {[KF_CHANGED_REQUEST] = "request",
                                        [KF_CHANGED_CONNECTION] = "connection",
                                        [KF_CHANGED_CERTIFICATES] = "certificates",
                                        [KF_CHANGED_MUCH] = "much"};
    size_t len = strlen(told);
    (void)arg;
    snprintf(told + len, sizeof told - len, "%s%s%s ", words[change->what], change->name ? " " : "",
             change->name ? change->name : "");
}

static const char *look(void) {
    told[0] = '\0';
    assert_ok(kf_changes_look(changes, note, NULL));
    return told;
}

static int setup_changes(void **state) {
    setup_enroll(state);
    struct kf_context_options options = {.home = room->dir, .clock = turned_clock};
    assert_ok(kf_context_new(&options, &watcher));
    assert_ok(kf_changes_open(watcher, &changes));
    return 0;
}

static int teardown_changes(void **state) {
    kf_changes_free(KF_MOVE(changes));
    kf_context_free(KF_MOVE(watcher));
    return teardown_enroll(state);
}

#define CHANGES(test) cmocka_unit_test_setup_teardown(test, setup_changes, teardown_changes)

static void nothing_is_told_while_nothing_changes(void **state) {
    assert_string_equal(look(), "");
    assert_string_equal(look(), "");
}

static void a_new_request_is_told_once(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_non_null(strstr(look(), "request r-1 "));
    assert_string_equal(look(), "");
}

static void only_the_request_that_changed_is_told(void **state) {
    SCRIPT(submit, TAKE, TAKE);
    SCRIPT(poll, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(enroll("a"), KF_E_PENDING);
    look();
    assert_ok(resume());
    assert_non_null(strstr(look(), "request r-2 "));
    assert_null(strstr(told, "r-1"));
    assert_non_null(strstr(told, "certificates"));
}

static void a_change_long_after_is_told(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_PENDING);
    look();
    clock_shift = 3600;
    assert_ok(resume());
    assert_non_null(strstr(look(), "request r-1 "));
}

static void a_change_after_the_clock_was_turned_back_is_told(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_PENDING);
    look();
    clock_shift = -3600;
    assert_ok(resume());
    assert_non_null(strstr(look(), "request r-1 "));
}

static void a_connection_is_told_when_it_comes_changes_and_goes(void **state) {
    assert_ok(kf_connection_add(context, "new", ca_connectors[0].name, NULL, 0));
    assert_string_equal(look(), "connection new ");
    accept_root("new");
    assert_string_equal(look(), "connection new ");
    assert_ok(kf_connection_remove(context, "new"));
    assert_string_equal(look(), "connection new ");
    assert_string_equal(look(), "");
}

static void many_requests_at_once_are_told_as_much(void **state) {
    for (int i = 0; i < 1001; i++) {
        KF_AUTO(kf_request)
        request = {
            .connection = strdup("a"), .client_id = kf_str("client-%d", i), .order = strdup("{}")};
        assert_ok(kf_journal_begin(context, &request));
    }
    assert_non_null(strstr(look(), "much "));
    assert_null(strstr(told, "request"));
}

static const struct CMUnitTest tests[] = {
    CHANGES(nothing_is_told_while_nothing_changes),
    CHANGES(a_new_request_is_told_once),
    CHANGES(only_the_request_that_changed_is_told),
    CHANGES(a_change_long_after_is_told),
    CHANGES(a_change_after_the_clock_was_turned_back_is_told),
    CHANGES(a_connection_is_told_when_it_comes_changes_and_goes),
    CHANGES(many_requests_at_once_are_told_as_much),
};

int main(void) {
    return cmocka_run_group_tests(tests, NULL, NULL);
}

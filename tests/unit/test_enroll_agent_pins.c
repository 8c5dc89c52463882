// SPDX-License-Identifier: Apache-2.0
// What the agent remembers of a refused PIN, which not every token counts in its flags.
#include "unit/agent_fixture.h"

#include "base/db.h"

static bool remembers_refusal(void) {
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    bool found = false;
    assert_ok(kf_context_db(context, &db));
    assert_ok(kf_rows_open(db, &rows, "SELECT 1 FROM agent_told WHERE what = 'pin'", NULL));
    assert_ok(kf_rows_next(&rows, &found));
    return found;
}

/* One certificate was written without a PIN; the other wants one, which is wrong. */
static void refuse_a_pin(void) {
    wait_at("a");
    wait_at("a");
    store_pin(true);
    room->person.user_pin = "9999";
    SCRIPT(poll, TAKE_AND_ISSUE, TAKE);
    clock_shift += 80;
    assert_ok(go_round());
    play(room, "fail C_CreateObject * CKR_USER_NOT_LOGGED_IN");
    SCRIPT(poll, TAKE_AND_ISSUE);
    live(2 * HOUR);
    assert_int_equal(room->person.asked, 1);
    assert_true(remembers_refusal());
    play(room, "absent");
}

static void a_refusal_is_remembered_while_the_ca_is_told_again_and_again(void **state) {
    lab->deaf = 1000;
    refuse_a_pin();
    int deaf = lab->deaf;
    live(3 * HOUR);
    assert_true(lab->deaf < deaf);
    assert_true(remembers_refusal());
}

static void a_refusal_is_remembered_when_the_ca_has_heard_at_last(void **state) {
    lab->deaf = 8;
    refuse_a_pin();
    live(12 * HOUR);
    assert_int_equal(lab->deaf, 0);
    assert_true(remembers_refusal());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        AGENT(a_refusal_is_remembered_while_the_ca_is_told_again_and_again),
        AGENT(a_refusal_is_remembered_when_the_ca_has_heard_at_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// The journal's history, locks and lists.
#include "unit/journal_fixture.h"

#include <signal.h>
#include <string.h>

static void history_tells_who_went_from_where_to_where(void **state) {
    KF_AUTO(kf_request) r = {0};
    json_t *items = NULL;
    begin(&r);
    ok(kf_journal_move(context, &r, KF_REQUEST_KEY_READY, "by hand"));
    ok(kf_journal_note(context, &r, "looked at"));
    ok(kf_journal_history(context, &r, &items));
    assert_int_equal(json_array_size(items), 3);
    const char *from = NULL, *to = NULL, *note = NULL, *who = NULL, *at = NULL;
    json_unpack(json_array_get(items, 1), "{s:s s:s s:s s:s s:s}", "from", &from, "to", &to, "note",
                &note, "who", &who, "at", &at);
    assert_string_equal(from, "draft");
    assert_string_equal(to, "key");
    assert_string_equal(note, "by hand");
    assert_string_equal(who, kf_journal_user());
    assert_string_equal(at, "2026-11-18T11:06:40Z");
    json_decref(items);
}

static void history_is_never_changed_nor_deleted(void **state) {
    KF_AUTO(kf_request) r = {0};
    kf_db *db = NULL;
    begin(&r);
    ok(kf_context_db(context, &db));
    assert_int_not_equal(kf_db_run(db, "UPDATE history SET note = 'x'", NULL), KF_OK);
    assert_int_not_equal(kf_db_run(db, "DELETE FROM history", NULL), KF_OK);
    assert_int_not_equal(
        kf_db_run(db,
                  "INSERT OR REPLACE INTO history SELECT id, request, seq, at, 'x', from_state,"
                  " to_state, note FROM history",
                  NULL),
        KF_OK);
    assert_int_equal(history_rows(&r), 1);
}

static int take_lock_of_first(void) {
    kf_context *other = open_home();
    KF_AUTO(kf_lock) lock = {0};
    kf_request r = {.number = 1};
    kf_err err = kf_journal_lock(other, &r, &lock);
    kf_context_free(other);
    return err;
}

static void a_request_is_locked_against_other_processes(void **state) {
    KF_AUTO(kf_lock) lock = {0};
    kf_request r = {.number = 1}, other = {.number = 11};
    ok(kf_journal_lock(context, &r, &lock));
    assert_int_equal(in_child(take_lock_of_first), KF_E_BUSY);
    KF_AUTO(kf_lock) second = {0};
    ok(kf_journal_lock(context, &other, &second));
    kf_lock_clear(&lock);
    assert_int_equal(in_child(take_lock_of_first), KF_OK);
}

static int take_lock_and_die(void) {
    kf_lock lock = {0};
    kf_request r = {.number = 1};
    if (kf_journal_lock(open_home(), &r, &lock) == KF_OK)
        raise(SIGKILL);
    return 1;
}

static void a_killed_holder_holds_nothing(void **state) {
    KF_AUTO(kf_lock) lock = {0};
    kf_request r = {.number = 1};
    assert_int_equal(in_child(take_lock_and_die), -1);
    ok(kf_journal_lock(context, &r, &lock));
}

static bool known(kf_err (*ask)(kf_context *, const uint8_t *, size_t, int64_t, bool *),
                  kf_context *at, const uint8_t *data, size_t len, int64_t except) {
    bool there = false;
    ok(ask(at, data, len, except, &there));
    return there;
}

static void a_label_is_spoken_for_until_its_request_ends(void **state) {
    KF_AUTO(kf_request) r = {0};
    bool taken = false;
    r.token_uri = strdup("pkcs11:serial=1");
    r.container = strdup("anna");
    begin(&r);
    ok(kf_journal_knows_label(context, "pkcs11:serial=1", "anna", &taken));
    assert_true(taken);
    ok(kf_journal_knows_label(context, "pkcs11:serial=2", "anna", &taken));
    assert_false(taken);
    ok(kf_journal_move(context, &r, KF_REQUEST_WITHDRAWN, NULL));
    ok(kf_journal_knows_label(context, "pkcs11:serial=1", "anna", &taken));
    assert_false(taken);
}

static void keys_and_ids_are_known_but_for_ones_own(void **state) {
    KF_AUTO(kf_request) r = {0};
    static const uint8_t id[] = {1, 0, 2}, spki[] = {9, 0, 8}, other[] = {1, 0, 3};
    ok(kf_buf_set(&r.cka_id, id, sizeof id));
    ok(kf_buf_set(&r.spki, spki, sizeof spki));
    begin(&r);
    assert_true(known(kf_journal_knows_id, context, id, sizeof id, 0));
    assert_false(known(kf_journal_knows_id, context, id, sizeof id, r.number));
    assert_false(known(kf_journal_knows_id, context, id, 2, 0));
    assert_false(known(kf_journal_knows_id, context, other, sizeof other, 0));
    assert_true(known(kf_journal_knows_key, context, spki, sizeof spki, 0));
    assert_false(known(kf_journal_knows_key, context, spki, sizeof spki, r.number));
    assert_false(known(kf_journal_knows_key, context, id, sizeof id, 0));
}

static void move_along(kf_request *r, const enum kf_request_state *way, size_t count) {
    begin(r);
    for (size_t i = 0; i < count; i++)
        ok(kf_journal_move(context, r, way[i], NULL));
}

static void open_requests_are_those_with_something_to_do(void **state) {
    static const enum kf_request_state failed[] = {KF_REQUEST_FAILED},
                                       gone[] = {KF_REQUEST_WITHDRAWN};
    KF_AUTO(kf_request) draft = {0};
    KF_AUTO(kf_request) dead = {0};
    KF_AUTO(kf_request) swept = {0};
    KF_AUTO(kf_request) left = {0};
    KF_AUTO_FREE int64_t *list = NULL;
    size_t count = 0;
    move_along(&draft, NULL, 0);
    move_along(&dead, failed, 1);
    move_along(&swept, gone, 1);
    left.key_left = 1;
    move_along(&left, gone, 1);
    ok(kf_journal_numbers(context, KF_JOURNAL_OPEN, &list, &count));
    assert_int_equal(count, 2);
    assert_int_equal(list[0], draft.number);
    assert_int_equal(list[1], left.number);
}

static void all_requests_come_newest_first(void **state) {
    KF_AUTO_FREE int64_t *list = NULL;
    size_t count = 0;
    for (int i = 0; i < 70; i++) {
        KF_AUTO(kf_request) r = {0};
        begin(&r);
    }
    ok(kf_journal_numbers(context, KF_JOURNAL_ALL, &list, &count));
    assert_int_equal(count, 70);
    assert_int_equal(list[0], 70);
    assert_int_equal(list[69], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOME(history_tells_who_went_from_where_to_where),
        HOME(history_is_never_changed_nor_deleted),
        HOME(a_request_is_locked_against_other_processes),
        HOME(a_killed_holder_holds_nothing),
        HOME(a_label_is_spoken_for_until_its_request_ends),
        HOME(keys_and_ids_are_known_but_for_ones_own),
        HOME(open_requests_are_those_with_something_to_do),
        HOME(all_requests_come_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

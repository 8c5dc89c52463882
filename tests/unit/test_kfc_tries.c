// SPDX-License-Identifier: Apache-2.0
// Wrong PINs: counted before they are checked, slowed down, stopped at ten.
#include "kfc/tries.h"

#include <signal.h>

#include "kfc_fixture.h"

/* --- a clock in our hands --- */

static struct {
    int64_t now, slept[32];
    size_t sleeps;
    bool stands_still;
} clock_state;

static int64_t held_now(void *arg) {
    return clock_state.now;
}

static void held_sleep(void *arg, int64_t s) {
    if (clock_state.sleeps < 32)
        clock_state.slept[clock_state.sleeps++] = s;
    if (!clock_state.stands_still)
        clock_state.now += s;
}

static const struct kfc_clock held_clock = {.now = held_now, .sleep = held_sleep};

static void start_clock(void) {
    memset(&clock_state, 0, sizeof clock_state);
    clock_state.now = 1795000000;
}

static int begin_test(void **state) {
    start_clock();
    return make_box(state);
}

static int begin_on_disk(void **state) {
    start_clock();
    return make_box_on_disk(state);
}

static kf_err try(kfc *box, enum kfc_slot slot, const char *pin) {
    KF_AUTO(kf_locked) opened = {0};
    return kfc_tries_unlock(box, slot, PIN(pin), arena, &held_clock, &opened);
}

static uint32_t user_tries(kfc *box) {
    struct kf_tries tries = {0};
    assert_int_equal(kfc_tries_count(box, &tries), KF_OK);
    return tries.user;
}

static void start_with(uint32_t user, uint32_t so) {
    struct kf_tries tries = {.user = user, .so = so, .last = clock_state.now};
    assert_int_equal(kf_medium_set_tries(medium, "box", &tries), KF_OK);
}

/* --- counting --- */

static void ten_wrong_ones_lock_it_each_slower_than_the_last(void **state) {
    static const int64_t waits[] = {1, 2, 4, 8, 16, 32, 60};
    KF_AUTO_PTR(kfc) box = open_box();
    for (uint32_t i = 1; i <= KFC_TRIES_MAX; i++) {
        assert_int_equal(try(box, KFC_USER, "wrong"), KF_E_PIN_WRONG);
        assert_int_equal(user_tries(box), i);
    }
    assert_int_equal(clock_state.sleeps, KF_COUNT(waits));
    assert_memory_equal(clock_state.slept, waits, sizeof waits);
    assert_int_equal(try(box, KFC_USER, "password"), KF_E_PIN_LOCKED);
    assert_int_equal(user_tries(box), KFC_TRIES_MAX);
    assert_int_equal(clock_state.sleeps, KF_COUNT(waits));
}

static void a_right_one_forgives_those_before(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    start_with(9, 2);
    clock_state.now += 60;
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
    assert_int_equal(clock_state.sleeps, 0);
    struct kf_tries tries;
    assert_int_equal(kfc_tries_count(box, &tries), KF_OK);
    assert_int_equal(tries.user, 0);
    assert_int_equal(tries.so, 2);
}

static void password_and_unblock_secret_are_counted_apart(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    start_with(KFC_TRIES_MAX, 0);
    assert_int_equal(try(box, KFC_USER, "password"), KF_E_PIN_LOCKED);
    assert_int_equal(try(box, KFC_SO, "unblock"), KF_OK);
    assert_int_equal(kfc_tries_forgive(box, KFC_USER), KF_OK);
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
    start_with(0, KFC_TRIES_MAX);
    assert_int_equal(try(box, KFC_SO, "unblock"), KF_E_PIN_LOCKED);
}

static void a_pin_of_impossible_length_is_no_try(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    char longer[257] = {0};
    memset(longer, 'a', 256);
    assert_int_equal(try(box, KFC_USER, ""), KF_E_PIN_LENGTH);
    assert_int_equal(try(box, KFC_USER, longer), KF_E_PIN_LENGTH);
    assert_int_equal(user_tries(box), 0);
}

static void what_is_no_wrong_pin_is_not_counted(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    struct kfc_change change = {.clear_slot = true, .slot = KFC_SO};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    assert_int_equal(try(box, KFC_SO, "unblock"), KF_E_STATE);
    struct kf_tries tries;
    assert_int_equal(kfc_tries_count(box, &tries), KF_OK);
    assert_int_equal(tries.so, 0);
}

static void a_password_that_another_process_changed_is_the_one_that_counts(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO_PTR(kfc) other = open_box();
    struct kfc_change change = {
        .set_slot = true, .slot = KFC_USER, .pin = (const uint8_t *)"new", .pin_len = 3};
    assert_int_equal(kfc_commit(other, arena, &master, &change), KF_OK);
    assert_int_equal(try(box, KFC_USER, "password"), KF_E_PIN_WRONG);
    assert_int_equal(try(box, KFC_USER, "new"), KF_OK);
}

/* --- time --- */

static void waiting_is_measured_from_the_last_wrong_one(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    start_with(6, 0);
    clock_state.now += 5;
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
    assert_int_equal(clock_state.sleeps, 1);
    assert_int_equal(clock_state.slept[0], 8 - 5);
}

static void a_clock_that_stands_still_holds_nobody_for_ever(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    clock_state.stands_still = true;
    start_with(9, 0);
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
    assert_int_equal(clock_state.sleeps, 1);
}

static void a_clock_that_was_set_back_makes_nobody_wait_longer(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    start_with(5, 0);
    clock_state.now -= 63072000;
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
    assert_int_equal(clock_state.slept[0], 4);
}

/* --- media that behave otherwise --- */

static struct kf_medium_kind other_kind;
static unsigned set_calls;

static bool never(kf_medium *unused) {
    return false;
}

static kf_err count_set(kf_medium *unused, const char *name, const struct kf_tries *tries) {
    set_calls++;
    return KF_OK;
}

static void a_medium_that_cannot_be_written_is_opened_without_counting(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    other_kind = *medium->kind;
    other_kind.is_writable = never;
    other_kind.set_tries = count_set;
    medium->kind = &other_kind;
    set_calls = 0;
    assert_int_equal(try(box, KFC_USER, "wrong"), KF_E_PIN_WRONG);
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
    assert_int_equal(set_calls, 0);
    assert_int_equal(user_tries(box), 0);
}

static kf_err refuse_set(kf_medium *unused, const char *name, const struct kf_tries *tries) {
    return kf_fail(KF_E_DISK_FULL, "the disk is full");
}

static void what_cannot_be_counted_is_not_checked(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    other_kind = *medium->kind;
    other_kind.set_tries = refuse_set;
    medium->kind = &other_kind;
    assert_int_equal(try(box, KFC_USER, "password"), KF_E_DISK_FULL);
}

/* --- processes --- */

/* A process of its own has an arena of its own. */
static pid_t guess_in_child(int times) {
    pid_t child = fork();
    if (child != 0)
        return child;
    kf_arena *own = NULL;
    kfc *box = NULL;
    kf_locked opened = {0};
    clock_state.stands_still = true;
    if (kf_arena_new(&own) != KF_OK || kfc_open(medium, "box", &box) != KF_OK)
        _exit(1);
    for (int i = 0; i < times; i++)
        if (kfc_tries_unlock(box, KFC_USER, PIN("wrong"), own, &held_clock, &opened) !=
            KF_E_PIN_WRONG)
            _exit(2);
    _exit(0);
}

static void the_count_is_the_sum_of_all_processes(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    pid_t children[4];
    for (size_t i = 0; i < KF_COUNT(children); i++)
        children[i] = guess_in_child(2);
    for (size_t i = 0; i < KF_COUNT(children); i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(user_tries(box), 8);
}

static const struct kf_medium_kind *real_kind;

static kf_err set_and_die(kf_medium *disk, const char *name, const struct kf_tries *tries) {
    kf_err err = real_kind->set_tries(disk, name, tries);
    if (err == KF_OK)
        raise(SIGKILL);
    return err;
}

static void a_process_killed_before_the_check_has_used_a_try(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    real_kind = medium->kind;
    other_kind = *real_kind;
    other_kind.set_tries = set_and_die;
    medium->kind = &other_kind;
    pid_t child = guess_in_child(1);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    medium->kind = real_kind;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(user_tries(box), 1);
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
}

static void deleted_tries_are_allowed_and_open_nothing(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    start_with(KFC_TRIES_MAX, 0);
    assert_int_equal(try(box, KFC_USER, "password"), KF_E_PIN_LOCKED);
    assert_int_equal(unlink(in_base_dir("box.tries")), 0);
    assert_int_equal(try(box, KFC_USER, "wrong"), KF_E_PIN_WRONG);
    assert_int_equal(try(box, KFC_USER, "password"), KF_OK);
}

#define WITH_CLOCK(test) cmocka_unit_test_setup_teardown(test, begin_test, free_box)
#define ON_DISK(test)    cmocka_unit_test_setup_teardown(test, begin_on_disk, free_box_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_CLOCK(ten_wrong_ones_lock_it_each_slower_than_the_last),
        WITH_CLOCK(a_right_one_forgives_those_before),
        WITH_CLOCK(password_and_unblock_secret_are_counted_apart),
        WITH_CLOCK(a_pin_of_impossible_length_is_no_try),
        WITH_CLOCK(what_is_no_wrong_pin_is_not_counted),
        WITH_CLOCK(a_password_that_another_process_changed_is_the_one_that_counts),
        WITH_CLOCK(waiting_is_measured_from_the_last_wrong_one),
        WITH_CLOCK(a_clock_that_stands_still_holds_nobody_for_ever),
        WITH_CLOCK(a_clock_that_was_set_back_makes_nobody_wait_longer),
        WITH_CLOCK(a_medium_that_cannot_be_written_is_opened_without_counting),
        WITH_CLOCK(what_cannot_be_counted_is_not_checked),
        ON_DISK(the_count_is_the_sum_of_all_processes),
        ON_DISK(a_process_killed_before_the_check_has_used_a_try),
        ON_DISK(deleted_tries_are_allowed_and_open_nothing),
    };
    return cmocka_run_group_tests(tests, make_group, free_group);
}

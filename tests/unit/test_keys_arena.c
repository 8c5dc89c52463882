// SPDX-License-Identifier: Apache-2.0
// The arena: locked, undumped, zero in children, wiped when given back, and nobody else's limits.
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "keys_fixture.h"
#include "keys/chunk.h"
#include "mapping.h"

static int free_arena(void **state) {
    kf_arena_free(arena);
    arena = NULL;
    return 0;
}

static bool is_mapped(const uint8_t *address) {
    uintptr_t page = (uintptr_t)address & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
    return msync((void *)page, 1, MS_ASYNC) == 0;
}

static void a_copy_has_the_bytes(void **state) {
    kf_locked locked = {0};
    assert_int_equal(kf_locked_copy(arena, "secret", 6, &locked), KF_OK);
    assert_int_equal(locked.len, 6);
    assert_memory_equal(locked.data, "secret", 6);
    kf_locked_clear(&locked);
    assert_null(locked.data);
    assert_int_equal(locked.len, 0);
}

static void sizes_are_held(void **state) {
    kf_locked locked = {0};
    assert_int_equal(kf_locked_new(arena, 0, &locked), KF_E_TOO_LARGE);
    assert_int_equal(kf_locked_new(arena, KF_LOCKED_MAX + 1, &locked), KF_E_TOO_LARGE);
    assert_null(locked.data);
    assert_int_equal(kf_locked_new(arena, KF_LOCKED_MAX, &locked), KF_OK);
    memset(locked.data, 7, KF_LOCKED_MAX);
    kf_locked_clear(&locked);
    kf_locked_clear(&locked);
    kf_locked_clear(NULL);
    kf_arena_free(NULL);
}

static void the_kernel_locks_it_and_keeps_it_from_dumps_and_children(void **state) {
    kf_locked locked = {0};
    char flags[512];
    assert_int_equal(kf_locked_new(arena, 32, &locked), KF_OK);
    read_flags(locked.data, flags, sizeof flags);
    assert_non_null(strstr(flags, " dd"));
    assert_non_null(strstr(flags, " wf"));
    assert_int_equal(kf_arena_is_locked(arena), strstr(flags, " lo") != NULL);
    kf_locked_clear(&locked);
}

/* A neighbour keeps the page mapped, so that one can look. */
static void what_is_given_back_is_zero(void **state) {
    kf_locked neighbour = {0}, locked = {0};
    static const uint8_t zeros[200];
    assert_int_equal(kf_locked_new(arena, 1, &neighbour), KF_OK);
    assert_int_equal(kf_locked_new(arena, sizeof zeros, &locked), KF_OK);
    const uint8_t *data = locked.data;
    memset(locked.data, 0xaa, sizeof zeros);
    kf_locked_clear(&locked);
    assert_memory_equal(data, zeros, sizeof zeros);
    kf_locked_clear(&neighbour);
}

/* Whoever shortens a secret does not keep its end alive. */
static void a_shortened_one_is_wiped_whole(void **state) {
    kf_locked neighbour = {0}, locked = {0};
    static const uint8_t zeros[300];
    assert_int_equal(kf_locked_new(arena, 1, &neighbour), KF_OK);
    assert_int_equal(kf_locked_new(arena, sizeof zeros, &locked), KF_OK);
    const uint8_t *data = locked.data;
    memset(locked.data, 0xaa, sizeof zeros);
    locked.len = 10;
    kf_locked_clear(&locked);
    assert_memory_equal(data, zeros, sizeof zeros);
    assert_int_equal(kf_locked_new(arena, sizeof zeros, &locked), KF_OK);
    assert_ptr_equal(locked.data, data);
    kf_locked_clear(&locked);
    kf_locked_clear(&neighbour);
}

static void pages_with_nothing_in_them_are_unmapped(void **state) {
    kf_locked a = {0}, b = {0};
    assert_int_equal(kf_locked_new(arena, 100, &a), KF_OK);
    assert_int_equal(kf_locked_new(arena, 100, &b), KF_OK);
    const uint8_t *data = a.data;
    kf_locked_clear(&a);
    assert_true(is_mapped(data));
    kf_locked_clear(&b);
    assert_false(is_mapped(data));
    assert_int_equal(errno, ENOMEM);
}

static void moving_hands_over(void **state) {
    kf_locked from = {0}, to = {0};
    assert_int_equal(kf_locked_copy(arena, "new", 3, &from), KF_OK);
    assert_int_equal(kf_locked_copy(arena, "old", 3, &to), KF_OK);
    kf_locked_move(&to, &from);
    assert_null(from.data);
    assert_memory_equal(to.data, "new", 3);
    kf_locked_move(&to, &to);
    assert_memory_equal(to.data, "new", 3);
    kf_locked_clear(&to);
}

/* Sizes from one unit to many, given back in another order than taken, never overlap. */
static void many_live_side_by_side(void **state) {
    enum { MANY = 2000 };
    static kf_locked all[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(kf_locked_new(arena, 1 + i * 37 % 2000, &all[i]), KF_OK);
        memset(all[i].data, (int)(i % 255 + 1), all[i].len);
        if (i % 3 == 2)
            kf_locked_clear(&all[i - 1]);
    }
    for (unsigned i = 0; i < MANY; i++)
        for (size_t at = 0; at < all[i].len; at++)
            assert_int_equal(all[i].data[at], i % 255 + 1);
    for (unsigned i = 0; i < MANY; i++)
        kf_locked_clear(&all[(i * 7) % MANY]);
}

static kf_locked inherited;

static int look_from_the_child(void) {
    for (size_t i = 0; i < inherited.len; i++)
        if (inherited.data[i] != 0)
            return 1;
    kf_locked fresh = {0};
    if (kf_locked_new(arena, 10, &fresh) == KF_OK)
        return 2;
    kf_locked_clear(&inherited); /* must neither hang nor harm */
    kf_arena_free(arena);
    kf_arena *own = NULL;
    return kf_arena_new(&own) == KF_OK && kf_locked_new(own, 10, &fresh) == KF_OK ? 0 : 3;
}

static void the_child_of_a_fork_sees_zeros_and_may_begin_anew(void **state) {
    assert_int_equal(kf_locked_copy(arena, "secret", 6, &inherited), KF_OK);
    assert_int_equal(in_child(look_from_the_child), 0);
    assert_memory_equal(inherited.data, "secret", 6);
    kf_locked_clear(&inherited);
}

/* As another user, since root may lock without limit. */
static int use_without_lockable_memory(void) {
    kf_locked locked = {0};
    struct rlimit none = {0}, after;
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
        return 1;
    if (kf_locked_copy(arena, "1234", 4, &locked) != KF_OK)
        return 2;
    if (kf_arena_is_locked(arena) || memcmp(locked.data, "1234", 4) != 0)
        return 3;
    kf_locked_clear(&locked);
    return getrlimit(RLIMIT_MEMLOCK, &after) == 0 && after.rlim_cur == 0 ? 0 : 4;
}

static int without_lockable_memory(void) {
    return kf_arena_new(&arena) == KF_OK ? use_without_lockable_memory() : 5;
}

static void it_works_when_nothing_can_be_locked(void **state) {
    assert_int_equal(in_child(without_lockable_memory), 0);
}

static void *take_and_give(void *seed) {
    for (unsigned i = 0; i < 2000; i++) {
        kf_locked locked = {0};
        uint8_t mark = (uint8_t)((uintptr_t)seed + i);
        if (kf_locked_new(arena, 1 + (i * 61) % 3000, &locked) != KF_OK)
            return seed;
        for (size_t at = 0; at < locked.len; at++)
            if (locked.data[at] != 0)
                return seed;
        memset(locked.data, mark, locked.len);
        for (size_t at = 0; at < locked.len; at++)
            if (locked.data[at] != mark)
                return seed;
        kf_locked_clear(&locked);
    }
    return NULL;
}

static void threads_share_it(void **state) {
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, (void *)(i + 1)), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed = threads;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, make_arena, free_arena)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_ARENA(a_copy_has_the_bytes),
        IN_ARENA(sizes_are_held),
        IN_ARENA(the_kernel_locks_it_and_keeps_it_from_dumps_and_children),
        IN_ARENA(what_is_given_back_is_zero),
        IN_ARENA(a_shortened_one_is_wiped_whole),
        IN_ARENA(pages_with_nothing_in_them_are_unmapped),
        IN_ARENA(moving_hands_over),
        IN_ARENA(many_live_side_by_side),
        IN_ARENA(the_child_of_a_fork_sees_zeros_and_may_begin_anew),
        cmocka_unit_test(it_works_when_nothing_can_be_locked),
        IN_ARENA(threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

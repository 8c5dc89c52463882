// SPDX-License-Identifier: Apache-2.0
// What every medium promises, asked of each of them.
#include <pthread.h>
#include <signal.h>

#include "media_fixture.h"

/* --- names --- */

static void names_are_plain_text_of_bounded_length(void **state) {
    char longest[KF_NAME_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[KF_NAME_MAX + 1] = '\0';
    const char *bad[] = {NULL,  "",      ".",        "..",       ".hidden", "a/b",
                         "a\n", "a\x7f", "\xff\xfe", "a\u202eb", longest};
    const char *good[] = {"a", "my key", "Schl\u00fcssel", "\u9375", "a.b", "-", longest + 1};
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        assert_int_equal(kf_medium_name_check(bad[i]), KF_E_INPUT);
    for (size_t i = 0; i < KF_COUNT(good); i++)
        assert_int_equal(kf_medium_name_check(good[i]), KF_OK);
}

static void every_door_refuses_a_bad_name(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_stamp stamp;
    struct kf_tries tries = {0};
    kf_medium_lock lock = {0};
    const char *bad = "../x";
    assert_int_equal(kf_medium_write(medium, bad, "x", 1, false), KF_E_INPUT);
    assert_int_equal(kf_medium_read(medium, bad, 0, 1, &bytes), KF_E_INPUT);
    assert_int_equal(kf_medium_stamp(medium, bad, &stamp), KF_E_INPUT);
    assert_int_equal(kf_medium_remove(medium, bad), KF_E_INPUT);
    assert_int_equal(kf_medium_tries(medium, bad, &tries), KF_E_INPUT);
    assert_int_equal(kf_medium_set_tries(medium, bad, &tries), KF_E_INPUT);
    assert_int_equal(kf_medium_lock_take(medium, bad, 0, &lock), KF_E_INPUT);
}

static void a_name_of_the_greatest_length_works(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    char name[KF_NAME_MAX + 1];
    memset(name, 'n', KF_NAME_MAX);
    name[KF_NAME_MAX] = '\0';
    kf_medium_lock lock = {0};
    assert_int_equal(kf_medium_lock_take(medium, name, 0, &lock), KF_OK);
    assert_int_equal(write_text(medium, name, "one", true), KF_OK);
    assert_int_equal(write_text(medium, name, "two", false), KF_OK);
    kf_medium_lock_clear(&lock);
    assert_true(holds_text(medium, name, "two"));
}

/* --- list --- */

static bool count_name(void *arg, const char *name) {
    (*(int *)arg)++;
    return true;
}

static bool take_first(void *arg, const char *name) {
    (*(int *)arg)++;
    return false;
}

static int count_of(kf_medium *medium) {
    int count = 0;
    assert_int_equal(kf_medium_list(medium, count_name, &count), KF_OK);
    return count;
}

struct reading {
    kf_medium *medium;
    int good;
};

static bool read_listed(void *arg, const char *name) {
    struct reading *reading = arg;
    reading->good += holds_text(reading->medium, name, name);
    return true;
}

static void the_list_names_what_is_there(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    struct reading reading = {.medium = medium};
    int asked = 0;
    assert_int_equal(count_of(medium), 0);
    assert_int_equal(write_text(medium, "a", "a", true), KF_OK);
    assert_int_equal(write_text(medium, "b c", "b c", true), KF_OK);
    assert_int_equal(write_text(medium, "\u9375", "\u9375", true), KF_OK);
    assert_int_equal(kf_medium_list(medium, read_listed, &reading), KF_OK);
    assert_int_equal(reading.good, 3);
    assert_int_equal(kf_medium_list(medium, take_first, &asked), KF_OK);
    assert_int_equal(asked, 1);
    assert_int_equal(kf_medium_remove(medium, "a"), KF_OK);
    assert_int_equal(count_of(medium), 2);
}

static void asking_an_empty_medium_makes_nothing(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_stamp stamp = {1, 1, 1};
    struct kf_tries tries = {.user = 7};
    assert_int_equal(count_of(medium), 0);
    assert_true(kf_medium_is_present(medium));
    assert_true(kf_medium_is_writable(medium));
    assert_int_equal(kf_medium_read(medium, "a", 0, 1, &bytes), KF_E_NOT_FOUND);
    assert_int_equal(kf_medium_tries(medium, "a", &tries), KF_E_NOT_FOUND);
    assert_int_equal(tries.user, 7);
    assert_int_equal(kf_medium_stamp(medium, "a", &stamp), KF_OK);
    assert_true(stamp.a == 0 && stamp.b == 0 && stamp.c == 0);
    assert_int_equal(rmdir(media_dir), 0);
    assert_int_equal(mkdir(media_dir, 0700), 0);
}

/* --- blobs --- */

static void what_is_written_is_read(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_true(holds_text(medium, "a", "one"));
    assert_int_equal(write_text(medium, "a", "another", false), KF_OK);
    assert_true(holds_text(medium, "a", "another"));
    assert_int_equal(write_text(medium, "a", "", false), KF_OK);
    assert_true(holds_text(medium, "a", ""));
    assert_int_equal(write_text(medium, "b", "without is_new", false), KF_OK);
    assert_true(holds_text(medium, "b", "without is_new"));
}

static void a_new_one_never_replaces(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(write_text(medium, "a", "two", true), KF_E_EXISTS);
    assert_true(holds_text(medium, "a", "one"));
    assert_int_equal(kf_medium_remove(medium, "a"), KF_OK);
    assert_int_equal(write_text(medium, "a", "two", true), KF_OK);
    assert_true(holds_text(medium, "a", "two"));
}

static uint8_t *pattern(size_t len, unsigned seed) {
    uint8_t *data = malloc(len);
    assert_non_null(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)((i * 2654435761u + seed) >> 11);
    return data;
}

static void reads_begin_and_end_where_they_are_told(void **state) {
    enum { LEN = 100000 };
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    KF_AUTO_FREE uint8_t *data = pattern(LEN, 1);
    const struct {
        uint64_t offset;
        size_t len, got;
    } cases[] = {{0, 0, 0},
                 {0, 1, 1},
                 {0, LEN, LEN},
                 {0, SIZE_MAX, LEN},
                 {1, LEN, LEN - 1},
                 {16383, 2, 2},
                 {16384, 16384, 16384},
                 {16000, 50000, 50000},
                 {LEN - 1, 5, 1},
                 {LEN, 5, 0},
                 {LEN + 1, 5, 0},
                 {UINT64_MAX, 5, 0},
                 {UINT64_MAX, SIZE_MAX, 0}};
    assert_int_equal(kf_medium_write(medium, "a", data, LEN, true), KF_OK);
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_buf) bytes = {0};
        assert_int_equal(kf_medium_read(medium, "a", cases[i].offset, cases[i].len, &bytes), KF_OK);
        assert_int_equal(bytes.len, cases[i].got);
        if (bytes.len)
            assert_memory_equal(bytes.data, data + cases[i].offset, bytes.len);
    }
}

static void blobs_grow_and_shrink(void **state) {
    const size_t lengths[] = {1, 16384, 16385, 3000000, 40000, 32768, 0, 5};
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    for (unsigned i = 0; i < KF_COUNT(lengths); i++) {
        KF_AUTO_FREE uint8_t *data = pattern(lengths[i], i);
        assert_int_equal(kf_medium_write(medium, "a", data, lengths[i], false), KF_OK);
        assert_true(holds(medium, "a", data, lengths[i]));
    }
}

static void the_largest_blob_fits_and_no_larger_one(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    KF_AUTO_FREE uint8_t *data = calloc(1, KF_BLOB_MAX + 1);
    assert_non_null(data);
    data[KF_BLOB_MAX - 1] = 9;
    assert_int_equal(kf_medium_write(medium, "a", data, KF_BLOB_MAX, true), KF_OK);
    assert_int_equal(kf_medium_write(medium, "a", data, KF_BLOB_MAX + 1, false), KF_E_TOO_LARGE);
    assert_true(holds(medium, "a", data, KF_BLOB_MAX));
}

static bool same_stamp(const struct kf_stamp *a, const struct kf_stamp *b) {
    return a->a == b->a && a->b == b->b && a->c == b->c;
}

static void the_stamp_changes_with_each_write_and_only_then(void **state) {
    enum { WRITES = 60 };
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    struct kf_stamp stamps[WRITES], again;
    const struct kf_tries tries = {.user = 1, .last = 5};
    for (int i = 0; i < WRITES; i++) {
        assert_int_equal(write_text(medium, "a", "same length", false), KF_OK);
        assert_int_equal(kf_medium_stamp(medium, "a", &stamps[i]), KF_OK);
        for (int j = 0; j < i; j++)
            assert_false(same_stamp(&stamps[i], &stamps[j]));
    }
    assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_OK);
    assert_int_equal(write_text(medium, "b", "other", true), KF_OK);
    assert_int_equal(kf_medium_stamp(medium, "a", &again), KF_OK);
    assert_true(same_stamp(&again, &stamps[WRITES - 1]));
    assert_int_equal(kf_medium_remove(medium, "a"), KF_OK);
    assert_int_equal(kf_medium_stamp(medium, "a", &again), KF_OK);
    assert_true(same_stamp(&again, &(struct kf_stamp){0}));
}

static void what_is_removed_is_gone_and_its_tries_as_well(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    struct kf_tries tries = {.user = 3, .so = 1, .last = 77};
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(write_text(medium, "a", "two", false), KF_OK);
    assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_OK);
    assert_int_equal(kf_medium_remove(medium, "a"), KF_OK);
    assert_int_equal(kf_medium_remove(medium, "a"), KF_E_NOT_FOUND);
    assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_E_NOT_FOUND);
    assert_int_equal(write_text(medium, "a", "new", true), KF_OK);
    assert_int_equal(kf_medium_tries(medium, "a", &tries), KF_OK);
    assert_true(tries.user == 0 && tries.so == 0 && tries.last == 0);
}

/* --- tries --- */

static void tries_are_kept_beside_the_blob(void **state) {
    const struct kf_tries cases[] = {{.user = 1, .so = 0, .last = 1},
                                     {.user = UINT32_MAX, .so = UINT32_MAX, .last = INT64_MAX},
                                     {.user = 0, .so = 2, .last = -5},
                                     {0}};
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    struct kf_tries tries = {.user = 9};
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(kf_medium_tries(medium, "a", &tries), KF_OK);
    assert_int_equal(tries.user, 0);
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        assert_int_equal(kf_medium_set_tries(medium, "a", &cases[i]), KF_OK);
        assert_int_equal(kf_medium_tries(medium, "a", &tries), KF_OK);
        assert_true(tries.user == cases[i].user && tries.so == cases[i].so);
        assert_true(tries.last == cases[i].last);
        assert_int_equal(write_text(medium, "a", "one", false), KF_OK);
    }
    assert_true(holds_text(medium, "a", "one"));
}

/* --- locks --- */

struct taking {
    kf_medium *medium;
    const struct kind *kind;
    int wait_ms;
    kf_err err;
};

static void *take_in_thread(void *arg) {
    struct taking *taking = arg;
    kf_medium_lock lock = {0};
    taking->err = kf_medium_lock_take(taking->medium, "a", taking->wait_ms, &lock);
    kf_medium_lock_clear(&lock);
    return NULL;
}

static kf_err taken_in_thread(kf_medium *medium, int wait_ms) {
    struct taking taking = {.medium = medium, .wait_ms = wait_ms};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_in_thread, &taking), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return taking.err;
}

static void a_lock_keeps_other_threads_out(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    kf_medium_lock lock = {0}, other = {0};
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    assert_int_equal(taken_in_thread(medium, 0), KF_E_BUSY);
    assert_int_equal(taken_in_thread(medium, 30), KF_E_BUSY);
    assert_int_equal(kf_medium_lock_take(medium, "b", 0, &other), KF_OK);
    kf_medium_lock_clear(&other);
    kf_medium_lock_clear(&lock);
    kf_medium_lock_clear(&lock);
    assert_int_equal(taken_in_thread(medium, 0), KF_OK);
}

static void *release_later(void *lock) {
    usleep(30000);
    kf_medium_lock_clear(lock);
    return NULL;
}

static void who_waits_gets_the_lock_when_it_is_free(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    kf_medium_lock lock = {0}, mine = {0};
    pthread_t thread;
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    assert_int_equal(pthread_create(&thread, NULL, release_later, &lock), 0);
    assert_int_equal(kf_medium_lock_take(medium, "a", 5000, &mine), KF_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    kf_medium_lock_clear(&mine);
}

/* A number in a blob, added to under the lock only: none of the additions may be lost. */
static kf_err add_one(kf_medium *medium) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kf_medium_lock) lock = {0};
    KF_TRY(kf_medium_lock_take(medium, "count", 20000, &lock));
    KF_TRY(kf_medium_read(medium, "count", 0, 64, &bytes));
    char text[16];
    snprintf(text, sizeof text, "%d", atoi(kf_buf_str(&bytes)) + 1);
    return kf_medium_write(medium, "count", text, strlen(text), false);
}

enum { ADDERS = 4, ADDITIONS = 25 };

static void *add_in_thread(void *medium) {
    kf_err err = KF_OK;
    for (int i = 0; i < ADDITIONS && err == KF_OK; i++)
        err = add_one(medium);
    return err == KF_OK ? NULL : medium;
}

static void no_addition_of_a_thread_is_lost(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    pthread_t threads[ADDERS];
    void *failed = NULL;
    assert_int_equal(write_text(medium, "count", "0", true), KF_OK);
    for (int i = 0; i < ADDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_in_thread, medium), 0);
    for (int i = 0; i < ADDERS; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_true(holds_text(medium, "count", "100"));
}

static int add_in_process(const struct kind *kind) {
    KF_AUTO_PTR(kf_medium) medium = NULL;
    if (kind->make(&medium) != KF_OK)
        return 2;
    return add_in_thread(medium) ? 1 : 0;
}

static void no_addition_of_a_process_is_lost(void **state) {
    const struct kind *kind = *state;
    pid_t children[ADDERS];
    {
        KF_AUTO_PTR(kf_medium) medium = medium_of(kind);
        assert_int_equal(write_text(medium, "count", "0", true), KF_OK);
    }
    for (int i = 0; i < ADDERS; i++)
        if ((children[i] = fork()) == 0)
            _exit(add_in_process(kind));
    for (int i = 0; i < ADDERS; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    KF_AUTO_PTR(kf_medium) medium = medium_of(kind);
    assert_true(holds_text(medium, "count", "100"));
}

/* Tells through the pipe that it has the lock, and stays. */
static void hold_lock(const struct kind *kind, int told) {
    kf_medium *medium = NULL;
    kf_medium_lock lock = {0};
    if (kind->make(&medium) != KF_OK || kf_medium_lock_take(medium, "a", 0, &lock) != KF_OK ||
        write(told, "1", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

static void a_lock_dies_with_its_process(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    kf_medium_lock lock = {0};
    int told[2], status;
    char byte;
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    if (child == 0)
        hold_lock(*state, told[1]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    assert_int_equal(kf_medium_lock_take(medium, "a", 20, &lock), KF_E_BUSY);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    kf_medium_lock_clear(&lock);
    close(told[0]);
    close(told[1]);
}

static int try_lock(void *arg) {
    struct taking *taking = arg;
    kf_medium_lock lock = {0};
    return kf_medium_lock_take(taking->medium, "a", 0, &lock) == taking->err ? 0 : 1;
}

/* The child has the parent's descriptor of the lock; the parent's word counts all the same. */
static void a_lock_given_back_is_free_though_a_child_lives(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    kf_medium_lock lock = {0};
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    struct taking taking = {.medium = medium, .err = KF_E_BUSY};
    assert_int_equal(in_child(try_lock, &taking), 0);
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    kf_medium_lock_clear(&lock);
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    kf_medium_lock_clear(&lock);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* --- two at once --- */

static int read_by_another(void *kind) {
    KF_AUTO_PTR(kf_medium) medium = NULL;
    if (((const struct kind *)kind)->make(&medium) != KF_OK)
        return 2;
    return holds_text(medium, "a", "one") ? 0 : 1;
}

static void what_one_process_writes_another_reads(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(in_child(read_by_another, *state), 0);
}

static int write_for_ever(void *kind) {
    KF_AUTO_PTR(kf_medium) medium = NULL;
    char whole[20000];
    if (((const struct kind *)kind)->make(&medium) != KF_OK)
        return 2;
    for (char c = 'a';; c = c == 'z' ? 'a' : (char)(c + 1)) {
        memset(whole, c, sizeof whole);
        KF_AUTO(kf_medium_lock) lock = {0};
        if (kf_medium_lock_take(medium, "a", 10000, &lock) != KF_OK ||
            kf_medium_write(medium, "a", whole, sizeof whole, false) != KF_OK)
            return 1;
    }
}

static bool is_whole(const kf_buf *bytes) {
    return bytes->len == 20000 && memcmp(bytes->data, bytes->data + 1, bytes->len - 1) == 0;
}

static void a_reader_sees_whole_blobs_while_another_writes(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    pid_t child = fork();
    if (child == 0)
        _exit(write_for_ever(*state));
    struct kf_stamp stamp = {0};
    while (stamp.a == 0)
        assert_int_equal(kf_medium_stamp(medium, "a", &stamp), KF_OK);
    for (int i = 0; i < 300; i++) {
        KF_AUTO(kf_buf) bytes = {0};
        assert_int_equal(kf_medium_read(medium, "a", 0, KF_BLOB_MAX, &bytes), KF_OK);
        assert_true(is_whole(&bytes));
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    KF_AUTO(kf_buf) bytes = {0};
    assert_int_equal(kf_medium_read(medium, "a", 0, KF_BLOB_MAX, &bytes), KF_OK);
    assert_true(is_whole(&bytes));
}

/* --- the same for all --- */

static const struct {
    const char *name;
    void (*test)(void **state);
    bool needs_shared;
} promises[] = {
#define PROMISE(test)                                                                              \
    { #test, test, false }
#define SHARED_PROMISE(test)                                                                       \
    { #test, test, true }
    PROMISE(every_door_refuses_a_bad_name),
    PROMISE(a_name_of_the_greatest_length_works),
    PROMISE(the_list_names_what_is_there),
    PROMISE(asking_an_empty_medium_makes_nothing),
    PROMISE(what_is_written_is_read),
    PROMISE(a_new_one_never_replaces),
    PROMISE(reads_begin_and_end_where_they_are_told),
    PROMISE(blobs_grow_and_shrink),
    PROMISE(the_largest_blob_fits_and_no_larger_one),
    PROMISE(the_stamp_changes_with_each_write_and_only_then),
    PROMISE(what_is_removed_is_gone_and_its_tries_as_well),
    PROMISE(tries_are_kept_beside_the_blob),
    PROMISE(a_lock_keeps_other_threads_out),
    PROMISE(who_waits_gets_the_lock_when_it_is_free),
    PROMISE(no_addition_of_a_thread_is_lost),
    SHARED_PROMISE(no_addition_of_a_process_is_lost),
    SHARED_PROMISE(a_lock_dies_with_its_process),
    SHARED_PROMISE(a_lock_given_back_is_free_though_a_child_lives),
    SHARED_PROMISE(what_one_process_writes_another_reads),
    SHARED_PROMISE(a_reader_sees_whole_blobs_while_another_writes),
};

int main(void) {
    static const struct kind *const kinds[] = {&memory_kind_, &disk_kind_, &registry_kind_};
    static char names[KF_COUNT(promises) * KF_COUNT(kinds)][128];
    struct CMUnitTest tests[KF_COUNT(promises) * KF_COUNT(kinds) + 1] = {
        cmocka_unit_test(names_are_plain_text_of_bounded_length)};
    size_t count = 1;
    for (size_t k = 0; k < KF_COUNT(kinds); k++)
        for (size_t i = 0; i < KF_COUNT(promises); i++) {
            if (promises[i].needs_shared && !kinds[k]->is_shared)
                continue;
            snprintf(names[count - 1], sizeof names[0], "%s: %s", kinds[k]->name, promises[i].name);
            tests[count] = (struct CMUnitTest){.name = names[count - 1],
                                               .test_func = promises[i].test,
                                               .setup_func = make_media_dir,
                                               .teardown_func = remove_media_dir,
                                               .initial_state = (void *)kinds[k]};
            count++;
        }
    return _cmocka_run_group_tests("media", tests, count, NULL, NULL);
}

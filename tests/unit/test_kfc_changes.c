// SPDX-License-Identifier: Apache-2.0
// Many changes by many: nothing is lost, and a container is always what a simple model of it is.
#include <pthread.h>

#include "kfc_fixture.h"

/* --- two who change the same container --- */

static void two_handles_that_take_turns_lose_nothing(void **state) {
    KF_AUTO_PTR(kfc) one = open_box();
    KF_AUTO_PTR(kfc) two = open_box();
    for (uint32_t i = 1; i <= 20; i++)
        assert_int_equal(add_object(i % 2 ? one : two, i % 2 ? "one" : "two", "secret"), i);
    assert_int_equal(kfc_refresh(one, &master, NULL), KF_OK);
    assert_int_equal(kfc_count(one), 20);
    for (uint32_t i = 1; i <= 20; i++)
        assert_true(object_is(one, i, i % 2 ? "one" : "two", "secret"));
}

static void a_refresh_tells_whether_anything_changed(void **state) {
    KF_AUTO_PTR(kfc) one = open_box();
    KF_AUTO_PTR(kfc) two = open_box();
    bool changed = true;
    assert_int_equal(kfc_refresh(one, &master, &changed), KF_OK);
    assert_false(changed);
    add_object(two, "new", NULL);
    assert_int_equal(kfc_refresh(one, &master, &changed), KF_OK);
    assert_true(changed);
    assert_int_equal(kfc_refresh(two, &master, &changed), KF_OK);
    assert_false(changed);
}

static void an_object_that_another_one_changed_is_read_as_it_is_now(void **state) {
    KF_AUTO_PTR(kfc) one = open_box();
    uint32_t first = add_object(one, "first", NULL), key = add_object(one, "key", "secret");
    KF_AUTO_PTR(kfc) two = open_box();
    KF_AUTO(kf_buf) open = {0};
    assert_int_equal(remove_object(two, first), KF_OK);
    assert_true(object_is(one, key, "key", "secret"));
    assert_int_equal(kfc_read(one, first, NULL, NULL, &open, NULL), KF_E_NOT_FOUND);
    assert_int_equal(kfc_count(one), 2); /* until its owner refreshes it */
    assert_int_equal(kfc_check(one, &master, arena), KF_OK);
}

static void a_container_that_is_gone_is_not_made_again(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    struct kfc_change change = {.label = "x"};
    assert_int_equal(kf_medium_remove(medium, "box"), KF_OK);
    assert_int_equal(kfc_refresh(box, &master, NULL), KF_E_NOT_FOUND);
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_NOT_FOUND);
    assert_string_equal(kfc_info(box)->label, "box");
}

static kf_err same_stamp(kf_medium *memory, const char *name, struct kf_stamp *ret_stamp) {
    *ret_stamp = (struct kf_stamp){.a = 1};
    return KF_OK;
}

/* Two writes within one tick of a file system's clock, into a file of the same number and size. */
static void a_stamp_that_stays_the_same_loses_no_change(void **state) {
    struct kf_medium_kind ticking = *medium->kind;
    const struct kf_medium_kind *real = medium->kind;
    ticking.stamp = same_stamp;
    medium->kind = &ticking;
    KF_AUTO_PTR(kfc) one = open_box();
    KF_AUTO_PTR(kfc) two = open_box();
    for (uint32_t i = 1; i <= 6; i++)
        assert_int_equal(add_object(i % 2 ? one : two, "object", NULL), i);
    medium->kind = real;
}

/* --- threads --- */

enum { THREADS = 4, EACH = 25 };

static void *add_many(void *failed) {
    kfc *box = NULL;
    struct kfc_object object = {.sealed = (const uint8_t *)"s", .sealed_len = 1};
    struct kfc_change change = {.put = &object, .put_count = 1};
    kf_err err = kfc_open(medium, "box", &box);
    for (int i = 0; i < EACH && err == KF_OK; i++, object.number = 0)
        err = kfc_commit(box, arena, &master, &change);
    kfc_free(box);
    return err == KF_OK ? NULL : failed;
}

static void threads_with_a_handle_each_lose_nothing(void **state) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, medium), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    KF_AUTO_PTR(kfc) box = open_box();
    assert_int_equal(kfc_count(box), THREADS * EACH);
    assert_int_equal(kfc_check(box, &master, arena), KF_OK);
}

/* --- a medium that fails --- */

static const struct kf_medium_kind *real_kind;
static struct kf_medium_kind failing_kind;

static kf_err write_fails(kf_medium *memory, const char *name, const void *data, size_t len,
                          bool is_new) {
    return kf_fail(KF_E_DISK_FULL, "the disk is full");
}

static kf_err write_lies(kf_medium *memory, const char *name, const void *data, size_t len,
                         bool is_new) {
    KF_AUTO(kf_buf) copy = {.max = KF_BLOB_MAX};
    KF_TRY(kf_buf_set(&copy, data, len));
    copy.data[len - 1] ^= 1;
    return real_kind->write(memory, name, copy.data, copy.len, is_new);
}

static void make_it_fail(kf_err (*write)(kf_medium *, const char *, const void *, size_t, bool)) {
    real_kind = medium->kind;
    failing_kind = *real_kind;
    failing_kind.write = write;
    medium->kind = &failing_kind;
}

static void a_write_that_fails_changes_nothing(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    uint32_t first = add_object(box, "first", "secret");
    struct kfc_object object = {0};
    struct kfc_change change = {.put = &object, .put_count = 1};
    make_it_fail(write_fails);
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_DISK_FULL);
    medium->kind = real_kind;
    assert_int_equal(object.number, 0);
    assert_int_equal(kfc_count(box), 1);
    assert_true(object_is(box, first, "first", "secret"));
    assert_int_equal(add_object(box, "second", NULL), first + 1);
}

static void what_reads_back_otherwise_is_no_success(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    struct kfc_object object = {.sealed = (const uint8_t *)"s", .sealed_len = 1};
    struct kfc_change change = {.put = &object, .put_count = 1};
    make_it_fail(write_lies);
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_IO);
    medium->kind = real_kind;
    assert_int_equal(kfc_count(box), 0);
}

/* --- in processes --- */

static int make_box_in_registry(void **state) {
    return make_box_folder(state) != 0 ||
           kf_registry_medium_new(in_base_dir("registry.db"), &medium) != KF_OK ||
           kf_medium_write(medium, "box", empty_blob.data, empty_blob.len, true) != KF_OK;
}

/* The arena is empty in the child of a fork, so it logs in for itself. */
static pid_t add_in_child(int times) {
    pid_t child = fork();
    if (child != 0)
        return child;
    kf_arena *own = NULL;
    kfc *box = NULL;
    kf_locked opened = {0};
    if (kf_arena_new(&own) != KF_OK || kfc_open(medium, "box", &box) != KF_OK ||
        kfc_unlock(box, KFC_USER, PIN("password"), own, &opened) != KF_OK)
        _exit(1);
    for (int i = 0; i < times; i++) {
        struct kfc_object object = {.sealed = (const uint8_t *)"s", .sealed_len = 1};
        struct kfc_change change = {.put = &object, .put_count = 1};
        if (kfc_commit(box, own, &opened, &change) != KF_OK)
            _exit(2);
    }
    _exit(0);
}

static void processes_lose_nothing_in_a_medium(void **state) {
    pid_t children[4];
    for (size_t i = 0; i < KF_COUNT(children); i++)
        children[i] = add_in_child(25);
    for (size_t i = 0; i < KF_COUNT(children); i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    KF_AUTO_PTR(kfc) box = open_box();
    assert_int_equal(kfc_count(box), 100);
    assert_int_equal(kfc_info(box)->generation, 101);
    assert_int_equal(kfc_check(box, &master, arena), KF_OK);
}

static void a_damaged_file_names_the_copy_beside_it(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO_PTR(kfc) none = NULL;
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    add_object(box, "first", NULL);
    add_object(box, "second", NULL);
    read_blob(&blob);
    assert_int_equal(truncate(in_base_dir("box.kfc"), (off_t)blob.len - 1), 0);
    assert_int_equal(kfc_open(medium, "box", &none), KF_E_INPUT);
    assert_non_null(strstr(kf_error_next(KF_E_INPUT), "box.kfc.bak\""));
}

static void no_copy_that_opens_with_the_old_password_is_left(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO_PTR(kfc) kept = NULL;
    KF_AUTO(kf_locked) opened = {0};
    struct kfc_change change = {
        .set_slot = true, .slot = KFC_USER, .pin = (const uint8_t *)"new", .pin_len = 3};
    add_object(box, "key", "secret");
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    assert_int_equal(rename(in_base_dir("box.kfc.bak"), in_base_dir("kept.kfc")), 0);
    assert_int_equal(kfc_open(medium, "kept", &kept), KF_OK);
    assert_int_equal(kfc_unlock(kept, KFC_USER, PIN("password"), arena, &opened), KF_E_PIN_WRONG);
    assert_int_equal(kfc_unlock(kept, KFC_USER, PIN("new"), arena, &opened), KF_OK);
}

/* --- a model --- */

enum { MODEL_MAX = 40, STEPS = 300 };

struct model_object {
    uint32_t number; /* 0: none */
    char label[24], secret[24];
};
static struct model_object model[MODEL_MAX];
static uint64_t random_state;

static uint32_t below(uint32_t bound) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % bound;
}

static void name_anew(struct model_object *object, bool with_secret) {
    snprintf(object->label, sizeof object->label, "label %.*s%u", (int)below(9), "xxxxxxxxx",
             below(1000));
    if (with_secret)
        snprintf(object->secret, sizeof object->secret, "%.*s%u", (int)below(9), "secret!!!",
                 below(1000));
    if (with_secret && below(3) == 0)
        object->secret[0] = '\0';
}

static void put_model(kfc *box, struct model_object *object, bool keep) {
    KF_AUTO(kf_buf) open = {0};
    name_anew(object, !keep);
    assert_int_equal(kfc_attribute_add(&open, TYPE_LABEL, object->label, strlen(object->label)),
                     KF_OK);
    struct kfc_object put = {.number = object->number,
                             .open = open.data,
                             .open_len = open.len,
                             .sealed = keep ? NULL : (const uint8_t *)object->secret,
                             .sealed_len = keep ? 0 : strlen(object->secret),
                             .keep_sealed = keep};
    struct kfc_change change = {.put = &put, .put_count = 1};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    object->number = put.number;
}

/* Of what a handle knows, it gives what is there now, also when the other one changed it. */
static bool model_agrees(const kfc *box, const struct model_object *object) {
    return !kfc_entry(box, object->number) ||
           object_is(box, object->number, object->label, object->secret[0] ? object->secret : NULL);
}

static void step(kfc *box) {
    struct model_object *object = &model[below(MODEL_MAX)];
    if (!object->number) {
        put_model(box, object, false);
    } else if (below(3) == 0) {
        assert_int_equal(remove_object(box, object->number), KF_OK);
        object->number = 0;
    } else {
        put_model(box, object, below(2) == 0);
    }
    assert_true((kfc_entry(box, object->number) != NULL) == (object->number != 0));
    assert_true(model_agrees(box, object));
}

static size_t model_count(void) {
    size_t count = 0;
    for (size_t i = 0; i < MODEL_MAX; i++)
        count += model[i].number != 0;
    return count;
}

static void follow_model(uint64_t seed) {
    KF_AUTO_PTR(kfc) one = open_box();
    KF_AUTO_PTR(kfc) two = open_box();
    memset(model, 0, sizeof model);
    random_state = seed;
    for (int i = 0; i < STEPS; i++) {
        kfc *box = below(2) ? one : two;
        step(box);
        assert_int_equal(kfc_count(box), model_count());
        assert_true(model_agrees(below(2) ? one : two, &model[below(MODEL_MAX)]));
    }
    KF_AUTO_PTR(kfc) again = open_box();
    assert_int_equal(kfc_count(again), model_count());
    for (size_t i = 0; i < MODEL_MAX; i++)
        assert_true(model_agrees(again, &model[i]));
    assert_int_equal(kfc_check(again, &master, arena), KF_OK);
}

static void any_sequence_of_changes_does_what_the_model_does(void **state) {
    for (uint64_t seed = 1; seed <= 4; seed++) {
        write_blob("box", &empty_blob);
        follow_model(seed * 0x9e3779b97f4a7c15u);
    }
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, make_box_on_disk, free_box_folder)
#define IN_REGISTRY(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, make_box_in_registry, free_box_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOX(two_handles_that_take_turns_lose_nothing),
        WITH_BOX(a_refresh_tells_whether_anything_changed),
        WITH_BOX(an_object_that_another_one_changed_is_read_as_it_is_now),
        WITH_BOX(a_container_that_is_gone_is_not_made_again),
        WITH_BOX(a_stamp_that_stays_the_same_loses_no_change),
        WITH_BOX(threads_with_a_handle_each_lose_nothing),
        WITH_BOX(a_write_that_fails_changes_nothing),
        WITH_BOX(what_reads_back_otherwise_is_no_success),
        ON_DISK(processes_lose_nothing_in_a_medium),
        IN_REGISTRY(processes_lose_nothing_in_a_medium),
        ON_DISK(a_damaged_file_names_the_copy_beside_it),
        ON_DISK(no_copy_that_opens_with_the_old_password_is_left),
        WITH_BOX(any_sequence_of_changes_does_what_the_model_does),
    };
    return cmocka_run_group_tests(tests, make_group, free_group);
}

// SPDX-License-Identifier: Apache-2.0
// kill -9 in the middle of a batch, again and again: each row is ordered once, with one key.
#include "unit/batch_fixture.h"

#include <signal.h>
#include <sys/prctl.h>

#define ROWS        6
#define FILE_OF_SIX "cn\nAnna\nBob\nCarol\nDan\nEve\nFrank\n"

/* --- a CA that keeps its books by client id, and can be asked --- */

static struct books {
    char ids[32][64];
    int count, sends;
    int die_before, die_after; /* the how many-th send kills us; 0: none */
} * books;

static int find_order(const char *client_id) {
    for (int i = 0; i < books->count; i++)
        if (strcmp(books->ids[i], client_id) == 0)
            return i;
    return -1;
}

static kf_err books_submit(void *state, const struct kf_ca_order *order,
                           struct kf_ca_answer *answer) {
    int send = ++books->sends;
    if (send == books->die_before)
        _exit(9);
    snprintf(books->ids[books->count++ % 32], 64, "%s", order->client_id);
    if (send == books->die_after)
        _exit(9);
    return give_cert(answer, order);
}

static kf_err books_lookup(void *state, const struct kf_ca_order *order,
                           struct kf_ca_answer *answer) {
    if (find_order(order->client_id) >= 0)
        return give_cert(answer, order);
    answer->outcome = KF_CA_NOT_FOUND;
    return KF_OK;
}

static const struct kf_connector books_connector = {.name = "books",
                                                    .title = "A CA with books",
                                                    .duplicates = KF_CA_LOOKUP,
                                                    .open = ca_open,
                                                    .close = ca_close,
                                                    .submit = books_submit,
                                                    .lookup = books_lookup};

static int setup_books(void **state) {
    setup_enroll(state);
    if (!kf_connector_find("books"))
        assert_ok(kf_connector_register(&books_connector));
    books = mmap(NULL, sizeof *books, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(books, MAP_FAILED);
    *books = (struct books){0};
    assert_ok(kf_connection_add(context, "books", "books", NULL, 0));
    accept_root("books");
    assert_ok(begin("books", FILE_OF_SIX));
    return 0;
}

static int teardown_books(void **state) {
    munmap(books, sizeof *books);
    return teardown_enroll(state);
}

static int run_it(void) {
    return run_batch();
}

/* Each row once: one order, one key, one certificate. */
static void assert_each_once(void) {
    assert_int_equal(batch_count("done"), ROWS);
    assert_int_equal(books->count, ROWS);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(books->ids[i], books->ids[k]);
    assert_token(ROWS, ROWS);
    assert_int_equal(stored(KF_STORE_PERSONAL), ROWS);
}

static void killed_before_an_order_is_sent(void **state) {
    books->die_before = 3;
    assert_int_equal(in_process(run_it), 9);
    assert_int_equal(run_batch(), KF_E_CA_UNREACHABLE); /* it may still turn up */
    assert_int_equal(books->count, ROWS - 1);
    clock_shift += 1000;
    assert_ok(run_batch());
    assert_each_once();
}

static void killed_after_an_order_was_taken(void **state) {
    books->die_after = 3;
    assert_int_equal(in_process(run_it), 9);
    assert_ok(run_batch());
    assert_each_once();
}

static void killed_while_a_key_is_made(void **state) {
    play(room, "crash C_GenerateKeyPair 2");
    assert_int_not_equal(in_process(run_it), 0);
    play(room, "");
    assert_ok(run_batch());
    assert_each_once();
}

/* In a child that is killed after some time; true when it was done before. */
static bool run_for(int microseconds) {
    kf_context_free(KF_MOVE(context));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        open_context();
        _exit(run_batch());
    }
    int status = -1;
    usleep((useconds_t)microseconds);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    open_context();
    return WIFEXITED(status) && WEXITSTATUS(status) == KF_OK;
}

static void killed_at_any_time(void **state) {
    unsigned seed = 4711;
    bool done = false;
    int kills = 0;
    for (; kills < 400 && !done; kills++) {
        done = run_for(2000 + rand_r(&seed) % 60000);
        clock_shift += 1000; /* whatever was sent has turned up */
    }
    print_message("           killed %d times\n", kills);
    if (!done)
        assert_ok(run_batch());
    assert_each_once();
}

static void two_processes_do_not_run_one_batch(void **state) {
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO_FREE char *path = kf_str("%s/locks/b-1", kf_context_data_dir(context));
    KF_AUTO_FREE char *folder = kf_str("%s/locks", kf_context_data_dir(context));
    assert_ok(kf_dir_make(folder));
    assert_ok(kf_lock_take(path, &lock));
    assert_says(run_batch(), KF_E_BUSY, "b-1");
    assert_int_equal(books->sends, 0);
}

int main(void) {
#define BOOKS(test) cmocka_unit_test_setup_teardown(test, setup_books, teardown_books)
    const struct CMUnitTest tests[] = {
        BOOKS(killed_before_an_order_is_sent),     BOOKS(killed_after_an_order_was_taken),
        BOOKS(killed_while_a_key_is_made),         BOOKS(killed_at_any_time),
        BOOKS(two_processes_do_not_run_one_batch),
    };
    return cmocka_run_group_tests_name("enroll_batch_killed", tests, NULL, NULL);
}

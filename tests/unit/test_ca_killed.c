// SPDX-License-Identifier: Apache-2.0
// The lab CA killed at every moment at which something becomes durable, before and after it.
#include "unit/ca_fixture.h"

#include <dlfcn.h>
#include <jansson.h>
#include <signal.h>

/* These stand in front of the C library's, also for SQLite. */
static int syncs, die_at;
static bool die_before;

static int sync_with(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))(uintptr_t)dlsym(RTLD_NEXT, name);
    syncs++;
    if (syncs == die_at && die_before)
        kill(getpid(), SIGKILL);
    int rc = real(fd);
    if (syncs == die_at)
        kill(getpid(), SIGKILL);
    return rc;
}

__attribute__((visibility("default"))) int fsync(int fd) {
    return sync_with("fsync", fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd) {
    return sync_with("fdatasync", fd);
}

/* Run `body` in a child that dies at sync `at`; whether it lived to the end. */
static bool lives(int (*body)(void), int at, bool before) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        syncs = 0;
        die_at = at;
        die_before = before;
        _exit(body());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return false;
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

static kf_buf csr;
static char id[32];

static kf_err submit_here(kf_context *context, kf_answer *answer) {
    KF_AUTO_PTR(kf_ca) ca = NULL;
    struct kf_ca_order order = order_of(id, &csr);
    KF_TRY(kf_ca_open(context, "lab", NULL, &ca));
    return kf_ca_submit(ca, &order, answer);
}

static int submit_in_child(void) {
    KF_AUTO(kf_answer) answer = {0};
    return submit_here(open_home(), &answer);
}

static size_t count_requests(kf_context *context) {
    json_t *list = NULL;
    OK(kf_labca_list(context, "lab", &list));
    size_t count = json_array_size(list);
    json_decref(list);
    return count;
}

/* A new key and order, killed once, then sent again twice: one certificate. */
static bool one_order(kf_context *context, int at, bool before) {
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO(kf_answer) first = {0}, second = {0};
    size_t had = count_requests(context);
    kf_buf_clear(&csr);
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    snprintf(id, sizeof id, "%s-%d", before ? "before" : "after", at);
    bool lived = lives(submit_in_child, at, before);
    OK(submit_here(context, &first));
    assert_int_equal(first.outcome, KF_CA_ISSUED);
    OK(submit_here(context, &second));
    assert_int_equal(first.body_len, second.body_len);
    assert_memory_equal(first.body, second.body, first.body_len);
    assert_int_equal(count_requests(context), had + 1);
    return lived;
}

static void an_order_killed_at_any_sync_ends_in_one_certificate(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    make_lab(context, false);
    for (int turn = 0; turn < 2; turn++) {
        int at = 1;
        while (!one_order(context, at, turn == 0))
            at++;
        assert_in_range(at, 3, 40); /* row and certificate: at least two moments */
    }
    kf_buf_clear(&csr);
}

static int init_in_child(void) {
    struct kf_labca_order order = {.name = "lab"};
    return kf_labca_init(open_home(), NULL, &order, NULL);
}

/* After the crash: made anew, or it is there and only its connection has to be added. */
static void finish_init(void) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    struct kf_labca_order order = {.name = "lab"};
    kf_err err = kf_labca_init(context, NULL, &order, NULL);
    if (err == KF_E_EXISTS && strstr(kf_error_sentence(err), "lab CA"))
        OK(kf_connection_add(context, "lab", "local", NULL, 0));
    else
        assert_true(err == KF_OK || err == KF_E_EXISTS);
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    snprintf(id, sizeof id, "one");
    OK(submit_here(context, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    kf_buf_clear(&csr);
    OK(roots_of(context, "lab", &offered, &accepted));
    assert_int_equal(offered.count, 1);
    assert_true(accepted.count == 0 || kf_cert_equal(offered.items[0], accepted.items[0]));
}

static void a_ca_killed_while_it_is_made_can_be_finished(void **state) {
    for (int turn = 0; turn < 2; turn++) {
        bool lived = false;
        int at = 0;
        while (!lived) {
            assert_in_range(++at, 1, 200);
            assert_int_equal(shell("rm -rf ca keyfob.db*"), 0);
            lived = lives(init_in_child, at, turn == 0);
            finish_init();
        }
        assert_true(at > 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(an_order_killed_at_any_sync_ends_in_one_certificate),
        IN_DIR(a_ca_killed_while_it_is_made_can_be_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

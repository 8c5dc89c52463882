// SPDX-License-Identifier: Apache-2.0
// What the tests of src/enroll share: a home with a clock that can be turned, the fake token, a
// person with a PIN, and a CA that follows a script.
#pragma once

#include "unit/enroll_ca.h"

#include <jansson.h>
#include <sys/wait.h>
#include <time.h>

#include <keyfob/request.h>
#include <keyfob/store.h>

#include "base/text.h"
#include "enroll/journal.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

static struct room *room;
static kf_context *context;
static int64_t clock_shift;
static char id[KF_REQUEST_ID_MAX]; /* of the request that enroll() made */
static char shown[512];            /* what request_text() gave */
static int
    interrupt_at; /* the how many-th question whether to stop is answered with yes; 0: none */

static int64_t lab_now(void) {
    return (int64_t)time(NULL) + clock_shift;
}

static int64_t turned_clock(void *arg) {
    return lab_now();
}

static bool is_interrupted(void *arg) {
    return interrupt_at > 0 && --interrupt_at == 0;
}

static void open_context(void) {
    room->ui.interrupted = is_interrupted;
    struct kf_context_options options = {
        .home = room->dir, .module = KF_TEST_FAKE_TOKEN, .ui = &room->ui, .clock = turned_clock};
    assert_ok(kf_context_new(&options, &context));
}

static void accept_root(const char *connection) {
    kf_certs from = {.items = &lab_root, .count = 1};
    assert_ok(
        kf_connection_accept(context, connection, &from, kf_cert_fingerprint(lab_root), NULL));
}

static int setup_enroll(void **state) {
    setup_fake(state);
    room = *state;
    kf_context_free(KF_MOVE(room->context));
    clock_shift = 0;
    interrupt_at = 0;
    open_lab();
    open_context();
    assert_ok(kf_profile_load(context, "tls-client", &lab_profile));
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        assert_ok(kf_connection_add(context, names[i], ca_connectors[i].name, NULL, 0));
        accept_root(names[i]);
    }
    return 0;
}

static int teardown_enroll(void **state) {
    kf_context_free(KF_MOVE(context));
    close_lab();
    return teardown_room(state);
}

#define ENROLL(test) cmocka_unit_test_setup_teardown(test, setup_enroll, teardown_enroll)

/* --- doing --- */

static struct kf_enroll_order an_order(const char *connection) {
    return (struct kf_enroll_order){.connection = connection,
                                    .spec = {.subject = "CN=Anna Example"}};
}

/* A request for CN=Anna Example that does not wait for the CA. */
__attribute__((unused)) static kf_err enroll(const char *connection) {
    struct kf_enroll_order order = an_order(connection);
    return kf_enroll(context, &order, id);
}

__attribute__((unused)) static kf_err resume(void) {
    return kf_request_resume(context, id, 0);
}

__attribute__((unused)) static void assert_says(kf_err err, kf_err wanted, const char *part) {
    const char *sentence = err == KF_OK ? "" : kf_error_sentence(err);
    if (err != wanted || !strstr(sentence, part))
        fail_msg("got %s \"%s\", wanted %s with \"%s\"", kf_error_info(err)->code, sentence,
                 kf_error_info(wanted)->code, part);
}

/* In a process of its own, with a context of its own; gives its exit status. The parent's context
 * is closed meanwhile: no database handle goes into the child. */
__attribute__((unused)) static int in_process(int (*body)(void)) {
    kf_context_free(KF_MOVE(context));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        open_context();
        _exit(body());
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    open_context();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

__attribute__((unused)) static int enroll_at_a(void) {
    return enroll("a");
}
__attribute__((unused)) static int enroll_at_b(void) {
    return enroll("b");
}
__attribute__((unused)) static int enroll_at_c(void) {
    return enroll("c");
}

/* Enroll in a process that the script kills; the request is r-1. */
__attribute__((unused)) static void enroll_and_die(int (*body)(void)) {
    assert_int_equal(in_process(body), 9);
    snprintf(id, sizeof id, "r-1");
}

/* --- looking --- */

/* A member of keyfob.request/1 as text, "" for null; good until the next call. */
__attribute__((unused)) static const char *request_text(const char *key) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_request_json(context, id, &json));
    const char *text = json_string_value(json_object_get(json, key));
    snprintf(shown, sizeof shown, "%s", text ? text : "");
    return shown;
}

#define assert_state(name) assert_string_equal(request_text("state"), name)

__attribute__((unused)) static void load(kf_request *ret_request) {
    assert_ok(kf_journal_load(context, id, ret_request));
}

static size_t stored(enum kf_store_kind kind) {
    KF_AUTO_PTR(json_t) list = NULL;
    assert_ok(kf_store_list_json(context, kind, &list));
    return json_array_size(list);
}

struct on_token {
    size_t privates, publics, certificates;
};

/* What is on the token; the module's trace goes on. */
static struct on_token look_at_token(void) {
    kf_containers *containers = NULL;
    struct on_token seen = {0};
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    assert_ok(kf_containers_read(bench.token, true, &containers));
    for (size_t i = 0; i < kf_containers_count(containers); i++) {
        const struct kf_container_info *info = kf_containers_at(containers, i);
        seen.privates += info->has_private;
        seen.publics += info->has_public;
        seen.certificates += info->certificates;
    }
    kf_containers_free(containers);
    close_bench(&bench);
    return seen;
}

__attribute__((unused)) static void assert_token(size_t keys, size_t certificates) {
    struct on_token seen = look_at_token();
    assert_int_equal(seen.privates, keys);
    assert_int_equal(seen.publics, keys);
    assert_int_equal(seen.certificates, certificates);
}

/* Done as it should be: one key, one certificate, one order, in the store. */
__attribute__((unused)) static void assert_enrolled(void) {
    assert_state("done");
    assert_token(1, 1);
    assert_int_equal(lab->orders, 1);
    assert_false(lab->bytes_differ);
    assert_int_equal(stored(KF_STORE_PERSONAL), 1);
    assert_int_equal(stored(KF_STORE_ROOT), 0);
}

// SPDX-License-Identifier: Apache-2.0
// What the tests of the journal share: a home, rows, and their history.
#pragma once

#include "unit/base_fixture.h"

#include <jansson.h>

#include "base/text.h"
#include "enroll/journal.h"

static kf_context *context;

static int64_t fixed_clock(void *arg) {
    return 1795000000;
}

static kf_context *open_home(void) {
    kf_context *opened = NULL;
    struct kf_context_options options = {.home = base_dir, .clock = fixed_clock};
    assert_int_equal(kf_context_new(&options, &opened), KF_OK);
    return opened;
}

__attribute__((unused)) static int setup(void **state) {
    make_base_dir(state);
    context = open_home();
    return 0;
}

static int teardown(void **state) {
    kf_context_free(context);
    return remove_base_dir(state);
}

static void ok(kf_err err) {
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
}

__attribute__((unused)) static void begin_with(kf_request *r, const char *order) {
    static int serial;
    r->connection = strdup("lab");
    r->order = strdup(order);
    r->client_id = kf_str("kf-%d", ++serial);
    ok(kf_journal_begin(context, r));
}

/* The least that the table wants. */
__attribute__((unused)) static void begin(kf_request *r) {
    begin_with(r, "{}");
}

__attribute__((unused)) static size_t history_rows(kf_request *r) {
    json_t *items = NULL;
    ok(kf_journal_history(context, r, &items));
    size_t count = json_array_size(items);
    json_decref(items);
    return count;
}

#define HOME(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

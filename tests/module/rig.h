// SPDX-License-Identifier: Apache-2.0
// A private folder with a fresh token of the module under test, a person who knows its PINs, and
// other programs that are run there.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/modules.h"
#include "token/key.h"

struct rig {
    const struct module *module;
    char dir[256];
    char *reserved; /* the module's, with the folder's name in it */
    const char *user_pin, *so_pin, *new_user_pin;
    kf_context *context;
    kf_tokens *tokens;
    kf_token *token;
    kf_session *session;
};

/* Before the tests: the module that the next rigs are of. */
void rig_use(const struct module *module);
/* A cmocka test with a rig of its own as its state. */
#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)
int rig_set_up(void **state);
int rig_tear_down(void **state);

/* Opens the module, takes the token, and logs in. */
void rig_open(struct rig *rig);
void rig_close(struct rig *rig);
bool rig_makes(const struct rig *rig, enum kf_key_type type);

#define assert_ok(error) rig_assert_ok((error), __FILE__, __LINE__)
void rig_assert_ok(kf_err error, const char *file, int line);
#define assert_fails(error, code) assert_int_equal((error), (code))

/* A key with a random id. */
kf_key *rig_key(struct rig *rig, const char *label, enum kf_key_type type, unsigned use);
void rig_destroy(struct rig *rig, const kf_key *key);

/* --- other programs --- */

void rig_write(const struct rig *rig, const char *name, const void *data, size_t len);
/* A shell line in the folder that has to succeed; what it prints is in the file "out". `$PKCS11`
 * starts a program as a user for whom "$MODULE" is the module under test. */
void rig_run(const struct rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rig_assert_said(const struct rig *rig, const char *text);

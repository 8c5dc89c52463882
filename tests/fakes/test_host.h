// SPDX-License-Identifier: Apache-2.0
// Host: what the tests of the fake share: a private folder, the module, a script, short calls.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <p11-kit/pkcs11.h>

extern CK_FUNCTION_LIST *p11; // of the module that host_setup has loaded and initialized
extern char host_folder[64];  // of this test, removed afterwards

int host_setup(void **state);
int host_teardown(void **state);

// Makes a new program of this one: the module is unloaded, loaded and initialized again.
void host_restart(void);
// Unloads the module without C_Finalize, loads it, and leaves it uninitialized.
void host_load(void);
void host_unload(void);

// Replaces the script.
void host_script(const char *text);
// Makes the state durable from now on; before the first call that matters.
void host_keep_state(void);
// The name of a file in the folder, good until the next call.
const char *host_path(const char *name);

CK_SESSION_HANDLE host_session(void);
CK_RV host_pin(CK_SESSION_HANDLE session, const char *pin);
CK_SESSION_HANDLE host_login(void); // a session, logged in with 1234
CK_FLAGS host_token_flags(void);

struct host_pair {
    CK_OBJECT_HANDLE public, private;
};

enum host_kind { HOST_RSA, HOST_P256, HOST_P384, HOST_P521, HOST_ED25519 };

// Key pairs of the token, id "id"; RSA has 2048 bits.
CK_RV host_generate(CK_SESSION_HANDLE session, enum host_kind kind, struct host_pair *ret_pair);
struct host_pair host_keys(CK_SESSION_HANDLE session, enum host_kind kind); // must succeed

struct host_bytes {
    unsigned char data[1024];
    CK_ULONG len;
};

// The signature of 32 bytes.
CK_RV host_sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE mechanism,
                struct host_bytes *ret_signature);
struct host_bytes host_get(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE type);
bool host_flag(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
CK_ULONG host_count(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class);
CK_RV host_write_certificate(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_object);

// The wait status of a child in which work runs.
int host_child(void (*work)(void));

// Groups of tests, one a file.
#define HOST_TEST(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)
extern const struct CMUnitTest rule_tests[], fault_tests[], lie_tests[], pin_tests[], key_tests[],
    object_tests[];
extern const size_t rule_test_count, fault_test_count, lie_test_count, pin_test_count,
    key_test_count, object_test_count;

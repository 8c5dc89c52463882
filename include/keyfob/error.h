// SPDX-License-Identifier: Apache-2.0
// Errors: a code that the caller acts on and a sentence that a person can act on.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum kf_err {
    KF_OK = 0,
#define KF_ERROR(name, code, exit, http, what, key, next) KF_E_##name,
#include <keyfob/errors.def>
#undef KF_ERROR
    KF_ERR_COUNT
} kf_err;

/* One row of the table of errors; all strings are static. */
struct kf_error_info {
    const char *code; /* stable word for JSON, such as "pin_wrong" */
    int exit;         /* the command's exit status */
    int http;         /* the API's status */
    const char *what;
    const char *key;  /* whether the key is safe */
    const char *next; /* what to do next */
};

/* The row of a code. Unknown codes give the row of KF_E_FAILED, KF_OK a row with exit 0. */
const struct kf_error_info *kf_error_info(kf_err code);

/* Set this thread's sentence (lower case, no full stop, names in quotes) and return `code`, for
 * `return kf_fail(...)`. Forgets the hint and key statement of an earlier error. The text is cut at
 * 1023 bytes and control characters in it are escaped, so foreign text may be passed in. */
__attribute__((format(printf, 2, 3))) kf_err kf_fail(kf_err code, const char *format, ...);

/* Put words before the present sentence: "writing the certificate: the token is full". Returns
 * `code`. */
__attribute__((format(printf, 2, 3))) kf_err kf_fail_in(kf_err code, const char *format, ...);

/* Replace the table's "what to do next" / "is the key safe" for the present error of this thread.
 */
__attribute__((format(printf, 1, 2))) void kf_error_hint(const char *format, ...);
__attribute__((format(printf, 1, 2))) void kf_error_key(const char *format, ...);

/* What stands for this thread's last error; valid until the next kf_fail() of the thread. */
const char *kf_error_sentence(kf_err code);
const char *kf_error_next(kf_err code);
const char *kf_error_key_state(kf_err code);
void kf_error_clear(void);
/* The code that this thread's last kf_fail() was given; KF_OK after kf_error_clear(). */
kf_err kf_error_code(void);

/* Keep an error across a clean-up that may itself fail. */
struct kf_error_saved {
    kf_err code;
    char sentence[1024], next[512], key[256];
};
void kf_error_save(struct kf_error_saved *ret_saved);
void kf_error_restore(const struct kf_error_saved *saved);

#define KF_TRY(expression)                                                                         \
    do {                                                                                           \
        kf_err kf_try_ = (expression);                                                             \
        if (kf_try_ != KF_OK)                                                                      \
            return kf_try_;                                                                        \
    } while (0)

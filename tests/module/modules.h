// SPDX-License-Identifier: Apache-2.0
// The PKCS#11 modules that the suite runs against, each with what is known of it.
#pragma once

#include <keyfob/container.h>

#define USER_PIN "1234"
#define SO_PIN   "12345678"

/* What the module does. The suite asserts all of it: a changed module is noticed, not worked
 * around. */
struct facts {
    const char *manufacturer, *model;
    size_t tokens;           /* shown, blank ones and others of the module included */
    bool serial_is_its_own;  /* no other token of the module has the same */
    unsigned makes;          /* 1 << enum kf_key_type, or-ed */
    size_t pin_min, pin_max; /* as kf_token_info says them: 0 where the token does not tell */
    int wrong_pins;          /* so many in a row do not lock the PIN */
    enum kf_pin_tries after_wrong_pins;
    bool locks;               /* one more does */
    kf_err init_blank;        /* of kf_token_init() with "new" */
    kf_err init_again;        /* of erasing the token with the right SO PIN */
    bool gnutls_cannot_start; /* through p11-kit, which is its only way to give arguments */
    const char *unflagged;    /* attributes of a private key that are not as asked: " LOCAL " */
};

struct module {
    const char *name, *path;
    const char *reserved; /* for C_Initialize, with @DIR@ for the private folder; or NULL */
    const char
        *environment;  /* a variable and its file in the private folder, "NAME=FILE"; or NULL */
    const char *make;  /* shell, in the private folder: makes the token with USER_PIN */
    const char *label; /* of that token */
    struct facts facts;
};

/* NULL for an unknown name. */
const struct module *module_find(const char *name);

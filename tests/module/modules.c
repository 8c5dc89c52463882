// SPDX-License-Identifier: Apache-2.0
// The table of modules: a further one is one more row, and its name in CMakeLists.txt.
#include "module/modules.h"

#include <string.h>

#include "base/auto.h"

#define MAKES(type) (1U << KF_KEY_##type)
#define RSA         (MAKES(RSA_2048) | MAKES(RSA_3072) | MAKES(RSA_4096))
#define NIST        (MAKES(P256) | MAKES(P384) | MAKES(P521))

/* Its arguments: nothing is slow on purpose. */
#define OURS(folder) "home='" folder "/tokens' scrypt='14' wait='no'"

static const struct module modules[] = {
    {.name = "softhsm2",
     .path = "/usr/lib/softhsm/libsofthsm2.so",
     .environment = "SOFTHSM2_CONF=softhsm2.conf",
     .make = "\"$SOURCE\"/softhsm-config/make-token . card " USER_PIN " " SO_PIN,
     .label = "card",
     .facts = {.manufacturer = "SoftHSM project",
               .model = "SoftHSM v2",
               .tokens = 2, /* a blank one is always there */
               .serial_is_its_own = true,
               .makes = RSA | NIST | MAKES(ED25519),
               .pin_min = 4,
               .pin_max = 255,
               .wrong_pins = 10,
               .after_wrong_pins = KF_TRIES_LOW,
               .init_blank = KF_OK,
               .init_again = KF_OK}},
    {.name = "nss",
     .path = "/usr/lib/x86_64-linux-gnu/libsoftokn3.so",
     .reserved = "configdir='sql:@DIR@/db' certPrefix='' keyPrefix='' secmod='secmod.db' flags=",
     .make = "mkdir db && certutil -N -d sql:db -f pin",
     .label = "NSS Certificate DB",
     .facts = {.manufacturer = "Mozilla Foundation",
               .model = "NSS 3",
               .tokens = 2, /* the other one computes and keeps nothing */
               .makes = RSA | NIST,
               .pin_max = 500,
               .wrong_pins = 10,
               .after_wrong_pins = KF_TRIES_OK,
               .init_blank = KF_E_TOKEN_ABSENT,
               .init_again = KF_E_NOT_ON_TOKEN,
               .gnutls_cannot_start = true, /* CKR_ARGUMENTS_BAD to p11-kit 0.24's arguments */
               .unflagged = " LOCAL "}},
    {.name = "keyfob",
     .path = KF_TEST_MODULE,
     .reserved = OURS("@DIR@"),
     .environment = "KEYFOB_HOME=tokens",
     .make =
         KF_TEST_MAKE_TOKEN " " KF_TEST_MODULE " \"" OURS("$RIG") "\" card " USER_PIN " " SO_PIN,
     .label = "card",
     .facts = {.manufacturer = "keyfob",
               .model = "keyfob disk",
               .tokens = 1, /* its blank ones are places for containers, and not shown */
               .serial_is_its_own = true,
               .makes = RSA | NIST | MAKES(ED25519),
               .pin_min = 4,
               .pin_max = 255,
               .wrong_pins = 9,
               .after_wrong_pins = KF_TRIES_LAST,
               .locks = true,
               .init_blank = KF_E_TOKEN_ABSENT,
               .init_again = KF_OK}},
};

const struct module *module_find(const char *name) {
    for (size_t i = 0; i < KF_COUNT(modules); i++)
        if (strcmp(modules[i].name, name) == 0)
            return &modules[i];
    return NULL;
}

// SPDX-License-Identifier: Apache-2.0
// The services that a double can play: a new one is one line here.
#include "services.h"

#include <string.h>

static const struct double_service *const services[] = {
    &double_plain,
    &double_digicert,
    &double_privacyidea,
    &double_cryptopro,
};

const struct double_service *double_service_find(const char *name) {
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (strcmp(services[i]->name, name) == 0)
            return services[i];
    }
    return NULL;
}

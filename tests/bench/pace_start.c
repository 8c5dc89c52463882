// SPDX-License-Identifier: Apache-2.0
// From nothing to the first signature: start, token, login, a key; and what it takes in memory.

#include "pace.h"

#include <dlfcn.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pace_keys.h"

enum { SLOTS_MAX = 4096, LABEL_BYTES = 32, SIGNATURE_MAX = 512 };

static CK_FUNCTION_LIST *load(const char *module) {
    CK_C_GetFunctionList get_list = NULL;
    CK_FUNCTION_LIST *p11 = NULL;
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        errx(EXIT_FAILURE, "%s", dlerror());
    *(void **)&get_list = dlsym(library, "C_GetFunctionList");
    if (!get_list)
        errx(EXIT_FAILURE, "%s", dlerror());
    pace_check(get_list(&p11), "C_GetFunctionList");
    return p11;
}

// NSS reads one member more than PKCS#11 has, and its arguments in the place of pReserved.
static void initialize(CK_FUNCTION_LIST *p11, char *reserved) {
    struct {
        CK_C_INITIALIZE_ARGS standard;
        void *more;
    } arguments = {
        .standard = {.flags = CKF_OS_LOCKING_OK, .pReserved = *reserved ? reserved : NULL},
    };

    pace_check(p11->C_Initialize(&arguments), "C_Initialize");
}

static bool has_label(const CK_TOKEN_INFO *token, const char *label) {
    size_t size = strlen(label);

    return size <= LABEL_BYTES && !memcmp(token->label, label, size) &&
           (size == LABEL_BYTES || token->label[size] == ' ');
}

static CK_SLOT_ID find_slot(CK_FUNCTION_LIST *p11, const char *label) {
    static CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;

    pace_check(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO token;

        pace_check(p11->C_GetTokenInfo(slots[i], &token), "C_GetTokenInfo");
        if (has_label(&token, label))
            return slots[i];
    }
    errx(EXIT_FAILURE, "no token \"%s\"", label);
}

CK_SESSION_HANDLE pace_open_session(const struct pace *pace) {
    CK_SESSION_HANDLE session;

    pace_check(pace->p11->C_OpenSession(pace->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
                                        &session),
               "C_OpenSession");
    return session;
}

struct pace pace_start(const char *module, char *reserved, const char *label, const char *pin) {
    struct pace pace = {0};

    if (!strcmp(module, "evp")) {
        if (*label && chdir(label) != 0)
            err(EXIT_FAILURE, "%s", label);
        return pace;
    }
    pace.p11 = load(module);
    double started = pace_now();
    initialize(pace.p11, reserved);
    double initialized = pace_now();
    pace.slot = find_slot(pace.p11, label);
    pace.session = pace_open_session(&pace);
    double opened = pace_now();
    pace_check(pace.p11->C_Login(pace.session, CKU_USER, (CK_BYTE *)pin, strlen(pin)), "C_Login");
    pace.taken.initialize = initialized - started;
    pace.taken.token = opened - initialized;
    pace.taken.login = pace_now() - opened;
    return pace;
}

static long resident_kib(void) {
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "re");

    while (status && kib == 0 && fgets(line, sizeof(line), status))
        (void)sscanf(line, "VmRSS: %ld", &kib);
    if (kib == 0)
        errx(EXIT_FAILURE, "/proc/self/status does not tell the memory");
    fclose(status);
    return kib;
}

void pace_rss(const struct pace *pace, char **arguments) {
    (void)pace;
    (void)arguments;
    printf("%ld\n", resident_kib());
}

void pace_first(const struct pace *pace, char **arguments) {
    const struct pace_type *type = pace_type(arguments[0]);
    CK_MECHANISM mechanism = {type->sign, NULL, 0};
    CK_BYTE signature[SIGNATURE_MAX];
    CK_ULONG size = sizeof(signature);
    double started = pace_now();
    CK_OBJECT_HANDLE key = pace_find_key(pace, pace->session, type->name);
    double found = pace_now();

    pace_check(pace->p11->C_SignInit(pace->session, &mechanism, key), "C_SignInit");
    pace_check(pace->p11->C_Sign(pace->session, (CK_BYTE *)type->input, type->input_size, signature,
                                 &size),
               "C_Sign");
    printf("%.3f %.3f %.3f %.3f %.3f %ld\n", pace->taken.initialize, pace->taken.token,
           pace->taken.login, found - started, pace_now() - found, resident_kib());
}

// SPDX-License-Identifier: Apache-2.0
// What the floor programs share: load a module, log in to its first token.

#include "floor.h"

#include <dlfcn.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

void floor_check(CK_RV rv, const char *call) {
    if (rv != CKR_OK)
        errx(EXIT_FAILURE, "%s: 0x%lx", call, rv);
}

CK_FUNCTION_LIST *floor_load(const char *module) {
    CK_C_GetFunctionList get_list = NULL;
    CK_FUNCTION_LIST *p11 = NULL;
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        errx(EXIT_FAILURE, "%s", dlerror());
    *(void **)&get_list = dlsym(library, "C_GetFunctionList");
    if (!get_list)
        errx(EXIT_FAILURE, "%s", dlerror());
    floor_check(get_list(&p11), "C_GetFunctionList");
    floor_check(p11->C_Initialize(NULL), "C_Initialize");
    return p11;
}

CK_ULONG floor_slots(CK_FUNCTION_LIST *p11, CK_SLOT_ID slots[FLOOR_SLOTS_MAX]) {
    CK_ULONG count = FLOOR_SLOTS_MAX;

    floor_check(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
    return count;
}

struct floor floor_login(const char *module, const char *pin, CK_FLAGS flags) {
    struct floor floor = {.p11 = floor_load(module)};
    CK_SLOT_ID slots[FLOOR_SLOTS_MAX];
    CK_TOKEN_INFO token;

    if (floor_slots(floor.p11, slots) == 0)
        errx(EXIT_FAILURE, "no token in \"%s\"", module);
    floor_check(floor.p11->C_GetTokenInfo(slots[0], &token), "C_GetTokenInfo");
    if (!(token.flags & CKF_USER_PIN_INITIALIZED))
        errx(EXIT_FAILURE, "the first token of \"%s\" has no user PIN", module);
    floor_check(
        floor.p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION | flags, NULL, NULL, &floor.session),
        "C_OpenSession");
    floor_check(floor.p11->C_Login(floor.session, CKU_USER, (CK_BYTE *)pin, strlen(pin)),
                "C_Login");
    return floor;
}

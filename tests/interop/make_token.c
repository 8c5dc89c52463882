// SPDX-License-Identifier: Apache-2.0
// make_token MODULE RESERVED LABEL PIN SO_PIN: a token in the first blank slot of a module that is
// started with the arguments RESERVED ("" = none). For tests only: PINs are on the command line.
#include <dlfcn.h>
#include <err.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 64, LABEL_LEN = 32 };

static CK_FUNCTION_LIST *p11;

static void check(CK_RV rv, const char *call) {
    if (rv != CKR_OK)
        errx(EXIT_FAILURE, "%s: 0x%lx", call, rv);
}

static void start(const char *path, char *reserved) {
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK,
                                 .pReserved = *reserved != '\0' ? reserved : NULL};
    CK_C_GetFunctionList get_list = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        errx(EXIT_FAILURE, "%s", dlerror());
    *(void **)&get_list = dlsym(library, "C_GetFunctionList");
    if (get_list == NULL)
        errx(EXIT_FAILURE, "%s", dlerror());
    check(get_list(&p11), "C_GetFunctionList");
    check(p11->C_Initialize(&args), "C_Initialize");
}

static CK_SLOT_ID find_blank(void) {
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    check(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        check(p11->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
        if (!(info.flags & CKF_TOKEN_INITIALIZED))
            return slots[i];
    }
    errx(EXIT_FAILURE, "no blank token");
}

static void make(CK_SLOT_ID slot, const char *name, const char *pin, const char *so_pin) {
    CK_UTF8CHAR label[LABEL_LEN];
    CK_SESSION_HANDLE session;
    memset(label, ' ', sizeof(label));
    memcpy(label, name, strnlen(name, sizeof(label)));
    check(p11->C_InitToken(slot, (CK_BYTE *)so_pin, strlen(so_pin), label), "C_InitToken");
    check(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session),
          "C_OpenSession");
    check(p11->C_Login(session, CKU_SO, (CK_BYTE *)so_pin, strlen(so_pin)), "C_Login");
    check(p11->C_InitPIN(session, (CK_BYTE *)pin, strlen(pin)), "C_InitPIN");
}

int main(int argc, char **argv) {
    if (argc != 6)
        errx(2, "usage: make_token MODULE RESERVED LABEL PIN SO_PIN");
    start(argv[1], argv[2]);
    make(find_blank(), argv[3], argv[4], argv[5]);
    check(p11->C_Finalize(NULL), "C_Finalize");
    return EXIT_SUCCESS;
}

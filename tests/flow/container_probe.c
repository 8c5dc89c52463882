// SPDX-License-Identifier: Apache-2.0
// A small host of keyfob-pkcs11.so for the tests of its faults: does one thing with the container,
// or says in what state it is. It links nothing of ours.
//
//   container_probe MODULE make LABEL PIN SO_PIN   C_InitToken in the empty slot, C_InitPIN
//   container_probe MODULE keygen PIN COUNT        P-256 key pairs on the token
//   container_probe MODULE pin OLD NEW             C_SetPIN
//   container_probe MODULE unblock SO_PIN NEW      C_InitPIN by the SO
//   container_probe MODULE try PIN                 C_Login; the flags of the token afterwards
//   container_probe MODULE state PIN...            "pin=PIN pairs=2 halves=0 broken=0"
//   container_probe MODULE hold PIN                answers "login", "find", "sign", "info"
// state tells which PIN opens it, how many pairs sign and verify, keys without their other half,
// and pairs that do not. The token is the first on the disk, or in the medium $PROBE_MEDIUM.
// Ends with 0 when every call was CKR_OK, else with 1 and the call on stderr.
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OBJECTS_MAX  4096

static CK_FUNCTION_LIST *p11;

static void check(CK_RV rv, const char *call) {
    if (rv == CKR_OK)
        return;
    fprintf(stderr, "%s: 0x%lx\n", call, rv);
    exit(1);
}
#define CHECK(call) check(p11->call, #call)

static void start(const char *module) {
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK, .pReserved = "scrypt='14' wait='no'"};
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList list = NULL;
    if (library == NULL ||
        (list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList")) == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    check(list(&p11), "C_GetFunctionList");
    CHECK(C_Initialize(&args));
}

/* The first slot with a token that is initialised, or blank, on the disk or in $PROBE_MEDIUM. */
static CK_SLOT_ID find_slot(bool initialized) {
    const char *medium = getenv("PROBE_MEDIUM");
    char model[17];
    snprintf(model, sizeof model, "keyfob %s", medium != NULL ? medium : "disk");
    CK_SLOT_ID slots[64];
    CK_ULONG count = COUNT(slots);
    CHECK(C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info = {0};
        if (p11->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            memcmp(info.model, model, strlen(model)) == 0 &&
            ((info.flags & CKF_TOKEN_INITIALIZED) != 0) == initialized)
            return slots[i];
    }
    fprintf(stderr, "no such slot\n");
    exit(1);
}

static CK_SESSION_HANDLE open_session(CK_SLOT_ID slot) {
    CK_SESSION_HANDLE session = 0;
    CHECK(C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
    return session;
}

static unsigned char *bytes(const char *text) {
    return (unsigned char *)(uintptr_t)text;
}

static CK_SESSION_HANDLE log_in(const char *pin) {
    CK_SESSION_HANDLE session = open_session(find_slot(true));
    CHECK(C_Login(session, CKU_USER, bytes(pin), strlen(pin)));
    return session;
}

static void make(char **words) {
    unsigned char label[32];
    CK_SLOT_ID slot = find_slot(false);
    memset(label, ' ', sizeof label);
    memcpy(label, words[0], strlen(words[0]));
    CHECK(C_InitToken(slot, bytes(words[2]), strlen(words[2]), label));
    CK_SESSION_HANDLE session = open_session(slot);
    CHECK(C_Login(session, CKU_SO, bytes(words[2]), strlen(words[2])));
    CHECK(C_InitPIN(session, bytes(words[1]), strlen(words[1])));
}

static void make_pair(CK_SESSION_HANDLE session, unsigned number) {
    static unsigned char yes = CK_TRUE, p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    CK_MECHANISM mechanism = {.mechanism = CKM_EC_KEY_PAIR_GEN};
    CK_OBJECT_HANDLE public = 0, private = 0;
    unsigned char id[16] = {0};
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(id, 1, sizeof id, random) != sizeof id)
        exit(2);
    fclose(random);
    id[0] = (unsigned char)number;
    CK_ATTRIBUTE public_template[] = {{CKA_TOKEN, &yes, 1},
                                      {CKA_ID, id, sizeof id},
                                      {CKA_EC_PARAMS, p256, sizeof p256},
                                      {CKA_VERIFY, &yes, 1}};
    CK_ATTRIBUTE private_template[] = {
        {CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_ID, id, sizeof id}, {CKA_SIGN, &yes, 1}};
    CHECK(C_GenerateKeyPair(session, &mechanism, public_template, COUNT(public_template),
                            private_template, COUNT(private_template), &public, &private));
}

static void keygen(char **words) {
    CK_SESSION_HANDLE session = log_in(words[0]);
    for (unsigned i = 0, count = (unsigned)atoi(words[1]); i < count; i++)
        make_pair(session, i);
}

static void change_pin(char **words) {
    CK_SESSION_HANDLE session = open_session(find_slot(true));
    CHECK(C_SetPIN(session, bytes(words[0]), strlen(words[0]), bytes(words[1]), strlen(words[1])));
}

static void unblock(char **words) {
    CK_SESSION_HANDLE session = open_session(find_slot(true));
    CHECK(C_Login(session, CKU_SO, bytes(words[0]), strlen(words[0])));
    CHECK(C_InitPIN(session, bytes(words[1]), strlen(words[1])));
}

static void try_pin(char **words) {
    static const struct {
        CK_FLAGS flag;
        const char *name;
    } flags[] = {{CKF_USER_PIN_COUNT_LOW, "low"},
                 {CKF_USER_PIN_FINAL_TRY, "final"},
                 {CKF_USER_PIN_LOCKED, "locked"}};
    CK_TOKEN_INFO info = {0};
    CK_SLOT_ID slot = find_slot(true);
    CK_SESSION_HANDLE session = open_session(slot);
    CK_RV rv = p11->C_Login(session, CKU_USER, bytes(words[0]), strlen(words[0]));
    CHECK(C_GetTokenInfo(slot, &info));
    printf("0x%lx", rv);
    for (size_t i = 0; i < COUNT(flags); i++)
        printf("%s%s", info.flags & flags[i].flag ? " " : "",
               info.flags & flags[i].flag ? flags[i].name : "");
    printf("\n");
}

static CK_ULONG find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG wanted_count,
                     CK_OBJECT_HANDLE *found) {
    CK_ULONG count = 0;
    CHECK(C_FindObjectsInit(session, wanted, wanted_count));
    CHECK(C_FindObjects(session, found, OBJECTS_MAX, &count));
    CHECK(C_FindObjectsFinal(session));
    return count;
}

/* 1: signs and verifies; 0: it does not; -1: there is no public key. */
static int pair_works(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE private) {
    static CK_OBJECT_HANDLE found[OBJECTS_MAX];
    CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY;
    CK_MECHANISM mechanism = {.mechanism = CKM_ECDSA};
    unsigned char id[64], digest[32] = {7}, signature[256];
    CK_ULONG len = sizeof signature;
    CK_ATTRIBUTE read = {CKA_ID, id, sizeof id};
    CHECK(C_GetAttributeValue(session, private, &read, 1));
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &public_class, sizeof public_class},
                             {CKA_ID, id, read.ulValueLen}};
    if (find(session, wanted, COUNT(wanted), found) != 1)
        return -1;
    CK_OBJECT_HANDLE public = found[0];
    return p11->C_SignInit(session, &mechanism, private) == CKR_OK &&
           p11->C_Sign(session, digest, sizeof digest, signature, &len) == CKR_OK &&
           p11->C_VerifyInit(session, &mechanism, public) == CKR_OK &&
           p11->C_Verify(session, digest, sizeof digest, signature, len) == CKR_OK;
}

static CK_ULONG count_of(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
                         CK_OBJECT_HANDLE *found) {
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    return find(session, &wanted, 1, found);
}

static void state(char **words) {
    static CK_OBJECT_HANDLE private[OBJECTS_MAX], public[OBJECTS_MAX];
    CK_SESSION_HANDLE session = open_session(find_slot(true));
    unsigned pairs = 0, halves = 0, broken = 0;
    while (*words && p11->C_Login(session, CKU_USER, bytes(*words), strlen(*words)) != CKR_OK)
        words++;
    if (*words == NULL) {
        printf("pin=none\n");
        return;
    }
    CK_ULONG count = count_of(session, CKO_PRIVATE_KEY, private);
    for (CK_ULONG i = 0; i < count; i++) {
        int works = pair_works(session, private[i]);
        unsigned *kind = works < 0 ? &halves : works > 0 ? &pairs : &broken;
        ++*kind;
    }
    CK_ULONG public_count = count_of(session, CKO_PUBLIC_KEY, public);
    halves += (unsigned)(public_count > count ? public_count - count : 0);
    printf("pin=%s pairs=%u halves=%u broken=%u\n", *words, pairs, halves, broken);
}

static CK_RV sign_once(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE private) {
    CK_MECHANISM mechanism = {.mechanism = CKM_ECDSA};
    unsigned char digest[32] = {7}, signature[256];
    CK_ULONG len = sizeof signature;
    CK_RV rv = p11->C_SignInit(session, &mechanism, private);
    return rv == CKR_OK ? p11->C_Sign(session, digest, sizeof digest, signature, &len) : rv;
}

/* What a program that goes on has to do once its token is back. */
static CK_RV log_in_again(CK_SLOT_ID slot, const char *pin, CK_SESSION_HANDLE *session) {
    CK_RV rv = p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, session);
    return rv == CKR_OK ? p11->C_Login(*session, CKU_USER, bytes(pin), strlen(pin)) : rv;
}

static CK_RV look_for(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_private) {
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_ULONG count = 0;
    CK_RV rv = p11->C_FindObjectsInit(session, &wanted, 1);
    if (rv == CKR_OK)
        rv = p11->C_FindObjects(session, ret_private, 1, &count);
    if (rv == CKR_OK)
        rv = p11->C_FindObjectsFinal(session);
    return rv;
}

/* A running program: does what each line of stdin says, and prints the answer. */
static void hold(char **words) {
    CK_SLOT_ID slot = find_slot(true);
    CK_SESSION_HANDLE session = 0;
    CK_OBJECT_HANDLE private = 0;
    CK_TOKEN_INFO info;
    char line[16];
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        CK_RV rv = strcmp(line, "sign\n") == 0    ? sign_once(session, private)
                   : strcmp(line, "find\n") == 0  ? look_for(session, &private)
                   : strcmp(line, "info\n") == 0  ? p11->C_GetTokenInfo(slot, &info)
                   : strcmp(line, "login\n") == 0 ? log_in_again(slot, words[0], &session)
                                                  : CKR_ARGUMENTS_BAD;
        printf("0x%lx\n", rv);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *verb;
        int words;
        void (*run)(char **words);
    } verbs[] = {{"make", 3, make},       {"keygen", 2, keygen}, {"pin", 2, change_pin},
                 {"unblock", 2, unblock}, {"try", 1, try_pin},   {"state", 1, state},
                 {"hold", 1, hold}};
    for (size_t i = 0; argc > 2 && i < COUNT(verbs); i++)
        if (strcmp(argv[2], verbs[i].verb) == 0 && argc >= 3 + verbs[i].words) {
            start(argv[1]);
            verbs[i].run(argv + 3);
            CHECK(C_Finalize(NULL));
            return 0;
        }
    fprintf(stderr, "usage: container_probe MODULE VERB WORDS...\n");
    return 2;
}

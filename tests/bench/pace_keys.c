// SPDX-License-Identifier: Apache-2.0
// Token keys of each type, and finding them.

#include "pace_keys.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// PKCS#11 3.0, 2.3; p11-kit's header has 2.40.
enum { EC_EDWARDS_KEY_PAIR_GEN = 0x1055, EDDSA = 0x1057 };
enum { MODULUS_BITS = 2048, IDS_MAX = 100000, NAME_BYTES = 24 };

static CK_BBOOL yes = CK_TRUE;

static const CK_BYTE digest[32] = {1, 2, 3};
static const CK_BYTE digest_info[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                        0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                        0x01, 0x05, 0x00, 0x04, 0x20, 1,    2};
static const CK_BYTE prime256v1[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const CK_BYTE edwards25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

static const struct pace_type types[] = {
    {"p256", CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, digest, sizeof(digest), prime256v1,
     sizeof(prime256v1)},
    {"rsa2048", CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_PKCS, digest_info, sizeof(digest_info), NULL, 0},
    {"ed25519", EC_EDWARDS_KEY_PAIR_GEN, EDDSA, digest, sizeof(digest), edwards25519,
     sizeof(edwards25519)},
};

const struct pace_type *pace_type(const char *name) {
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (!strcmp(types[i].name, name))
            return &types[i];
    errx(2, "no type \"%s\"", name);
}

CK_RV pace_generate_pair(const struct pace *pace, const struct pace_type *type, const char *name) {
    CK_MECHANISM mechanism = {type->generate, NULL, 0};
    CK_ULONG bits = MODULUS_BITS;
    CK_BYTE exponent[] = {1, 0, 1};
    CK_OBJECT_HANDLE public_key, private_key;
    CK_ATTRIBUTE public_half[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_VERIFY, &yes, sizeof(yes)},
        {CKA_ID, (char *)name, strlen(name)},
        {CKA_LABEL, (char *)name, strlen(name)},
        {CKA_EC_PARAMS, (CK_BYTE *)type->parameters, type->parameters_size},
        {CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent)},
    };
    CK_ATTRIBUTE private_half[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},       {CKA_PRIVATE, &yes, sizeof(yes)},
        {CKA_SENSITIVE, &yes, sizeof(yes)},   {CKA_SIGN, &yes, sizeof(yes)},
        {CKA_ID, (char *)name, strlen(name)}, {CKA_LABEL, (char *)name, strlen(name)},
    };

    if (!type->parameters)
        public_half[4] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof(bits)};
    return pace->p11->C_GenerateKeyPair(pace->session, &mechanism, public_half,
                                        type->parameters ? 5 : 6, private_half, 6, &public_key,
                                        &private_key);
}

void pace_keys(const struct pace *pace, char **arguments) {
    (void)arguments;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CK_MECHANISM_INFO info;

        if (pace->p11->C_GetMechanismInfo(pace->slot, types[i].generate, &info) != CKR_OK)
            continue;
        pace_check(pace_generate_pair(pace, &types[i], types[i].name), "C_GenerateKeyPair");
        puts(types[i].name);
    }
}

static CK_OBJECT_HANDLE find(const struct pace *pace, CK_SESSION_HANDLE session,
                             CK_ATTRIBUTE *pattern, CK_ULONG count) {
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG found = 0;

    pace_check(pace->p11->C_FindObjectsInit(session, pattern, count), "C_FindObjectsInit");
    pace_check(pace->p11->C_FindObjects(session, &object, 1, &found), "C_FindObjects");
    pace_check(pace->p11->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    return found ? object : CK_INVALID_HANDLE;
}

CK_OBJECT_HANDLE pace_find_key(const struct pace *pace, CK_SESSION_HANDLE session,
                               const char *label) {
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE pattern[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_LABEL, (char *)label, strlen(label)},
    };
    CK_OBJECT_HANDLE key = find(pace, session, pattern, 2);

    if (key == CK_INVALID_HANDLE)
        errx(EXIT_FAILURE, "no key \"%s\" on the token", label);
    return key;
}

CK_OBJECT_HANDLE pace_find_id(const struct pace *pace, CK_BYTE *id, CK_ULONG size) {
    CK_ATTRIBUTE pattern = {CKA_ID, id, size};

    return find(pace, pace->session, &pattern, 1);
}

void pace_find(const struct pace *pace, char **arguments) {
    long count = pace_number(arguments[0], IDS_MAX);
    CK_BYTE id[] = "this id has nobody!!";
    double started = pace_now();

    for (long i = 0; i < count; i++)
        if (pace_find_id(pace, id, sizeof(id) - 1) != CK_INVALID_HANDLE)
            errx(EXIT_FAILURE, "an object that nobody made was found");
    printf("%.2f\n", (pace_now() - started) * 1e3 / (double)count);
}

// Before, one that is not counted: a module may read or make what it needs only once.
static double generate(const struct pace *pace, long count) {
    const struct pace_type *type = pace_type("p256");
    double started = 0;

    for (long i = 0; i <= count; i++) {
        char name[NAME_BYTES];

        snprintf(name, sizeof(name), "made%ld", i);
        pace_check(pace_generate_pair(pace, type, name), "C_GenerateKeyPair");
        if (i == 0)
            started = pace_now();
    }
    return pace_now() - started;
}

void pace_generate(const struct pace *pace, char **arguments) {
    long count = pace_number(arguments[0], IDS_MAX);
    double taken = pace->p11 ? generate(pace, count) : pace_write_files(1, count);

    printf("%.1f\n", (double)count * 1e3 / taken);
}

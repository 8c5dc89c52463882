// SPDX-License-Identifier: Apache-2.0
// floor_list MODULE PIN: the objects of the first token, one C_GetAttributeValue each.

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"

enum { OBJECTS_MAX = 65536, TEXT_MAX = 256, KEY_MAX = 1024, CERTIFICATE_MAX = 8192 };

static CK_OBJECT_HANDLE objects[OBJECTS_MAX];

static CK_ULONG find_objects(const struct floor *floor) {
    CK_ULONG count = 0;

    floor_check(floor->p11->C_FindObjectsInit(floor->session, NULL, 0), "C_FindObjectsInit");
    floor_check(floor->p11->C_FindObjects(floor->session, objects, OBJECTS_MAX, &count),
                "C_FindObjects");
    floor_check(floor->p11->C_FindObjectsFinal(floor->session), "C_FindObjectsFinal");
    if (count == OBJECTS_MAX)
        errx(EXIT_FAILURE, "more than %d objects", OBJECTS_MAX);
    return count;
}

static void print_bytes(const CK_BYTE *bytes, CK_ULONG size) {
    for (CK_ULONG i = 0; size != CK_UNAVAILABLE_INFORMATION && i < size; i++)
        printf("%02x", bytes[i]);
}

static int text_length(const CK_ATTRIBUTE *text) {
    return text->ulValueLen == CK_UNAVAILABLE_INFORMATION ? 0 : (int)text->ulValueLen;
}

static void print_object(const struct floor *floor, CK_OBJECT_HANDLE object) {
    static CK_BYTE label[TEXT_MAX], id[TEXT_MAX], point[KEY_MAX], modulus[KEY_MAX];
    static CK_BYTE value[CERTIFICATE_MAX];
    CK_OBJECT_CLASS class = CK_UNAVAILABLE_INFORMATION;
    CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;
    CK_ATTRIBUTE wanted[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_LABEL, label, sizeof(label)},
        {CKA_ID, id, sizeof(id)},
        {CKA_KEY_TYPE, &type, sizeof(type)},
        {CKA_EC_POINT, point, sizeof(point)},
        {CKA_MODULUS, modulus, sizeof(modulus)},
        {CKA_VALUE, value, sizeof(value)},
    };
    CK_RV rv = floor->p11->C_GetAttributeValue(floor->session, object, wanted, 7);

    // Not every kind of object has all of them, and a private key has a secret CKA_VALUE.
    if (rv != CKR_ATTRIBUTE_TYPE_INVALID && rv != CKR_ATTRIBUTE_SENSITIVE)
        floor_check(rv, "C_GetAttributeValue");
    printf("%lu %ld %.*s ", class, (long)type, text_length(&wanted[1]), (char *)label);
    print_bytes(id, wanted[2].ulValueLen);
    printf(" %ld %ld %ld\n", (long)wanted[4].ulValueLen, (long)wanted[5].ulValueLen,
           (long)wanted[6].ulValueLen);
}

int main(int argc, char **argv) {
    if (argc != 3)
        errx(2, "usage: floor_list MODULE PIN");

    struct floor floor = floor_login(argv[1], argv[2], 0);
    CK_ULONG count = find_objects(&floor);

    for (CK_ULONG i = 0; i < count; i++)
        print_object(&floor, objects[i]);
    floor_check(floor.p11->C_Finalize(NULL), "C_Finalize");
    return EXIT_SUCCESS;
}

// SPDX-License-Identifier: Apache-2.0
// floor_tokens MODULE: the tokens of a module, one C_GetTokenInfo each.

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"

int main(int argc, char **argv) {
    if (argc != 2)
        errx(2, "usage: floor_tokens MODULE");

    CK_FUNCTION_LIST *p11 = floor_load(argv[1]);
    CK_SLOT_ID slots[FLOOR_SLOTS_MAX];
    CK_ULONG count = floor_slots(p11, slots);

    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO token;

        floor_check(p11->C_GetTokenInfo(slots[i], &token), "C_GetTokenInfo");
        printf("%lu %.32s %.16s\n", slots[i], token.label, token.serialNumber);
    }
    floor_check(p11->C_Finalize(NULL), "C_Finalize");
    return EXIT_SUCCESS;
}

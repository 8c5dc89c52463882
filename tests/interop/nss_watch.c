// SPDX-License-Identifier: Apache-2.0
// nss_watch DATABASE LABEL: says "there" or "gone" whenever a token of this name appears in or
// disappears from NSS, as a browser would see it without starting again; until it is ended.
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nss.h>
#include <pk11pub.h>
#include <secmod.h>

static bool slot_has(PK11SlotInfo *slot, const char *label) {
    return PK11_IsPresent(slot) && strcmp(PK11_GetTokenName(slot), label) == 0;
}

static bool module_has(const SECMODModule *module, const char *label) {
    for (int i = 0; i < module->slotCount; i++)
        if (slot_has(module->slots[i], label))
            return true;
    return false;
}

/* The list of modules and their slots is what NSS made at its start; nobody changes it here. */
static bool is_there(const char *label) {
    const SECMODModuleList *modules = SECMOD_GetDefaultModuleList();
    for (; modules != NULL; modules = modules->next)
        if (module_has(modules->module, label))
            return true;
    return false;
}

int main(int argc, char **argv) {
    if (argc != 3)
        errx(2, "usage: nss_watch DATABASE LABEL");
    if (NSS_InitReadWrite(argv[1]) != SECSuccess)
        errx(EXIT_FAILURE, "NSS does not start with \"%s\"", argv[1]);
    enum { UNKNOWN = -1, PAUSE_NS = 100 * 1000 * 1000 };
    for (int before = UNKNOWN;;) {
        int now = is_there(argv[2]);
        if (now != before && (puts(now ? "there" : "gone") < 0 || fflush(stdout) != 0))
            return EXIT_FAILURE;
        before = now;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
}

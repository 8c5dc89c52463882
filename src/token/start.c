// SPDX-License-Identifier: Apache-2.0
// C_Initialize and C_Finalize. p11-kit counts who uses a module in this process, but hands on only
// the arguments that stand in its own files; a module with `reserved` in keyfob.conf is started and
// counted here.
#include "token/modules.h"

#include <pthread.h>
#include <string.h>

#include <openssl/err.h>
#include <p11-kit/p11-kit.h>

#include "token/p11.h"

enum { STARTED_MAX = 8 };

static struct {
    pthread_mutex_t lock;
    struct started {
        CK_FUNCTION_LIST *p11;
        char *reserved;
        size_t users;
    } items[STARTED_MAX];
} started = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* NSS reads one pointer beyond the standard's structure, which has to be NULL. */
static CK_RV initialize_with(CK_FUNCTION_LIST *p11, char *reserved) {
    struct {
        CK_C_INITIALIZE_ARGS args;
        void *end;
    } nss = {.args = {.flags = CKF_OS_LOCKING_OK, .pReserved = reserved}};
    return p11->C_Initialize(&nss);
}

/* The entry of the module, or a free one, or NULL. */
static struct started *entry(const CK_FUNCTION_LIST *p11) {
    struct started *found = NULL;
    for (size_t i = 0; i < STARTED_MAX; i++) {
        struct started *item = &started.items[i];
        if (item->users > 0 && item->p11 == p11)
            return item;
        if (item->users == 0)
            found = item;
    }
    return found;
}

/* One process has one NSS: with other arguments it would silently be the first one's database. */
static CK_RV start_counted(CK_FUNCTION_LIST *p11, const char *reserved) {
    struct started *item = entry(p11);
    if (item == NULL)
        return CKR_HOST_MEMORY;
    if (item->users > 0) {
        if (strcmp(item->reserved, reserved) != 0)
            return CKR_CRYPTOKI_ALREADY_INITIALIZED;
        item->users++;
        return CKR_OK;
    }
    char *copy = strdup(reserved);
    CK_RV rv = copy != NULL ? initialize_with(p11, copy) : CKR_HOST_MEMORY;
    if (rv == CKR_OK)
        *item = (struct started){.p11 = p11, .reserved = copy, .users = 1};
    else
        free(copy);
    return rv;
}

static void stop_counted(CK_FUNCTION_LIST *p11) {
    struct started *item = entry(p11);
    if (item == NULL || item->users == 0 || --item->users > 0)
        return;
    p11->C_Finalize(NULL);
    free(item->reserved);
    *item = (struct started){0};
}

CK_RV kf_module_start(CK_FUNCTION_LIST *p11, const char *reserved) {
    CK_RV rv = CKR_OK;
    if (reserved == NULL) {
        rv = p11_kit_module_initialize(p11);
    } else {
        pthread_mutex_lock(&started.lock);
        rv = start_counted(p11, reserved);
        pthread_mutex_unlock(&started.lock);
    }
    ERR_clear_error(); /* SoftHSM2 leaves its own errors in our queue */
    return rv;
}

void kf_module_stop(CK_FUNCTION_LIST *p11, const char *reserved) {
    if (reserved == NULL) {
        p11_kit_module_finalize(p11);
    } else {
        pthread_mutex_lock(&started.lock);
        stop_counted(p11);
        pthread_mutex_unlock(&started.lock);
    }
    ERR_clear_error();
}

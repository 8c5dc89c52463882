// SPDX-License-Identifier: Apache-2.0
// C_Initialize and C_Finalize, counted for the whole process: p11-kit counts for its managed
// modules only.
#include "token/modules.h"

#include <pthread.h>
#include <string.h>

#include <openssl/err.h>

#include "base/text.h"
#include "token/p11.h"

static struct {
    pthread_mutex_t lock;
    struct started {
        CK_FUNCTION_LIST *p11;
        char *reserved;
        size_t users;
        bool foreign; /* somebody else in this process started it, and will stop it */
    } items[KF_MODULES_MAX];
} started = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* NSS reads one pointer beyond the standard's structure, which has to be NULL. */
static CK_RV initialize(CK_FUNCTION_LIST *p11, char *reserved) {
    struct {
        CK_C_INITIALIZE_ARGS args;
        void *end;
    } nss = {.args = {.flags = CKF_OS_LOCKING_OK, .pReserved = reserved}};
    CK_RV rv = p11->C_Initialize(&nss);
    if (reserved == NULL && (rv == CKR_CANT_LOCK || rv == CKR_ARGUMENTS_BAD))
        rv = p11->C_Initialize(NULL); /* for one thread, as the standard allows a module to be */
    ERR_clear_error();                /* SoftHSM2 leaves its own errors in our queue */
    return rv;
}

/* The entry of the module, or a free one, or NULL. */
static struct started *entry(const CK_FUNCTION_LIST *p11) {
    struct started *found = NULL;
    for (size_t i = 0; i < KF_MODULES_MAX; i++) {
        struct started *item = &started.items[i];
        if (item->users > 0 && item->p11 == p11)
            return item;
        if (item->users == 0)
            found = item;
    }
    return found;
}

static CK_RV start_first(struct started *item, CK_FUNCTION_LIST *p11, const char *reserved) {
    char *copy = reserved != NULL ? strdup(reserved) : NULL;
    if (reserved != NULL && copy == NULL)
        return CKR_HOST_MEMORY;
    CK_RV rv = initialize(p11, copy);
    bool foreign = rv == CKR_CRYPTOKI_ALREADY_INITIALIZED && reserved == NULL;
    if (rv != CKR_OK && !foreign) {
        free(copy);
        return rv;
    }
    *item = (struct started){.p11 = p11, .reserved = copy, .users = 1, .foreign = foreign};
    return CKR_OK;
}

/* One process has one NSS: with other arguments it would silently be the first one's database. */
static CK_RV start(CK_FUNCTION_LIST *p11, const char *reserved) {
    struct started *item = entry(p11);
    if (item == NULL)
        return CKR_HOST_MEMORY;
    if (item->users == 0)
        return start_first(item, p11, reserved);
    if (!kf_str_equal(item->reserved ? item->reserved : "", reserved ? reserved : ""))
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    item->users++;
    return CKR_OK;
}

static void stop(const CK_FUNCTION_LIST *p11) {
    struct started *item = entry(p11);
    if (item == NULL || item->users == 0 || --item->users > 0)
        return;
    if (!item->foreign)
        p11->C_Finalize(NULL);
    free(item->reserved);
    *item = (struct started){0};
    ERR_clear_error();
}

CK_RV kf_module_start(const struct kf_module *module, CK_FUNCTION_LIST *p11) {
    pthread_mutex_lock(&started.lock);
    CK_RV rv = start(p11, module->reserved);
    pthread_mutex_unlock(&started.lock);
    return rv;
}

bool kf_module_lives_on(const struct kf_module *module) {
    pthread_mutex_lock(&started.lock);
    const struct started *item = entry(module->p11);
    bool lives_on = item != NULL && (item->users > 1 || item->foreign);
    pthread_mutex_unlock(&started.lock);
    return lives_on;
}

void kf_module_stop(const struct kf_module *module) {
    pthread_mutex_lock(&started.lock);
    stop(module->p11);
    pthread_mutex_unlock(&started.lock);
}

// SPDX-License-Identifier: Apache-2.0
// C_Initialize and C_Finalize (PKCS#11 2.40, 5.4), and whether we are in the process that called
// them.
//
// The lock and the mark "initialised" lie in a page that the kernel wipes in the child of a fork.
// So the child finds an unlocked lock and no mark, whatever its parent's threads were doing, and
// what its parent had is never looked at again. A kernel that cannot do so (before Linux 4.14) gets
// no keys at all, as they could not be kept from a child either.
#include "module/module.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "module/session.h"

struct page {
    pthread_rwlock_t lock; /* all zero is PTHREAD_RWLOCK_INITIALIZER */
    bool initialised;
};

static struct page *_Atomic current;
static struct kfm_module module; /* behind current->lock */

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static struct page *page_make(void) {
    struct page *page = atomic_load(&current), *none = NULL;
    if (page)
        return page;
    page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, page_size(), MADV_WIPEONFORK) == 0 &&
        atomic_compare_exchange_strong(&current, &none, page))
        return page;
    munmap(page, page_size()); /* another thread was faster, or the kernel cannot */
    return atomic_load(&current);
}

CK_RV kfm_enter(struct kfm_module **ret_module) {
    struct page *page = atomic_load(&current);
    if (!page)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    kf_error_clear(); /* kf_interface.message() speaks of this call */
    pthread_rwlock_rdlock(&page->lock);
    if (!page->initialised) {
        pthread_rwlock_unlock(&page->lock);
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    *ret_module = &module;
    return CKR_OK;
}

/* Calls end before the mark does, but in the child of a fork that was made inside of a call. */
void kfm_leave(struct kfm_module *entered) {
    struct page *page = atomic_load(&current);
    if (entered && page->initialised)
        pthread_rwlock_unlock(&page->lock);
}

static void stop(void) {
    kfm_sessions_free(module.sessions);
    kfm_slots_free(module.slots);
    kf_arena_free(module.arena);
    kfm_options_clear(&module.options);
    module = (struct kfm_module){0};
}

static void no_sleep(void *arg, int64_t seconds) {}

static CK_RV start_parts(void) {
    CK_TRY(kfm_rv(kf_arena_new(&module.arena), CKR_HOST_MEMORY));
    module.clock = kfc_system_clock;
    if (module.options.no_wait)
        module.clock.sleep = no_sleep;
    module.sessions = kfm_sessions_new();
    module.slots = kfm_slots_new(&module);
    return module.sessions && module.slots ? CKR_OK : CKR_HOST_MEMORY;
}

/* What a parent had in `module` is not ours to free. */
static CK_RV start(const char *reserved) {
    module = (struct kfm_module){0};
    CK_RV rv = kfm_options_read(reserved, &module.options);
    if (rv == CKR_OK)
        rv = start_parts();
    if (rv != CKR_OK)
        stop();
    return rv;
}

/* 2.40, 5.4: mutex functions all or none; we can only use the system's. */
static CK_RV check_args(const CK_C_INITIALIZE_ARGS *args) {
    int functions =
        !!args->CreateMutex + !!args->DestroyMutex + !!args->LockMutex + !!args->UnlockMutex;
    if (functions != 0 && functions != 4)
        return CKR_ARGUMENTS_BAD;
    return functions && !(args->flags & CKF_OS_LOCKING_OK) ? CKR_CANT_LOCK : CKR_OK;
}

CK_RV C_Initialize(CK_VOID_PTR init_args) {
    const CK_C_INITIALIZE_ARGS *args = init_args;
    kf_error_clear();
    if (args)
        CK_TRY(check_args(args));
    struct page *page = page_make();
    if (!page) {
        kf_fail(KF_E_MEMORY, "the system gives no memory that a forked process cannot read");
        return CKR_HOST_MEMORY;
    }
    pthread_rwlock_wrlock(&page->lock);
    CK_RV rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    if (!page->initialised) {
        rv = start(args ? args->pReserved : NULL);
        page->initialised = rv == CKR_OK;
    }
    pthread_rwlock_unlock(&page->lock);
    return rv;
}

CK_RV C_Finalize(CK_VOID_PTR reserved) {
    struct page *page = atomic_load(&current);
    if (reserved)
        return CKR_ARGUMENTS_BAD;
    if (!page)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    pthread_rwlock_wrlock(&page->lock);
    bool was = page->initialised;
    page->initialised = false;
    if (was)
        stop();
    pthread_rwlock_unlock(&page->lock);
    return was ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
}

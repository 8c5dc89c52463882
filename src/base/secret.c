// SPDX-License-Identifier: Apache-2.0
// A secret lives in pages of its own, so that locking, core dumps and wiping concern nothing else.
#include <keyfob/secret.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct kf_secret {
    size_t len, capacity, mapped;
    bool locked;
    uint8_t data[];
};

kf_err kf_secret_new(size_t capacity, kf_secret **ret_secret) {
    if (capacity == 0 || capacity > KF_SECRET_MAX)
        return kf_fail(KF_E_TOO_LARGE, "a secret must have 1 to %d bytes", KF_SECRET_MAX);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (sizeof(kf_secret) + capacity + page - 1) / page * page;
    kf_secret *secret =
        mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED)
        return kf_fail(KF_E_MEMORY, "out of memory for a secret");
    /* RLIMIT_MEMLOCK may be spent; a secret that might be swapped out is better than no work at
     * all. */
    /* mlock2, as AddressSanitizer puts a mlock() in place that does nothing and says that it did.
     */
    secret->locked = mlock2(secret, mapped, 0) == 0;
    madvise(secret, mapped, MADV_DONTDUMP);
    secret->capacity = capacity;
    secret->mapped = mapped;
    *ret_secret = secret;
    return KF_OK;
}

kf_err kf_secret_copy(const void *data, size_t len, kf_secret **ret_secret) {
    kf_secret *secret = NULL;
    KF_TRY(kf_secret_new(len, &secret));
    memcpy(secret->data, data, len);
    secret->len = len;
    *ret_secret = secret;
    return KF_OK;
}

uint8_t *kf_secret_data(kf_secret *secret) {
    return secret->data;
}

size_t kf_secret_len(const kf_secret *secret) {
    return secret->len;
}

size_t kf_secret_capacity(const kf_secret *secret) {
    return secret->capacity;
}

bool kf_secret_is_locked(const kf_secret *secret) {
    return secret->locked;
}

void kf_secret_set_len(kf_secret *secret, size_t len) {
    if (len > secret->capacity)
        abort(); /* also in builds without assert(): the next write would leave the locked pages */
    explicit_bzero(secret->data + len, secret->capacity - len);
    secret->len = len;
}

bool kf_secret_equal(const kf_secret *a, const kf_secret *b) {
    if (a->len != b->len)
        return false;
    volatile uint8_t different = 0;
    for (size_t i = 0; i < a->len; i++)
        different |= a->data[i] ^ b->data[i];
    return different == 0;
}

void kf_secret_free(kf_secret *secret) {
    if (!secret)
        return;
    size_t mapped = secret->mapped;
    explicit_bzero(secret, mapped);
    munmap(secret, mapped);
}

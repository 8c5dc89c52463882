// SPDX-License-Identifier: Apache-2.0
// The memory medium: gone with the process. For tests, and for keys that shall not outlive it.
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "media/medium.h"

/* A name that was ever written or locked; it stays in the list, as locks point to it. */
struct entry {
    struct entry *next;
    char name[KF_LOCK_NAME_MAX + 1];
    uint8_t *data; /* NULL: no container of this name */
    size_t len;
    uint64_t written; /* the medium's count of writes at the last one: the stamp */
    struct kf_tries tries;
    bool locked;
};

struct memory {
    kf_medium medium;
    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t unlocked;
    struct entry *entries;
    size_t count;
    uint64_t writes;
};

static struct memory *memory_enter(kf_medium *medium) {
    struct memory *memory = (struct memory *)medium;
    pthread_mutex_lock(&memory->mutex);
    return memory;
}

static void memory_leave(struct memory **memory) {
    pthread_mutex_unlock(&(*memory)->mutex);
}
#define INSIDE __attribute__((cleanup(memory_leave)))

/* --- names --- */

static struct entry *find(struct memory *memory, const char *name) {
    struct entry *entry = memory->entries;
    while (entry && strcmp(entry->name, name) != 0)
        entry = entry->next;
    return entry;
}

static kf_err find_written(struct memory *memory, const char *name, struct entry **ret_entry) {
    struct entry *entry = find(memory, name);
    if (!entry || !entry->data)
        return kf_fail(KF_E_NOT_FOUND, "there is no container \"%s\" in memory", name);
    *ret_entry = entry;
    return KF_OK;
}

static kf_err find_or_add(struct memory *memory, const char *name, struct entry **ret_entry) {
    struct entry *entry = find(memory, name);
    if (!entry && memory->count == KF_MEDIUM_MAX)
        return kf_fail(KF_E_DISK_FULL, "there are %d containers in memory already", KF_MEDIUM_MAX);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return kf_fail(KF_E_MEMORY, "out of memory");
        snprintf(entry->name, sizeof entry->name, "%s", name);
        entry->next = memory->entries;
        memory->entries = entry;
        memory->count++;
    }
    *ret_entry = entry;
    return KF_OK;
}

/* From a copy of the names, as `each` may well ask for more. */
static kf_err memory_list(kf_medium *medium, bool (*each)(void *arg, const char *name), void *arg) {
    KF_AUTO(kf_buf) names = {0};
    {
        INSIDE struct memory *memory = memory_enter(medium);
        for (const struct entry *entry = memory->entries; entry; entry = entry->next)
            if (entry->data)
                KF_TRY(kf_buf_add(&names, entry->name, strlen(entry->name) + 1));
    }
    for (size_t at = 0; at < names.len; at += strlen((char *)names.data + at) + 1)
        if (!each(arg, (char *)names.data + at))
            break;
    return KF_OK;
}

/* --- blobs --- */

static bool memory_is_there(kf_medium *medium) {
    return true;
}

static kf_err memory_stamp(kf_medium *medium, const char *name, struct kf_stamp *ret_stamp) {
    INSIDE struct memory *memory = memory_enter(medium);
    const struct entry *entry = find(memory, name);
    *ret_stamp = (struct kf_stamp){0};
    if (entry && entry->data)
        *ret_stamp = (struct kf_stamp){.a = entry->written, .b = 1, .c = entry->len};
    return KF_OK;
}

static kf_err memory_read(kf_medium *medium, const char *name, uint64_t offset, size_t len,
                          kf_buf *ret_bytes) {
    INSIDE struct memory *memory = memory_enter(medium);
    struct entry *entry = NULL;
    KF_TRY(find_written(memory, name, &entry));
    size_t from = offset < entry->len ? (size_t)offset : entry->len;
    KF_AUTO(kf_buf) bytes = {.max = KF_BLOB_MAX};
    KF_TRY(
        kf_buf_add(&bytes, entry->data + from, len < entry->len - from ? len : entry->len - from));
    kf_buf_move(ret_bytes, &bytes);
    return KF_OK;
}

static kf_err memory_write(kf_medium *medium, const char *name, const void *data, size_t len,
                           bool is_new) {
    INSIDE struct memory *memory = memory_enter(medium);
    struct entry *entry = NULL;
    KF_TRY(find_or_add(memory, name, &entry));
    if (entry->data && is_new)
        return kf_fail(KF_E_EXISTS, "there is already a container \"%s\" in memory", name);
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory for %zu bytes", len);
    if (len)
        memcpy(copy, data, len);
    free(entry->data);
    entry->data = copy;
    entry->len = len;
    entry->written = ++memory->writes;
    return KF_OK;
}

static kf_err memory_remove(kf_medium *medium, const char *name) {
    INSIDE struct memory *memory = memory_enter(medium);
    struct entry *entry = NULL;
    KF_TRY(find_written(memory, name, &entry));
    free(entry->data);
    entry->data = NULL;
    entry->tries = (struct kf_tries){0};
    return KF_OK;
}

static kf_err memory_tries(kf_medium *medium, const char *name, struct kf_tries *ret_tries) {
    INSIDE struct memory *memory = memory_enter(medium);
    struct entry *entry = NULL;
    KF_TRY(find_written(memory, name, &entry));
    *ret_tries = entry->tries;
    return KF_OK;
}

static kf_err memory_set_tries(kf_medium *medium, const char *name, const struct kf_tries *tries) {
    INSIDE struct memory *memory = memory_enter(medium);
    struct entry *entry = NULL;
    KF_TRY(find_written(memory, name, &entry));
    entry->tries = *tries;
    return KF_OK;
}

/* --- locks --- */

static struct timespec deadline_in(int ms) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

static kf_err memory_lock(kf_medium *medium, const char *name, int wait_ms,
                          kf_medium_lock *ret_lock) {
    INSIDE struct memory *memory = memory_enter(medium);
    struct entry *entry = NULL;
    KF_TRY(find_or_add(memory, name, &entry));
    struct timespec deadline = deadline_in(wait_ms > 0 ? wait_ms : 0);
    while (entry->locked)
        if (pthread_cond_timedwait(&memory->unlocked, &memory->mutex, &deadline) == ETIMEDOUT &&
            entry->locked)
            return kf_fail(KF_E_BUSY, "another thread works on the container \"%s\"", name);
    entry->locked = true;
    *ret_lock = (kf_medium_lock){.medium = medium, .held = entry, .fd = -1};
    return KF_OK;
}

static void memory_unlock(kf_medium_lock *lock) {
    INSIDE struct memory *memory = memory_enter((kf_medium *)lock->medium);
    struct entry *entry = lock->held;
    entry->locked = false;
    pthread_cond_broadcast(&memory->unlocked);
}

/* --- the medium --- */

static void memory_free(kf_medium *medium) {
    struct memory *memory = (struct memory *)medium;
    for (struct entry *entry = memory->entries, *next; entry; entry = next) {
        next = entry->next;
        free(entry->data);
        free(entry);
    }
    pthread_cond_destroy(&memory->unlocked);
    pthread_mutex_destroy(&memory->mutex);
    free(memory->medium.place);
    free(memory);
}

static const struct kf_medium_kind memory_kind = {
    .name = "memory",
    .list = memory_list,
    .is_present = memory_is_there,
    .is_writable = memory_is_there,
    .stamp = memory_stamp,
    .read = memory_read,
    .write = memory_write,
    .remove = memory_remove,
    .tries = memory_tries,
    .set_tries = memory_set_tries,
    .lock = memory_lock,
    .unlock = memory_unlock,
    .free = memory_free,
};

kf_err kf_memory_medium_new(kf_medium **ret_medium) {
    struct memory *memory = calloc(1, sizeof *memory);
    char *place = strdup("memory");
    if (!memory || !place) {
        free(memory);
        free(place);
        return kf_fail(KF_E_MEMORY, "out of memory");
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&memory->unlocked, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&memory->mutex, NULL);
    memory->medium = (kf_medium){.kind = &memory_kind, .place = place};
    *ret_medium = &memory->medium;
    return KF_OK;
}

// SPDX-License-Identifier: Apache-2.0
// A ring of the last few items; so few that looking through them costs less than a hash.
#include "x509/seen.h"

#include <string.h>

static void *find(const struct kf_seen *seen, const uint8_t *der, size_t len) {
    for (size_t i = 0; i < KF_SEEN_MAX; i++) {
        size_t item_len = 0;
        const uint8_t *item = seen->items[i] ? seen->der(seen->items[i], &item_len) : NULL;
        if (item && item_len == len && memcmp(item, der, len) == 0)
            return seen->items[i];
    }
    return NULL;
}

void *kf_seen_find(struct kf_seen *seen, const uint8_t *der, size_t len) {
    if (len == 0 || len > KF_SEEN_SIZE_MAX)
        return NULL;
    if (pthread_mutex_trylock(&seen->lock) != 0)
        return NULL; /* looked at by another thread, or by one that a fork left behind for good */
    void *item = find(seen, der, len);
    if (item)
        seen->ref(item);
    pthread_mutex_unlock(&seen->lock);
    return item;
}

void kf_seen_keep(struct kf_seen *seen, void *item) {
    size_t len = 0;
    seen->der(item, &len);
    if (len > KF_SEEN_SIZE_MAX)
        return;
    if (pthread_mutex_trylock(&seen->lock) != 0)
        return;
    seen->ref(item);
    void *oldest = seen->items[seen->next];
    seen->items[seen->next] = item;
    seen->next = (seen->next + 1) % KF_SEEN_MAX;
    pthread_mutex_unlock(&seen->lock);
    if (oldest)
        seen->free(oldest);
}

// SPDX-License-Identifier: Apache-2.0
// The table of sessions. A handle is a place in the table and how often the place was used, so that
// a handle of a closed session does not come to mean another one soon. The table's lock is held for
// the look-up only.
#include "module/session.h"

#include "module/object.h"

enum {
    PLACE_BITS = 16,
    SESSIONS_MAX = 1 << PLACE_BITS,
    USES_MAX = (1 << 15) - 1, /* handles stay below 2^31 */
};

struct place {
    struct kfm_session *session; /* NULL: free */
    unsigned uses;
};

struct kfm_sessions {
    pthread_mutex_t lock; /* the innermost one */
    struct place *places;
    size_t count, next_free;
};

struct kfm_sessions *kfm_sessions_new(void) {
    struct kfm_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions)
        pthread_mutex_init(&sessions->lock, NULL);
    return sessions;
}

static void session_end(struct kfm_session *session) {
    kfm_search_free(session->search);
    session->search = NULL;
    for (size_t i = 0; i < KF_COUNT(session->operations); i++) {
        kf_operation_free(session->operations[i]);
        session->operations[i] = NULL;
    }
}

void kfm_session_put(struct kfm_session *session) {
    if (!session || atomic_fetch_sub(&session->users, 1) > 1)
        return;
    session_end(session);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

void kfm_sessions_free(struct kfm_sessions *sessions) {
    if (!sessions)
        return;
    for (size_t i = 0; i < sessions->count; i++)
        kfm_session_put(sessions->places[i].session);
    free(sessions->places);
    pthread_mutex_destroy(&sessions->lock);
    free(sessions);
}

static CK_RV find_place(struct kfm_sessions *sessions, size_t *ret_place) {
    while (sessions->next_free < sessions->count && sessions->places[sessions->next_free].session)
        sessions->next_free++;
    if (sessions->next_free == SESSIONS_MAX)
        return CKR_SESSION_COUNT;
    if (sessions->next_free == sessions->count) {
        size_t count = sessions->count ? 2 * sessions->count : 16;
        struct place *places = realloc(sessions->places, count * sizeof *places);
        if (!places)
            return CKR_HOST_MEMORY;
        for (size_t i = sessions->count; i < count; i++)
            places[i] = (struct place){0};
        sessions->places = places;
        sessions->count = count;
    }
    *ret_place = sessions->next_free;
    return CKR_OK;
}

CK_RV kfm_sessions_add(struct kfm_sessions *sessions, struct kfm_session *session) {
    size_t place = 0;
    pthread_mutex_lock(&sessions->lock);
    CK_RV rv = find_place(sessions, &place);
    if (rv == CKR_OK) {
        struct place *own = &sessions->places[place];
        own->uses = own->uses == USES_MAX ? 1 : own->uses + 1;
        own->session = session;
        session->handle = (CK_SESSION_HANDLE)own->uses << PLACE_BITS | place;
    }
    pthread_mutex_unlock(&sessions->lock);
    return rv;
}

CK_RV kfm_sessions_get(struct kfm_sessions *sessions, CK_SESSION_HANDLE handle,
                       struct kfm_session **ret_session) {
    size_t place = handle & (SESSIONS_MAX - 1);
    CK_RV rv = CKR_SESSION_HANDLE_INVALID;
    pthread_mutex_lock(&sessions->lock);
    if (place < sessions->count && sessions->places[place].session &&
        sessions->places[place].session->handle == handle) {
        *ret_session = sessions->places[place].session;
        atomic_fetch_add(&(*ret_session)->users, 1);
        rv = CKR_OK;
    }
    pthread_mutex_unlock(&sessions->lock);
    return rv;
}

/* False when another thread has done so before. */
static bool take_out(struct kfm_sessions *sessions, const struct kfm_session *session) {
    size_t place = session->handle & (SESSIONS_MAX - 1);
    pthread_mutex_lock(&sessions->lock);
    bool was_in = sessions->places[place].session == session;
    if (was_in) {
        sessions->places[place].session = NULL;
        if (place < sessions->next_free)
            sessions->next_free = place;
    }
    pthread_mutex_unlock(&sessions->lock);
    return was_in;
}

/* PKCS#11 2.40, 5.6: the session's objects go, and with the last session the login. */
static void leave_slot(const struct kfm_session *session) {
    struct kfm_slot *slot = session->slot;
    pthread_rwlock_wrlock(&slot->lock);
    if (session->incarnation == slot->incarnation) {
        kfm_objects_close(slot->objects, session->handle);
        slot->sessions--;
        slot->rw_sessions -= session->read_write;
        if (slot->sessions == 0 && slot->user != KFM_NOBODY)
            kfm_slot_logout(slot);
    }
    pthread_rwlock_unlock(&slot->lock);
}

void kfm_session_close(struct kfm_sessions *sessions, struct kfm_session *session) {
    if (!take_out(sessions, session))
        return;
    pthread_mutex_lock(&session->lock);
    session->closed = true;
    session_end(session);
    leave_slot(session);
    pthread_mutex_unlock(&session->lock);
    kfm_session_put(session);
}

static bool is_meant(const struct kfm_session *session, const struct kfm_slot *slot) {
    return slot ? session->slot == slot : session->incarnation != session->slot->incarnation;
}

/* The first session that is meant from `*place` on, counted; NULL at the end. */
static struct kfm_session *next_meant(struct kfm_sessions *sessions, const struct kfm_slot *slot,
                                      size_t *place) {
    struct kfm_session *found = NULL;
    pthread_mutex_lock(&sessions->lock);
    for (; !found && *place < sessions->count; ++*place) {
        struct kfm_session *session = sessions->places[*place].session;
        if (session && is_meant(session, slot))
            found = session;
    }
    if (found)
        atomic_fetch_add(&found->users, 1);
    pthread_mutex_unlock(&sessions->lock);
    return found;
}

static bool is_busy(struct kfm_session *session) {
    if (pthread_mutex_trylock(&session->lock) != 0)
        return true;
    pthread_mutex_unlock(&session->lock);
    return false;
}

/* A dead session in the middle of a call (a login may wait for a minute) is closed another time. */
void kfm_sessions_close(struct kfm_sessions *sessions, const struct kfm_slot *slot) {
    struct kfm_session *session;
    for (size_t place = 0; (session = next_meant(sessions, slot, &place));) {
        if (slot || !is_busy(session))
            kfm_session_close(sessions, session);
        kfm_session_put(session);
    }
}

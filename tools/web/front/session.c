// SPDX-License-Identifier: Apache-2.0
// Sessions: they lock when nobody is there, and end for good after a working day.
#include "web/front/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/text.h"
#include "web/front/random.h"

#define SESSIONS_MAX 128
#define LOCK_MS      ((int64_t)10 * 60 * 1000)
#define LIFE_MS      ((int64_t)8 * 60 * 60 * 1000)
#define WARN_MS      ((int64_t)60 * 1000)

struct sessions {
    loop *loop;
    bus *bus;
    struct sessions_options options;
    struct session *first;
    size_t count;
    uint64_t last;
};

static void on_time(void *arg);

static int64_t or_default(int64_t value, int64_t fallback) {
    return value ? value : fallback;
}

kf_err sessions_new(loop *loop, bus *bus, const struct sessions_options *options,
                    sessions **ret_sessions) {
    sessions *made = calloc(1, sizeof *made);
    if (!made)
        return kf_fail(KF_E_MEMORY, "out of memory for sessions");
    *made = (struct sessions){.loop = loop, .bus = bus, .options = *options};
    made->options.lock_ms = or_default(options->lock_ms, LOCK_MS);
    made->options.life_ms = or_default(options->life_ms, LIFE_MS);
    made->options.warn_ms = or_default(options->warn_ms, WARN_MS);
    *ret_sessions = made;
    return KF_OK;
}

void sessions_free(sessions *sessions) {
    while (sessions && sessions->first)
        session_end(sessions->first);
    free(sessions);
}

/* "Firefox on Linux": what a person needs to know a browser again. */
static void describe(const char *agent, char *ret_text, size_t size) {
    static const char *const browsers[][2] = {{"Edg/", "Edge"},          {"OPR/", "Opera"},
                                              {"YaBrowser/", "Yandex"},  {"Firefox/", "Firefox"},
                                              {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"},
                                              {"Safari/", "Safari"}};
    static const char *const systems[] = {"Linux", "Windows", "Android", "Mac OS X"};
    const char *browser = NULL, *system = NULL;
    for (size_t i = 0; agent && !browser && i < KF_COUNT(browsers); i++)
        if (strstr(agent, browsers[i][0]))
            browser = browsers[i][1];
    for (size_t i = 0; agent && !system && i < KF_COUNT(systems); i++)
        if (strstr(agent, systems[i]))
            system = systems[i];
    if (browser)
        snprintf(ret_text, size, "%s%s%s", browser, system ? " on " : "", system ? system : "");
    else
        kf_text_escape_into(ret_text, size, agent ? agent : "", agent ? strlen(agent) : 0);
}

/* Time asleep counts as well: nobody was there. */
static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* When there is something to do for it next: to warn, or to end it. */
static kf_err set_timer(struct session *session) {
    sessions *all = session->sessions;
    int64_t left = earlier(session->locks, session->ends) - now_ms();
    loop_forget(all->loop, session->timer);
    session->timer = 0;
    int64_t wait = left > all->options.warn_ms ? left - all->options.warn_ms : left;
    return loop_after(all->loop, wait > 0 ? wait : 0, on_time, session, &session->timer);
}

static void on_time(void *arg) {
    struct session *session = arg;
    int64_t left = earlier(session->locks, session->ends) - now_ms();
    session->timer = 0;
    if (left <= 0) {
        session_end(session);
        return;
    }
    bus_publish(session->sessions->bus, session->id, "session.locking",
                json_pack("{s:I}", "seconds", (json_int_t)((left + 999) / 1000)));
    if (loop_after(session->sessions->loop, left, on_time, session, &session->timer) != KF_OK)
        session_end(session); /* rather than never */
}

kf_err session_begin(sessions *sessions, const char *user_agent, struct session **ret_session) {
    if (sessions->count == SESSIONS_MAX)
        return kf_fail(KF_E_BUSY, "%d browsers are signed in already", SESSIONS_MAX);
    struct session *made = calloc(1, sizeof *made);
    if (!made)
        return kf_fail(KF_E_MEMORY, "out of memory for a session");
    int64_t now = now_ms();
    *made = (struct session){.sessions = sessions,
                             .started_at = time(NULL),
                             .ends = now + sessions->options.life_ms,
                             .locks = now + sessions->options.lock_ms};
    made->seen_at = made->started_at;
    snprintf(made->id, sizeof made->id, "s-%llu", (unsigned long long)++sessions->last);
    describe(user_agent, made->browser, sizeof made->browser);
    kf_err code = random_hex(made->cookie, 32);
    if (code == KF_OK)
        code = random_hex(made->token, 32);
    if (code == KF_OK)
        code = random_hex(made->proof, 32);
    if (code == KF_OK)
        code = set_timer(made);
    if (code != KF_OK) {
        free(made);
        return code;
    }
    made->next = sessions->first;
    sessions->first = made;
    sessions->count++;
    *ret_session = made;
    return KF_OK;
}

struct session *session_find(sessions *sessions, const char *cookie) {
    struct session *found = NULL;
    for (struct session *at = sessions->first; at; at = at->next)
        if (secret_equal(at->cookie, cookie))
            found = at;
    if (found && earlier(found->locks, found->ends) <= now_ms()) {
        session_end(found);
        return NULL;
    }
    return found;
}

struct session *session_named(sessions *sessions, const char *id) {
    for (struct session *at = sessions->first; at; at = at->next)
        if (strcmp(at->id, id) == 0)
            return at;
    return NULL;
}

void session_extend(struct session *session) {
    session->seen_at = time(NULL);
    session->locks = now_ms() + session->sessions->options.lock_ms;
    set_timer(session); /* in the place of its present one, so there is room */
}

int64_t session_left(const struct session *session, int64_t moment) {
    return earlier(moment, session->ends) - now_ms();
}

static void take_out(struct session *session) {
    sessions *all = session->sessions;
    for (struct session **at = &all->first; *at; at = &(*at)->next)
        if (*at == session) {
            *at = session->next;
            all->count--;
            return;
        }
}

void session_end(struct session *session) {
    sessions *all = session->sessions;
    take_out(session);
    loop_forget(all->loop, session->timer);
    bus_publish(all->bus, session->id, "session.ended", json_object());
    if (all->options.ended)
        all->options.ended(all->options.arg, session);
    explicit_bzero(session, sizeof *session);
    free(session);
}

void sessions_set_lock(sessions *sessions, int64_t seconds) {
    if (seconds < 300 || seconds > 3600 || seconds * 1000 == sessions->options.lock_ms)
        return;
    int64_t more = seconds * 1000 - sessions->options.lock_ms;
    sessions->options.lock_ms = seconds * 1000;
    for (struct session *at = sessions->first; at; at = at->next) {
        at->locks += more;
        set_timer(at);
    }
}

static json_t *session_item(const struct session *session, bool mine) {
    char started[21], seen[21];
    kf_time_text(session->started_at, started);
    kf_time_text(session->seen_at, seen);
    return json_pack("{s:s, s:b, s:s, s:s, s:s}", "id", session->id, "this", mine, "browser",
                     session->browser, "started_at", started, "seen_at", seen);
}

json_t *sessions_json(const sessions *sessions, const struct session *mine) {
    json_t *items = json_array();
    for (const struct session *at = sessions->first; at; at = at->next)
        json_array_append_new(items, session_item(at, at == mine));
    return json_pack("{s:o}", "items", items);
}

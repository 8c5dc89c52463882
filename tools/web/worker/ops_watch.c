// SPDX-License-Identifier: Apache-2.0
// Operations: watch.tokens and watch.database, which tell what happens to the tokens and in the
// database until they are cancelled. Each has a process of its own, as a driver may hang. No
// session is opened, so nobody else's is in the way.
#include <keyfob/changes.h>

#include <string.h>

#include "web/worker/worker.h"

#define LOOK_MS       2000
#define ALIVE_MS      60000
#define RESTART_MS    10000 /* of software modules, which show new tokens only then */
#define RESTART_SHARE 200   /* of the time at most: one with many objects reads them all */

struct seen_token {
    struct kf_token_info info;
    bool there;
};

struct watch {
    struct work *work;
    kf_tokens *tokens;
    struct seen_token *seen;
    size_t count;
    int64_t restart_at;
};

/* False when it is over. Once a minute it says that it lives. */
static bool wait_for_look(struct work *work, int64_t *said_at) {
    int64_t now = kf_monotonic_ms();
    if (now - *said_at >= ALIVE_MS) {
        kf_step(work->context, "watch", KF_STEP_WAIT, 0, "looking");
        *said_at = now;
    }
    worker_listen(work->worker, LOOK_MS);
    return !work->worker->cancelled;
}

/* A page may have read its lists before the first look: what changed between is not known. */
static void tell_beginning(struct work *work, const char *type) {
    work_event(work, type, json_object());
}

/* --- tokens --- */

static void tell_token(const struct watch *watch, const char *type,
                       const struct kf_token_info *info) {
    work_event(watch->work, type,
               json_pack("{s:s, s:s, s:s}", "uri", info->uri, "label", info->label, "serial",
                         info->serial));
}

static struct seen_token *find_seen(const struct watch *watch, const struct kf_token_info *info) {
    for (size_t i = 0; i < watch->count; i++)
        if (strcmp(watch->seen[i].info.uri, info->uri) == 0 &&
            strcmp(watch->seen[i].info.module, info->module) == 0)
            return &watch->seen[i];
    return NULL;
}

static bool is_same(const struct kf_token_info *a, const struct kf_token_info *b) {
    return a->initialized == b->initialized && a->user_pin_set == b->user_pin_set &&
           a->write_protected == b->write_protected && a->user_tries == b->user_tries &&
           a->so_tries == b->so_tries;
}

static kf_err add_seen(struct watch *watch, const struct kf_token_info *info) {
    struct seen_token *more = realloc(watch->seen, (watch->count + 1) * sizeof *more);
    if (!more)
        return kf_fail(KF_E_MEMORY, "out of memory for the tokens");
    watch->seen = more;
    more[watch->count++] = (struct seen_token){.info = *info, .there = true};
    return KF_OK;
}

static kf_err compare_token(struct watch *watch, const struct kf_token_info *info, bool quiet) {
    struct seen_token *seen = find_seen(watch, info);
    if (!seen) {
        if (!quiet)
            tell_token(watch, "token.inserted", info);
        return add_seen(watch, info);
    }
    if (!quiet && !is_same(&seen->info, info))
        tell_token(watch, "token.changed", info);
    *seen = (struct seen_token){.info = *info, .there = true};
    return KF_OK;
}

static void tell_removed(struct watch *watch) {
    size_t kept = 0;
    for (size_t i = 0; i < watch->count; i++)
        if (watch->seen[i].there)
            watch->seen[kept++] = watch->seen[i];
        else
            tell_token(watch, "token.removed", &watch->seen[i].info);
    watch->count = kept;
}

/* The first time `quiet`: what is there already was not inserted now. */
static kf_err compare_tokens(struct watch *watch, bool quiet) {
    for (size_t i = 0; i < watch->count; i++)
        watch->seen[i].there = false;
    for (size_t i = 0; i < kf_tokens_count(watch->tokens); i++)
        KF_TRY(compare_token(watch, kf_token_info(kf_tokens_at(watch->tokens, i)), quiet));
    tell_removed(watch);
    return KF_OK;
}

static void plan_restart(struct watch *watch, int64_t took) {
    int64_t pause = took * RESTART_SHARE > RESTART_MS ? took * RESTART_SHARE : RESTART_MS;
    watch->restart_at = kf_monotonic_ms() + pause;
}

static kf_err look_at_tokens(struct watch *watch) {
    int64_t begin = kf_monotonic_ms();
    bool restart = begin >= watch->restart_at;
    KF_TRY(kf_tokens_look_again(watch->tokens, restart));
    if (restart)
        plan_restart(watch, kf_monotonic_ms() - begin);
    return compare_tokens(watch, false);
}

static kf_err run(struct watch *watch) {
    int64_t said_at = kf_monotonic_ms();
    KF_TRY(work_tokens(watch->work, &watch->tokens));
    KF_TRY(compare_tokens(watch, true));
    plan_restart(watch, 0);
    tell_beginning(watch->work, "token.changed");
    while (wait_for_look(watch->work, &said_at))
        KF_TRY(look_at_tokens(watch));
    return KF_OK;
}

static kf_err watch_tokens(struct work *work, json_t **ret_result) {
    struct watch watch = {.work = work};
    kf_err err = run(&watch);
    free(watch.seen);
    return err == KF_OK ? work_nothing(ret_result) : err;
}

/* --- the database --- */

static void tell_change(void *arg, const struct kf_change *change) {
    static const struct {
        const char *type, *member;
    } words[] = {
        [KF_CHANGED_REQUEST] = {"request.changed", "id"},
        [KF_CHANGED_CONNECTION] = {"connection.changed", "name"},
        [KF_CHANGED_CERTIFICATES] = {"certificate.changed", NULL},
        [KF_CHANGED_MUCH] = {"reset", NULL},
    };
    const char *member = words[change->what].member;
    work_event(arg, words[change->what].type,
               member ? json_pack("{s:s}", member, change->name) : json_object());
}

static kf_err look_at_database(struct work *work, kf_changes *changes) {
    int64_t said_at = kf_monotonic_ms();
    tell_beginning(work, "reset");
    while (wait_for_look(work, &said_at))
        KF_TRY(kf_changes_look(changes, tell_change, work));
    return KF_OK;
}

static kf_err watch_database(struct work *work, json_t **ret_result) {
    kf_changes *changes = NULL;
    KF_TRY(kf_changes_open(work->context, &changes));
    kf_err err = look_at_database(work, changes);
    kf_changes_free(changes);
    return err == KF_OK ? work_nothing(ret_result) : err;
}

const struct op watch_ops[] = {
    {"watch.tokens", watch_tokens},
    {"watch.database", watch_database},
    {0},
};

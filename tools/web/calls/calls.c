// SPDX-License-Identifier: Apache-2.0
// Calls: what belongs together is made and freed here.
#include "web/calls/calls.h"

#include <string.h>

#include "base/auto.h"
#include "web/calls/inside.h"

#define STREAM_MS   5000   /* from the last stream to the end of the watch */
#define PATIENCE_MS 180000 /* the watches say once a minute that they live */
#define AGENT_MS    2000   /* the page comes first */

/* A worker loads foreign modules: it says what is its business, and nothing of sessions. */
static void take_event(void *arg, const char *type, const json_t *data) {
    static const char *const types[] = {
        "token.inserted",  "token.removed",       "token.changed",    "connection.changed",
        "request.changed", "certificate.changed", "settings.changed", "news",
        "reset",
    };
    calls *calls = arg;
    for (size_t i = 0; i < KF_COUNT(types); i++)
        if (strcmp(types[i], type) == 0)
            bus_publish(calls->bus, NULL, type, data ? json_deep_copy(data) : json_object());
}

static kf_err copy(const char *text, char **ret_copy) {
    if (text && !(*ret_copy = strdup(text)))
        return kf_fail(KF_E_MEMORY, "out of memory for the calls");
    return KF_OK;
}

static kf_err fill(calls *calls, const struct calls_options *options) {
    KF_TRY(copy(options->home, &calls->home));
    KF_TRY(copy(options->module, &calls->module));
    KF_TRY(copy(options->program, &calls->program));
    calls->crew = (struct crew){.loop = calls->loop,
                                .program = calls->program,
                                .home = calls->home,
                                .module = calls->module,
                                .event = take_event,
                                .arg = calls};
    calls->tokens =
        (struct standing){.calls = calls, .op = "watch.tokens", .patience_ms = PATIENCE_MS};
    calls->database =
        (struct standing){.calls = calls, .op = "watch.database", .patience_ms = PATIENCE_MS};
    calls->agent = (struct standing){.calls = calls, .op = "agent.run"};
    return KF_OK;
}

kf_err calls_new(loop *loop, bus *bus, const struct calls_options *options, calls **ret_calls) {
    calls *new = calloc(1, sizeof *new);
    if (!new)
        return kf_fail(KF_E_MEMORY, "out of memory for the calls");
    new->loop = loop;
    new->bus = bus;
    kf_err err = fill(new, options);
    if (err != KF_OK) {
        calls_free(new);
        return err;
    }
    crew_prepare(&new->crew);
    if (options->agent)
        standing_start_in(&new->agent, AGENT_MS);
    *ret_calls = new;
    return KF_OK;
}

void calls_free(calls *calls) {
    if (!calls)
        return;
    standing_clear(&calls->tokens);
    standing_clear(&calls->database);
    standing_clear(&calls->agent);
    asks_clear(calls);
    jobs_clear(calls);
    crew_clear(&calls->crew);
    keys_clear(&calls->keys);
    free(calls->home);
    free(calls->module);
    free(calls->program);
    free(calls);
}

void calls_watch(calls *calls, size_t streams) {
    struct standing *const watches[] = {&calls->tokens, &calls->database};
    bool before = calls->streams > 0;
    calls->streams = streams;
    for (size_t i = 0; i < KF_COUNT(watches); i++)
        if (streams > 0 && !before)
            standing_start(watches[i]);
        else if (streams == 0 && before)
            standing_stop_in(watches[i], STREAM_MS);
}

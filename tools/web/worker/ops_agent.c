// SPDX-License-Identifier: Apache-2.0
// Operations: agent.run, the agent until it is cancelled; its news become events.
#include "base/text.h"
#include "web/worker/settings.h"
#include "web/worker/worker.h"

#define DAY ((int64_t)24 * 3600)

static const char *const kinds[] = {
    [KF_NEWS_ISSUED] = "issued",     [KF_NEWS_INSTALLED] = "installed",
    [KF_NEWS_REJECTED] = "rejected", [KF_NEWS_NEEDS_YOU] = "needs_you",
    [KF_NEWS_RENEWING] = "renewing", [KF_NEWS_EXPIRING] = "expiring",
    [KF_NEWS_PROBLEM] = "problem",
};

static void tell(void *arg, const struct kf_agent_news *news) {
    struct work *work = arg;
    char at[21];
    kf_time_text(kf_context_now(work->context), at);
    work_event(work, "news",
               json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s}", "schema", "keyfob.news/1", "at", at,
                         "kind", kinds[news->kind], "request", news->request, "certificate",
                         news->certificate, "text", news->text));
}

/* Of a context of its own: nobody is there who could be asked for a PIN. */
static kf_err run(struct work *work, int64_t warn_within) {
    const struct worker *worker = work->worker;
    const struct kf_ui ui = {.arg = work->worker, .interrupted = worker_ui.interrupted};
    const struct kf_context_options wanted = {
        .home = worker->home, .module = worker->module, .ui = &ui};
    const struct kf_agent_options options = {.warn_within = warn_within, .tell = tell, .arg = work};
    kf_context *context = NULL;
    KF_TRY(kf_context_new(&wanted, &context));
    kf_err err = kf_agent_run(context, &options);
    kf_context_free(context);
    return err;
}

static kf_err agent_run(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(json_t) settings = NULL;
    KF_TRY(settings_read(work->context, &settings));
    KF_TRY(run(work, DAY * json_integer_value(json_object_get(settings, "warn_days"))));
    return work_nothing(ret_result);
}

const struct op agent_ops[] = {
    {"agent.run", agent_run},
    {0},
};

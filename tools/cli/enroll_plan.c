// SPDX-License-Identifier: Apache-2.0
// enroll --dry-run: what would be made and sent, without touching the token.
#include <string.h>

#include "enroll_order.h"
#include "login.h"
#include "medium.h"

static const struct column columns[] = {
    {"Connection", "connection", NULL},
    {"Sent to", "connector", NULL},
    {"Profile", "profile", NULL},
    {"Token", "token.label", NULL},
    {"Token URI", "token.uri", NULL},
    {"Medium", "medium", NULL},
    {"Place", "place", NULL},
    {"Key", "key.title", NULL},
    {"Container", "container", NULL},
    {"Subject", "subject_text", NULL},
    {"Names", "alternative_names", format_names},
    {"Form", "fields", format_pairs},
    {"Will be sent", "sent", NULL},
};

static const char *san_word(enum kf_san_kind kind) {
    static const char *const words[] = {
        [KF_SAN_EMAIL] = "email", [KF_SAN_DNS] = "dns",    [KF_SAN_IP] = "ip",
        [KF_SAN_URI] = "uri",     [KF_SAN_UPN] = "upn",    [KF_SAN_KERBEROS] = "kerberos",
        [KF_SAN_SID] = "sid",     [KF_SAN_OTHER] = "other"};
    return words[kind];
}

static json_t *names_json(const struct kf_csr_spec *spec) {
    json_t *list = json_array();
    for (size_t i = 0; i < spec->san_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "kind", san_word(spec->sans[i].kind),
                                              "value", spec->sans[i].value));
    return list;
}

/* The first key type of the profile that the token lists, as the flow chooses it. */
static enum kf_key_type choose_key(const json_t *token, const kf_profile *profile) {
    const json_t *offered = json_at(token, "key_types");
    for (size_t i = 0; i < kf_profile_key_count(profile); i++) {
        enum kf_key_type type = kf_profile_key_at(profile, i);
        size_t at;
        json_t *item;
        json_array_foreach(offered, at, item) {
            const char *name = json_string_value(item);
            if (!name)
                name = json_text(item, "type|name");
            if (strcmp(name, kf_key_type_name(type)) == 0)
                return type;
        }
    }
    return kf_profile_key_count(profile) ? kf_profile_key_at(profile, 0) : KF_KEY_NONE;
}

static void add_key(enum kf_key_type type, json_t *plan) {
    json_object_set_new(
        plan, "key",
        json_pack("{s:s, s:s}", "type", kf_key_type_name(type), "title", kf_key_type_title(type)));
}

/* The container is not made; software takes every type of key. */
static kf_err add_medium(struct run *run, const enroll_input *enroll, const kf_profile *profile,
                         json_t *plan) {
    KF_AUTO_FREE char *place = medium_place(run, &enroll->medium);
    if (!place)
        return kf_fail(KF_E_MEMORY, "out of memory for the plan");
    add_key(enroll->order.key != KF_KEY_NONE ? enroll->order.key : kf_profile_key_at(profile, 0),
            plan);
    json_object_set_new(plan, "medium", json_string(enroll->medium.medium));
    json_object_set_new(plan, "place", json_string(place));
    json_object_set_new(plan, "container_made", json_boolean(!enroll->found));
    return KF_OK;
}

static kf_err add_token(struct run *run, const enroll_input *enroll, const kf_profile *profile,
                        json_t *plan) {
    KF_AUTO_PTR(json_t) document = NULL;
    kf_token *token = NULL;
    enum kf_key_type type = enroll->order.key;
    if (medium_is_software(run))
        return add_medium(run, enroll, profile, plan);
    KF_TRY(run_open_tokens(run));
    KF_TRY(kf_tokens_select(run->tokens, enroll->order.token, &token));
    KF_TRY(kf_token_json(token, true, &document));
    if (type == KF_KEY_NONE)
        type = choose_key(document, profile);
    const struct kf_token_info *info = kf_token_info(token);
    json_object_set_new(plan, "token",
                        json_pack("{s:s, s:s, s:s}", "label", info->label, "serial", info->serial,
                                  "uri", info->uri));
    add_key(type, plan);
    return KF_OK;
}

static bool is_empty_list(const json_t *value) {
    return json_is_array(value) && json_array_size(value) == 0;
}

/* The order with what --from brings in. */
static kf_err add_old(struct run *run, const enroll_input *enroll, json_t *plan) {
    KF_AUTO_PTR(json_t) old = NULL;
    static const char *const taken[] = {"connection", "profile", "subject_text",
                                        "alternative_names", "fields"};
    if (!enroll->order.from)
        return KF_OK;
    KF_TRY(kf_request_json(run->context, enroll->order.from, &old));
    for (size_t i = 0; i < KF_COUNT(taken); i++)
        if (!json_at(plan, taken[i]) || is_empty_list(json_at(plan, taken[i])))
            json_object_set(plan, taken[i], json_object_get(old, taken[i]));
    return KF_OK;
}

static kf_err add_csr(const enroll_input *enroll, json_t *plan) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_TRY(kf_csr_read(enroll->order.csr, enroll->order.csr_len, &csr));
    json_object_set_new(plan, "subject_text", json_string(kf_csr_subject(csr)));
    json_object_set_new(plan, "sent", json_string("the request in the file, as it is"));
    return KF_OK;
}

/* --- the CA's part --- */

struct planned {
    const enroll_input *enroll;
    json_t *plan;
};

/* A software container that is still to be made is a token that is not there. */
static kf_err ask_plan(struct run *run, void *arg) {
    struct planned *planned = arg;
    struct kf_enroll_order order = planned->enroll->order;
    if (medium_is_software(run))
        order.token = planned->enroll->medium.name ? planned->enroll->medium.name : "(new)";
    return kf_enroll_plan(run->context, &order, &planned->plan);
}

kf_err enroll_ca_plan(struct run *run, const enroll_input *enroll, json_t **ret_plan) {
    struct planned planned = {.enroll = enroll};
    KF_TRY(login_and(run, enroll->order.connection, ask_plan, &planned));
    *ret_plan = planned.plan;
    return KF_OK;
}

/* What the CA makes of subject and fields, and what it ignores. */
static void take_ca_plan(const json_t *ca_plan, json_t *plan) {
    static const char *const taken[] = {"fields", "notes"};
    const json_t *subject = json_object_get(ca_plan, "subject");
    for (size_t i = 0; i < KF_COUNT(taken); i++)
        json_object_set(plan, taken[i], json_object_get(ca_plan, taken[i]));
    if (*json_text(ca_plan, "subject"))
        json_object_set(plan, "subject_text", (json_t *)(uintptr_t)subject);
}

/* One line each; "note" or "warning" where a program reads. */
static kf_err print_notes(struct run *run, const json_t *plan) {
    size_t i;
    json_t *item;
    if (run_has(run, OPT_JSON))
        return KF_OK;
    json_array_foreach(json_object_get(plan, "notes"), i, item) {
        KF_AUTO(kf_buf) text = {0};
        const char *raw = json_text(item, "text"), *level = json_text(item, "level");
        bool warning = strcmp(level, "warning") == 0;
        KF_TRY(kf_text_escape(&text, raw, strlen(raw)));
        if (run->term.out)
            KF_TRY(out_line(run, "%s %s", warning ? term_mark(&run->term, MARK_NOTE) : "-",
                            kf_buf_str(&text)));
        else
            KF_TRY(out_line(run, "%s\t%s", level, kf_buf_str(&text)));
    }
    return KF_OK;
}

/* --- all of it --- */

static json_t *plan_start(const enroll_input *enroll) {
    const struct kf_enroll_order *order = &enroll->order;
    json_t *plan = json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:o}", "schema", "keyfob.plan/1",
                             "connection", order->connection, "profile", order->profile,
                             "container", order->container, "subject_text", order->spec.subject,
                             "alternative_names", names_json(&order->spec));
    if (plan && order->fields)
        json_object_set_new(plan, "fields", json_loads(order->fields, 0, NULL));
    return plan;
}

kf_err enroll_plan(struct run *run, const enroll_input *enroll) {
    KF_AUTO_PTR(json_t) plan = plan_start(enroll);
    KF_AUTO_PTR(json_t) connection = NULL;
    KF_AUTO_PTR(json_t) ca_plan = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    if (!plan)
        return kf_fail(KF_E_INPUT, "the plan has text that is not UTF-8");
    KF_TRY(add_old(run, enroll, plan));
    if (!json_at(plan, "profile"))
        json_object_set_new(plan, "profile", json_string("tls-client"));
    KF_TRY(kf_connection_json(run->context, json_text(plan, "connection"), &connection));
    json_object_set(plan, "connector", json_object_get(connection, "title"));
    KF_TRY(kf_profile_load(run->context, json_text(plan, "profile"), &profile));
    if (enroll->order.csr)
        KF_TRY(add_csr(enroll, plan));
    else
        json_object_set_new(
            plan, "sent",
            json_string("a request signed on the token: public key, subject, names, key usages"));
    if (!enroll->order.csr)
        KF_TRY(add_token(run, enroll, profile, plan));
    KF_TRY(enroll_ca_plan(run, enroll, &ca_plan));
    take_ca_plan(ca_plan, plan);
    KF_TRY(out_card(run, plan, columns, KF_COUNT(columns)));
    return print_notes(run, plan);
}

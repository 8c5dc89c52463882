// SPDX-License-Identifier: Apache-2.0
// Tokens of the privacyIDEA double: listed, revoked, switched off and on, described, deleted. A
// change without a serial means every token of the user, as the real one has it.
#include "privacyidea.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pi_item *pi_item_find(struct pi_double *pi, const char *serial) {
    for (size_t i = 0; i < pi->token_count; i++) {
        if (*serial && strcmp(pi->tokens[i].serial, serial) == 0)
            return &pi->tokens[i];
    }
    return NULL;
}

struct pi_item *pi_item_make(struct pi_double *pi, const char *type, const char *serial,
                             const struct pi_person *owner) {
    struct pi_item *item = pi_item_find(pi, serial);
    if (!item && pi->token_count == PI_TOKENS_MAX)
        abort();
    if (!item) {
        item = &pi->tokens[pi->token_count++];
        item->id = ++pi->last_id;
    }
    snprintf(item->type, sizeof item->type, "%s", type);
    if (!*serial)
        snprintf(item->serial, sizeof item->serial, "%s%08X",
                 strcmp(type, "hotp") == 0 ? "OATH" : "CRT", (unsigned)item->id * 1327);
    else
        snprintf(item->serial, sizeof item->serial, "%s", serial);
    snprintf(item->user, sizeof item->user, "%s", owner ? owner->name : "");
    snprintf(item->realm, sizeof item->realm, "%s", owner ? owner->realm : "");
    item->active = true;
    item->revoked = item->locked = false;
    return item;
}

/* --- GET /token/ --- */

static bool is_hidden(const struct pi_call *call, const char *key) {
    return strstr(double_knob(call->d, "hide-tokeninfo"), key) != NULL;
}

static void add_info(const struct pi_call *call, json_t *info, const char *key, const char *value) {
    if (value && *value && !is_hidden(call, key))
        json_object_set_new(info, key, json_string(value));
}

static json_t *item_json(const struct pi_call *call, const struct pi_item *item) {
    json_t *info = json_pack("{s:s, s:s}", "tokenkind", "software", "creation_date",
                             "2026-11-20T08:25:27+00:00");
    json_t *realms = json_array();
    if (*item->realm)
        json_array_append_new(realms, json_string(item->realm));
    add_info(call, info, "CA", item->ca);
    add_info(call, info, "certificate", item->certificate);
    add_info(call, info, "requestId", item->request);
    if (*item->request) /* never to be shown */
        add_info(call, info, "privatekey", "2ceb4956f4265a29:79a2fbc9d39ebd2d");
    json_t *json =
        json_pack("{s:b, s:b, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o, s:o}", "active",
                  item->active, "revoked", item->revoked, "locked", item->locked, "serial",
                  item->serial, "tokentype", item->type, "rollout_state", item->state, "username",
                  item->user, "user_realm", item->realm, "description", item->description,
                  "container_serial", "", "id", item->id, "info", info, "realms", realms);
    json_t *constant =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:[]}", "count", 0, "count_window", 10,
                  "failcount", 0, "maxfail", 10, "otplen", 6, "sync_window", 1000, "resolver",
                  *item->user ? "users" : "", "user_id", *item->user ? "1001" : "", "tokengroup");
    json_object_update(json, constant);
    json_decref(constant);
    return json;
}

/* "*" in a serial stands for anything. */
static bool serial_matches(const char *serial, const char *wanted) {
    size_t len = strcspn(wanted, "*");
    return wanted[len] == '*' ? strncmp(serial, wanted, len) == 0 : strcmp(serial, wanted) == 0;
}

static bool is_own(const struct pi_call *call, const struct pi_item *item) {
    return strcmp(call->person->role, "admin") == 0 || strcmp(call->person->name, item->user) == 0;
}

static bool is_listed(const struct pi_call *call, const struct pi_item *item) {
    const char *serial = pi_arg(call, "serial"), *type = pi_arg(call, "type"),
               *user = pi_arg(call, "user");
    return is_own(call, item) && (!*serial || serial_matches(item->serial, serial)) &&
           (!*type || strcmp(item->type, type) == 0) && (!*user || strcmp(item->user, user) == 0);
}

static json_t *page_number(long page, bool there) {
    return there ? json_integer(page) : json_null();
}

void pi_list_tokens(struct pi_call *call) {
    long page = strtol(pi_arg(call, "page"), NULL, 10),
         size = strtol(pi_arg(call, "pagesize"), NULL, 10), count = 0;
    json_t *list = json_array();
    page = page > 0 ? page : 1;
    size = size > 0 ? size : 15;
    if (pi_knob_is(call, "may-see", "no")) {
        json_decref(list);
        pi_error(call, 403, 303, "Your user/admin account does not have the right tokenlist.");
        return;
    }
    for (size_t i = 0; i < call->pi->token_count; i++) {
        struct pi_item *item = &call->pi->tokens[i];
        if (!is_listed(call, item))
            continue;
        pi_refresh(call, item);
        if (count >= (page - 1) * size && count < page * size)
            json_array_append_new(list, item_json(call, item));
        count++;
    }
    pi_success(call,
               json_pack("{s:i, s:i, s:o, s:o, s:o}", "count", (int)count, "current", (int)page,
                         "next", page_number(page + 1, page * size < count), "prev",
                         page_number(page - 1, page > 1), "tokens", list),
               NULL);
}

/* --- POST /token/WHAT[/SERIAL] --- */

static void revoke(struct pi_call *call, struct pi_item *item) {
    item->revoked = item->locked = true;
    item->active = false;
    double_add(call->d, "revoked", 1);
}

static void disable(struct pi_call *call, struct pi_item *item) {
    (void)call;
    item->active = false;
}

static void enable(struct pi_call *call, struct pi_item *item) {
    (void)call;
    item->active = true;
}

static void describe(struct pi_call *call, struct pi_item *item) {
    snprintf(item->description, sizeof item->description, "%s", pi_arg(call, "description"));
}

static const struct {
    const char *name;
    void (*change)(struct pi_call *call, struct pi_item *item);
} changes[] = {
    {"revoke", revoke}, {"disable", disable}, {"enable", enable}, {"description", describe}};

/* "/token/revoke/KF01" or "/token/revoke" with the serial in the body. */
static const char *serial_of(const struct pi_call *call, const char *name) {
    const char *path = call->request->path + strlen("/token/") + strlen(name);
    return *path == '/' && path[1] ? path + 1 : pi_arg(call, "serial");
}

static int change_all_of_user(struct pi_call *call, const char *user,
                              void (*change)(struct pi_call *call, struct pi_item *item)) {
    int count = 0;
    for (size_t i = 0; i < call->pi->token_count; i++) {
        if (strcmp(call->pi->tokens[i].user, user) != 0)
            continue;
        change(call, &call->pi->tokens[i]);
        count++;
    }
    return count;
}

static void change_some(struct pi_call *call, const char *serial,
                        void (*change)(struct pi_call *call, struct pi_item *item)) {
    struct pi_item *item = pi_item_find(call->pi, serial);
    bool admin = strcmp(call->person->role, "admin") == 0;
    const char *user = admin ? pi_arg(call, "user") : call->person->name;
    if (!*serial && !*user) {
        pi_error(call, 400, 905, "ERR905: Missing parameter: 'serial'");
    } else if (!*serial) {
        pi_success(call, json_integer(change_all_of_user(call, user, change)), NULL);
    } else if (!item || !is_own(call, item)) {
        pi_error(call, 404, 601, "The requested token could not be found.");
    } else {
        change(call, item);
        pi_success(call, json_integer(1), NULL);
    }
}

void pi_change_token(struct pi_call *call) {
    const char *what = call->request->path + strlen("/token/");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        size_t len = strlen(changes[i].name);
        if (strncmp(what, changes[i].name, len) != 0 || (what[len] && what[len] != '/'))
            continue;
        change_some(call, serial_of(call, changes[i].name), changes[i].change);
        return;
    }
    pi_error(call, 404, 404, "The requested URL was not found on the server.");
}

void pi_delete_token(struct pi_call *call) {
    struct pi_item *item = pi_item_find(call->pi, call->request->path + strlen("/token/"));
    if (!item || !is_own(call, item)) {
        pi_error(call, 404, 601, "The requested token could not be found.");
        return;
    }
    free(item->csr), free(item->certificate);
    *item = call->pi->tokens[--call->pi->token_count];
    call->pi->tokens[call->pi->token_count] = (struct pi_item){0};
    pi_success(call, json_integer(1), NULL);
}

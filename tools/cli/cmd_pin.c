// SPDX-License-Identifier: Apache-2.0
// keyfob pin: how PINs stand, and changing them.
#include "medium.h"
#include "output.h"

static const char *tries_word(enum kf_pin_tries tries) {
    static const char *const words[] = {[KF_TRIES_OK] = "ok",
                                        [KF_TRIES_LOW] = "low",
                                        [KF_TRIES_LAST] = "last",
                                        [KF_TRIES_LOCKED] = "locked"};
    return words[tries];
}

static const struct column card_columns[] = {
    {"Token", "token.label", NULL},       {"Serial", "token.serial", format_serial},
    {"PIN set", "user.set", NULL},        {"PIN", "user.tries", format_state},
    {"SO PIN", "so.tries", format_state}, {"Shortest", "length.min", NULL},
    {"Longest", "length.max", NULL},      {"PIN pad", "pin_pad", format_bool},
};

static const struct column software_columns[] = {
    {"Container", "token.label", NULL},
    {"Serial", "token.serial", format_serial},
    {"Password set", "user.set", NULL},
    {"Password", "user.tries", format_password},
    {"Unblock secret", "so.tries", format_password},
    {"Shortest", "length.min", NULL},
    {"Longest", "length.max", NULL},
};

static json_t *status_json(const struct kf_token_info *info) {
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:{s:b, s:s}, s:{s:s}, s:{s:I, s:I}, s:b}", "schema",
                     "keyfob.pin/1", "token", "label", info->label, "serial", info->serial, "uri",
                     info->uri, "user", "set", info->user_pin_set, "tries",
                     tries_word(info->user_tries), "so", "tries", tries_word(info->so_tries),
                     "length", "min", (json_int_t)info->pin_min, "max", (json_int_t)info->pin_max,
                     "pin_pad", info->pin_pad);
}

kf_err cmd_pin_status(struct run *run) {
    struct kf_medium_info medium;
    kf_token *token = NULL;
    KF_TRY(run_select_token(run, true, &token));
    KF_TRY(kf_medium_info(token, &medium));
    KF_AUTO_PTR(json_t) document = status_json(kf_token_info(token));
    if (!document)
        return kf_fail(KF_E_MEMORY, "out of memory for a document");
    if (!token_is_software(token))
        return out_card(run, document, card_columns, KF_COUNT(card_columns));
    if (!medium.has_unblock) /* its flags are those of a blocked one */
        json_object_set_new(json_object_get(document, "so"), "tries", json_string("none"));
    return out_card(run, document, software_columns, KF_COUNT(software_columns));
}

/* `done` is said at the end, of the PIN or the password; NULL where the library's own step says it.
 */
static kf_err change(struct run *run, kf_err (*how)(kf_token *token), const char *done) {
    kf_token *token = NULL;
    KF_TRY(run_select_token(run, true, &token));
    KF_TRY(how(token));
    KF_TRY(kf_token_refresh(token));
    const struct kf_token_info *info = kf_token_info(token);
    if (done)
        note(run, "%s The %s %s: %s (%s)", term_mark(&run->term, MARK_DONE),
             token_is_software(token) ? "password" : "PIN", done, info->label, info->serial);
    return run_has(run, OPT_JSON) ? cmd_pin_status(run) : KF_OK;
}

kf_err cmd_pin_change(struct run *run) {
    return change(run, kf_pin_change, NULL);
}

kf_err cmd_pin_set(struct run *run) {
    return change(run, kf_pin_set, "was set");
}

kf_err cmd_pin_unblock(struct run *run) {
    return change(run, kf_pin_unblock, "is new and not blocked");
}

kf_err cmd_pin_set_so(struct run *run) {
    return change(run, kf_pin_set_so, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// What connectors hand out: filled by setters that know the caps, emptied in one place.
#include <keyfob/connector.h>

#include <stdarg.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "x509/json.h"

#define TICKET_MAX 4096
#define TEXT_MAX   2048

void kf_ca_answer_clear(struct kf_ca_answer *answer) {
    if (!answer)
        return;
    free(answer->body);
    free(answer->ticket);
    free(answer->text);
    free(answer->who);
    *answer = (struct kf_ca_answer){0};
}

kf_err kf_ca_answer_body(struct kf_ca_answer *answer, const void *data, size_t len) {
    if (len > KF_CA_BODY_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the CA's answer has %zu bytes, more than %zu", len,
                       KF_CA_BODY_MAX);
    uint8_t *body = malloc(len + 1); /* never malloc(0); a NUL helps those who look at text */
    if (!body)
        return kf_fail(KF_E_MEMORY, "out of memory for the CA's answer");
    if (len)
        memcpy(body, data, len);
    body[len] = '\0';
    free(answer->body);
    answer->body = body;
    answer->body_len = len;
    return KF_OK;
}

kf_err kf_ca_answer_ticket(struct kf_ca_answer *answer, const char *ticket) {
    if (strlen(ticket) > TICKET_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the CA's ticket has more than %d bytes", TICKET_MAX);
    char *copy = strdup(ticket);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory for the CA's ticket");
    free(answer->ticket);
    answer->ticket = copy;
    return KF_OK;
}

/* Foreign words: made safe to show here, once, and cut rather than refused. */
__attribute__((format(printf, 2, 0))) static kf_err set_words(char **field, const char *format,
                                                              va_list args) {
    char raw[TEXT_MAX], shown[TEXT_MAX];
    vsnprintf(raw, sizeof raw, format, args);
    kf_text_escape_into(shown, sizeof shown, raw, strlen(raw));
    char *text = strdup(shown);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the CA's words");
    free(*field);
    *field = text;
    return KF_OK;
}

kf_err kf_ca_answer_text(struct kf_ca_answer *answer, const char *format, ...) {
    va_list args;
    va_start(args, format);
    kf_err err = set_words(&answer->text, format, args);
    va_end(args);
    return err;
}

kf_err kf_ca_answer_person(struct kf_ca_answer *answer, const char *who, const char *format, ...) {
    va_list args;
    char *copy = strdup(who);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory for the CA's words");
    free(answer->who);
    answer->who = copy;
    answer->outcome = KF_CA_NEEDS_PERSON;
    va_start(args, format);
    kf_err err = set_words(&answer->text, format, args);
    va_end(args);
    return err;
}

/* --- the account --- */

void kf_ca_account_clear(struct kf_ca_account *account) {
    if (!account)
        return;
    free(account->name);
    free(account->text);
    *account = (struct kf_ca_account){0};
}

static kf_err set_foreign(char **field, const char *format, ...) {
    va_list args;
    va_start(args, format);
    kf_err err = set_words(field, format, args);
    va_end(args);
    return err;
}

kf_err kf_ca_account_set(struct kf_ca_account *account, enum kf_ca_standing standing,
                         const char *name, const char *text) {
    kf_ca_account_clear(account);
    account->standing = standing;
    if (name)
        KF_TRY(set_foreign(&account->name, "%s", name));
    return text ? set_foreign(&account->text, "%s", text) : KF_OK;
}

/* --- before an order --- */

void kf_ca_prepared_clear(struct kf_ca_prepared *prepared) {
    if (!prepared)
        return;
    free(prepared->subject);
    free(prepared->template_name);
    free(prepared->template_oid);
    free(prepared->fields);
    json_decref(prepared->notes);
    *prepared = (struct kf_ca_prepared){0};
}

kf_err kf_ca_prepared_note(struct kf_ca_prepared *prepared, const char *level, const char *format,
                           ...) {
    va_list args;
    char *text = NULL;
    va_start(args, format);
    kf_err err = set_words(&text, format, args);
    va_end(args);
    KF_TRY(err);
    if (!prepared->notes)
        prepared->notes = json_array();
    err = kf_json_append(prepared->notes, json_pack("{s:s, s:s}", "level", level, "text", text));
    free(text);
    return err;
}

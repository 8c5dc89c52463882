// SPDX-License-Identifier: Apache-2.0
// A connector's answer: filled by setters that know the caps, emptied in one place.
#include <keyfob/connector.h>

#include <stdarg.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

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
kf_err kf_ca_answer_text(struct kf_ca_answer *answer, const char *format, ...) {
    char raw[TEXT_MAX], shown[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    kf_text_escape_into(shown, sizeof shown, raw, strlen(raw));
    char *text = strdup(shown);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the CA's words");
    free(answer->text);
    answer->text = text;
    return KF_OK;
}

// SPDX-License-Identifier: Apache-2.0
// What an enrollment is made of: the person's fields, the subject made of them, the medium.
#pragma once

#include <limits.h>

#include "web/worker/document.h"

/* --- enroll_subject.c --- */

/* The subject and the other names of a request, from a form that the profile describes. */
typedef struct enroll_names {
    kf_buf subject;
    struct kf_san sans[KF_SAN_MAX]; /* values belong to the form's values */
    size_t count;
    json_t *values; /* what was given, checked */
} enroll_names;
void enroll_names_clear(enroll_names *names);

/* keyfob.form/1 of the owner's details: all that the profile allows. Empty where the CA's own form
 * says it. `document` is the profile's keyfob.profile/1. */
kf_err enroll_subject_form(const json_t *document, const struct kf_connector *connector,
                           json_t **ret_form);
/* {CN: ..., O: ...} as RFC 4514 text, the most specific part first; appended to `subject`. */
kf_err enroll_subject_text(const json_t *values, kf_buf *subject);
/* Fill in the values of an older request (keyfob.request/1). */
kf_err enroll_subject_prefill(json_t *form, const json_t *request);
/* What the profile neither names nor requires, and was not filled in, is not shown. */
void enroll_subject_drop_unusual(json_t *form);
/* Check what the person gave and make names of it. */
kf_err enroll_names_read(struct work *work, const json_t *form, const json_t *given,
                         enroll_names *ret_names);

/* --- enroll_order.c --- */

/* `order` points into the other members and the call's arguments. */
typedef struct enroll_input {
    struct kf_enroll_order order;
    const struct kf_connector *connector;
    kf_profile *profile;
    enroll_names names;
    kf_buf csr;
    char *fields;
    struct kf_medium_order medium; /* `medium` NULL: a token */
    char folder[PATH_MAX], name[64], token_uri[512];
    bool made; /* its container was made for it */
} enroll_input;
void enroll_input_clear(enroll_input *enroll);
kf_err enroll_read(struct work *work, enroll_input *ret_enroll);
/* The connector of a connection. */
kf_err enroll_connector(struct work *work, const char *connection,
                        const struct kf_connector **ret_connector);
/* What the CA's form finds wrong goes along with this error. Returns `code`. */
kf_err enroll_blame(struct work *work, const enroll_input *enroll, kf_err code);
/* A request's file as a page gives it: PEM or DER in base64, or the PEM itself. */
kf_err enroll_read_csr(struct work *work, kf_buf *ret_csr);

/* --- enroll_medium.c --- */
/* The medium of the arguments, with a name that is free or has no key yet. */
kf_err enroll_medium(struct work *work, enroll_input *enroll);
/* The container itself, made when it is not there: the order's token. */
kf_err enroll_open_medium(struct work *work, enroll_input *enroll);
/* Nothing was recorded: a container that was made for it goes again, unless it has a key. Keeps the
 * error. */
void enroll_undo_medium(struct work *work, enroll_input *enroll);
/* Where its container is or will be; malloc'ed. */
char *enroll_place(const struct work *work, const enroll_input *enroll);

/* --- enroll_form.c --- */
kf_err enroll_form(struct work *work, json_t **ret_result);

// SPDX-License-Identifier: Apache-2.0
// Small things about the library's documents that several operations need.
#pragma once

#include "common/form.h"
#include "web/worker/work.h"

/* A text member, "" when it is none. */
const char *document_text(const json_t *document, const char *name);
/* The object as text for the library, "{}" for NULL; malloc'ed. */
kf_err document_fields(const json_t *object, char **ret_text);
/* As `document_fields`, wiped before it is freed: there may be a secret in it. */
void document_wipe(char **text);
#define DOCUMENT_SECRET __attribute__((cleanup(document_wipe)))
/* keyfob.certificate/1 of each. */
kf_err document_certs(const kf_certs *certs, json_t **ret_list);
/* Add {field, title, text} to what goes along with the call's error. */
void work_problem(struct work *work, const char *field, const char *title, const char *text);
/* Check values against a form; what is wrong goes along with the error. `ret_values` may be NULL.
 */
kf_err work_check_form(struct work *work, const json_t *form, const json_t *values,
                       json_t **ret_values);

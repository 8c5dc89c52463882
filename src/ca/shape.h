// SPDX-License-Identifier: Apache-2.0
// What connectors hand out as JSON: of the shape that the contract says, and of a size that can be
// shown. Each gives NULL when it is, otherwise what is wrong with it (static).
#pragma once

#include <jansson.h>
#include <keyfob/connector.h>

#define KF_FORM_FIELDS_MAX  300
#define KF_FORM_CHOICES_MAX 2000
#define KF_RECORDS_MAX      20000
#define KF_NOTES_MAX        100

/* keyfob.form/1 */
const char *kf_shape_form(const json_t *form);
/* The form of an order: what it takes goes into the journal, so it asks for no secret. */
const char *kf_shape_order_form(const json_t *form);
const char *kf_shape_templates(const json_t *list);
const char *kf_shape_records(const json_t *list);
const char *kf_shape_record(const json_t *record);
/* {text, ...} of an action */
const char *kf_shape_result(const json_t *result);
const char *kf_shape_prepared(const struct kf_ca_prepared *prepared);

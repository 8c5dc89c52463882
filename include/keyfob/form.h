// SPDX-License-Identifier: Apache-2.0
// Forms described by data: what a CA wants to know, for the command line and for a page to draw.
#pragma once

#include <keyfob/connector.h>

/* keyfob.form/1: {schema, title, fields: [field...]}. A field:
 *   name        stable; what --set takes
 *   title       what a person reads, in the CA's own words where it has them; help: one line
 *   kind        "text" "number" "switch" "choice" "list" (several texts) "date" (YYYY-MM-DD) "file"
 *               (the text of a file) "secret"
 *   required, read_only: true or false
 *   required_when  {NAME: [value...]}: required as well when the field NAME, which stands before it,
 *               has one of these values
 *   value       default, or prefilled; a list has an array of strings, a switch true or false
 *   choices     [{value, title}]; closed: true when other values are refused
 *   max         greatest number of characters (code points)
 *   check       "email" "country" "inn" "snils" "ogrn" "ogrnip" "date" "phone" "digits"
 *   oid, group
 * What is absent is false, none, or without limit. */

/* Check what a person gave (object of strings, booleans, numbers, arrays of strings; NULL: nothing)
 * against the form. "" and null are nothing; a choice may also be named by its title.
 * `ret_values`: the values with defaults: a list as an array, a switch as true or false, everything
 * else (numbers too) as text. `ret_problems`: array of {field, title, text}, where no text repeats
 * a value. KF_E_USAGE with the first problem's sentence when there is any (`ret_problems` is given
 * all the same). Either may be NULL. */
kf_err kf_form_check(const struct json_t *form, const struct json_t *values,
                     struct json_t **ret_values, struct json_t **ret_problems);
/* One value: NULL when it passes `check`, otherwise what is wrong with it (static). An unknown
 * check passes. */
const char *kf_form_check_value(const char *check, const char *value);
/* A form from a table. Connectors use it too. */
kf_err kf_form_new(const char *title, const struct kf_ca_field *fields, size_t count,
                   struct json_t **ret_form);

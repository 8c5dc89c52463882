// SPDX-License-Identifier: Apache-2.0
// A connection that is opened to reach its CA, with the signer for keys on tokens. Start with
// `= {0}`.
#pragma once

#include <keyfob/signer.h>

#include "ca/ca.h"

typedef struct kf_service {
    kf_signer *signer;
    kf_ca *ca;
} kf_service;

kf_err kf_service_open(kf_context *context, const char *name, kf_service *ret_service);
void kf_service_clear(kf_service *service);
/* What a person gave for a form: a JSON object, "" and NULL for none. KF_E_USAGE. */
kf_err kf_fields_read(const char *text, struct json_t **ret_fields);

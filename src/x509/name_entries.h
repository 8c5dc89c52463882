// SPDX-License-Identifier: Apache-2.0
// Distinguished names entry by entry, for their text and their JSON.
#pragma once

#include "x509/name.h"

/* `joined` when the entry continues a multi-valued one. */
typedef kf_err kf_name_visit(void *arg, const X509_NAME_ENTRY *entry, bool joined);
/* Calls `visit` for each entry in the order of the text. */
kf_err kf_name_each(const X509_NAME *name, kf_name_visit *visit, void *arg);
/* The value as UTF-8; false when it is not a string, or not one that can be decoded. */
bool kf_name_value(const ASN1_STRING *value, kf_buf *ret_text, kf_err *ret_err);
/* "#" and the hex of the DER (RFC 4514 2.4). */
kf_err kf_name_value_hex(kf_buf *text, const ASN1_STRING *value);

// SPDX-License-Identifier: Apache-2.0
// The attribute types of distinguished names that keyfob knows: names, OIDs, string types and
// lengths.
#pragma once

#include <openssl/asn1.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define KF_OID_TEXT_MAX 128

struct kf_attribute {
    const char *name;  /* as shown: "CN" */
    const char *oid;   /* "2.5.4.3" */
    const char *alias; /* other names that are understood, separated by blanks; or NULL */
    int type; /* V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING, V_ASN1_NUMERICSTRING
               */
    size_t min, max; /* code points */
};

/* By name, alias (case does not matter) or dotted OID; NULL when it is not in the table. */
const struct kf_attribute *kf_attribute_find(const char *name);
const struct kf_attribute *kf_attribute_of(const ASN1_OBJECT *object);
/* Is `value` (UTF-8) of the attribute's characters and length? `name` is for the sentence.
 * KF_E_USAGE. */
kf_err kf_attribute_check(const struct kf_attribute *attribute, const char *name, const char *value,
                          size_t len);

/* A dotted OID, never looked up in OpenSSL's tables. `ret_text` is "" when it is too long. */
void kf_oid_text(const ASN1_OBJECT *object, char ret_text[static KF_OID_TEXT_MAX]);
bool kf_oid_is(const ASN1_OBJECT *object, const char *oid);
/* KF_E_USAGE when it is not a dotted OID. Free with ASN1_OBJECT_free(). */
kf_err kf_oid_parse(const char *oid, ASN1_OBJECT **ret_object);

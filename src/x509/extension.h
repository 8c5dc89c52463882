// SPDX-License-Identifier: Apache-2.0
// Extensions made from DER of our own.
#pragma once

#include "x509/name.h"

#define KF_OID_TEMPLATE_V1 "1.3.6.1.4.1.311.20.2" /* MS-WCCE 2.2.2.7.7.1 */
#define KF_OID_TEMPLATE_V2 "1.3.6.1.4.1.311.21.7" /* MS-WCCE 2.2.2.7.7.2 */

/* An extension that is not critical, of a dotted OID and its value's DER. */
kf_err kf_extension_make(const char *oid, const kf_buf *der, X509_EXTENSION **ret_extension);

/* v1: a BMPString name. v2: "OID[:major[:minor]]" as SEQUENCE. KF_E_USAGE when malformed. */
kf_err kf_template_v1(const char *name, X509_EXTENSION **ret_extension);
kf_err kf_template_v2(const char *oid, X509_EXTENSION **ret_extension);
/* Back to {"name":...} or {"oid":...,"major":...,"minor":...}; KF_E_NOT_FOUND when it is neither or
 * malformed. */
kf_err kf_template_json(const X509_EXTENSION *extension, json_t **ret_json);

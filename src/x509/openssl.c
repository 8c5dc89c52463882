// SPDX-License-Identifier: Apache-2.0
// OpenSSL's error queue, as one of our sentences.
#include "x509/name.h"

#include <openssl/err.h>

kf_err kf_fail_openssl(kf_err code, const char *doing) {
    const char *data = NULL;
    int flags = 0;
    /* The first one is the cause; what follows are the callers that passed it on. */
    unsigned long error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = error ? ERR_reason_error_string(error) : NULL;
    bool has_data = data && *data && (flags & ERR_TXT_STRING);
    if (error && ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
        code = KF_E_MEMORY;
    if (!reason)
        kf_fail(code, "%s failed", doing);
    else
        kf_fail(code, "%s: %s%s%s%s", doing, reason, has_data ? " (" : "", has_data ? data : "",
                has_data ? ")" : "");
    ERR_clear_error();
    return code;
}

// SPDX-License-Identifier: Apache-2.0
// NSS databases of browsers: is p11-kit's proxy module in one, putting it in, taking it out.
#pragma once

#include "base/buf.h"

#define NSSDB_NAME "keyfob-p11-kit-proxy" /* how NSS knows the module that keyfob put in */

enum nssdb_state {
    NSSDB_WITHOUT, /* the proxy is not in it */
    NSSDB_OURS,    /* keyfob put it in */
    NSSDB_FOREIGN  /* somebody else did, under another name */
};

bool nssdb_is_there(const char *folder);
/* p11-kit-proxy.so, or KF_E_NOT_FOUND. Static. */
kf_err nssdb_proxy(const char **ret_path);
kf_err nssdb_look(const char *folder, enum nssdb_state *ret_state);
/* By modutil of libnss3-tools. pkcs11.txt is kept beside as pkcs11.txt.keyfob first, and read
 * again afterwards. Nobody else may have the database open. */
kf_err nssdb_add(const char *folder, const char *proxy);
kf_err nssdb_remove(const char *folder);

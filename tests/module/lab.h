// SPDX-License-Identifier: Apache-2.0
// Requests of keys under test, and a certification authority with its key in memory.
#pragma once

#include "module/rig.h"
#include "x509/csr.h"

/* Before and after all tests. */
void lab_open(void);
void lab_close(void);
const kf_cert *lab_ca(void);
EVP_PKEY *lab_ca_key(void);

/* A request signed by the key. */
kf_csr *lab_request(kf_key *key, const char *subject);
/* A certificate for it, and written to the token (`replace`: in the place of another). */
kf_cert *lab_certify(kf_key *key, const char *subject);
kf_cert *lab_install(kf_key *key, const char *subject, bool replace);

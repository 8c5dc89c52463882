// SPDX-License-Identifier: Apache-2.0
// keyfob: key containers on PKCS#11 tokens and the certificates that belong to them.
#pragma once

#include <keyfob/agent.h>
#include <keyfob/batch.h>
#include <keyfob/cert.h>
#include <keyfob/changes.h>
#include <keyfob/connection.h>
#include <keyfob/connector.h>
#include <keyfob/container.h>
#include <keyfob/context.h>
#include <keyfob/csr.h>
#include <keyfob/error.h>
#include <keyfob/form.h>
#include <keyfob/install.h>
#include <keyfob/interface.h>
#include <keyfob/labca.h>
#include <keyfob/medium.h>
#include <keyfob/profile.h>
#include <keyfob/renew.h>
#include <keyfob/request.h>
#include <keyfob/secret.h>
#include <keyfob/signer.h>
#include <keyfob/store.h>
#include <keyfob/token.h>

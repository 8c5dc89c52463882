// SPDX-License-Identifier: Apache-2.0
// The connectors that are built in; connectors.c lists them.
#pragma once

#include <keyfob/connector.h>

extern const struct kf_connector kf_connector_local;
extern const struct kf_connector kf_connector_manual;
extern const struct kf_connector kf_connector_privacyidea;
extern const struct kf_connector kf_connector_cryptopro;
extern const struct kf_connector kf_connector_digicert;

// SPDX-License-Identifier: Apache-2.0
// The page's files: embedded, or with --web-dir from a folder while developing.
#pragma once

#include "web/front/exchange.h"

void static_answer(struct exchange *exchange);

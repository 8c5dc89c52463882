// SPDX-License-Identifier: Apache-2.0
// The groups of tests that suite.c runs one after another; each gives the number of failures.
#pragma once

int test_tokens(void);
int test_keys(void);
int test_certificates(void);
int test_uses(void);
int test_others(void);

// SPDX-License-Identifier: Apache-2.0
// What the rooms see of the context.
#pragma once

#include <keyfob/context.h>

#include "base/auto.h"
#include "base/db.h"
#include "base/ini.h"

KF_DEFINE_AUTO_PTR(kf_context)
KF_DEFINE_AUTO_PTR(kf_secret)

/* Where data (database, CA folders, locks) and configuration (keyfob.conf, profiles/) live; no
 * folder is made. */
const char *kf_context_data_dir(const kf_context *context);
const char *kf_context_config_dir(const kf_context *context);
/* `data_dir`/NAME as a new string in `ret_path`; makes the data folder (0700) first. */
kf_err kf_context_data_path(kf_context *context, const char *name, char **ret_path);
/* The folder of what was installed beside the library (profiles/): PREFIX/share/keyfob. Owned by
 * base, never NULL. */
const char *kf_share_dir(void);
/* The --module path, or NULL. */
const char *kf_context_module(const kf_context *context);
/* keyfob.conf, read at the first call; an empty file when there is none. Owned by the context. */
kf_err kf_context_config(kf_context *context, const kf_ini **ret_config);
/* keyfob.db, opened at the first call. Owned by the context. */
kf_err kf_context_db(kf_context *context, kf_db **ret_db);

int64_t kf_context_now(const kf_context *context); /* seconds since the epoch */
const struct kf_ui *kf_context_ui(const kf_context *context);
/* Tell the person about a step; `ms` counts only for KF_STEP_DONE. */
__attribute__((format(printf, 5, 6))) void kf_step(const kf_context *context, const char *name,
                                                   enum kf_step_state state, int64_t ms,
                                                   const char *format, ...);
bool kf_context_interrupted(const kf_context *context);
/* For measuring: milliseconds since some moment, never backwards. */
int64_t kf_monotonic_ms(void);
/* Sleeps up to `ms`; ends early, with false, when the person wants to stop. */
bool kf_context_sleep(const kf_context *context, int64_t ms);

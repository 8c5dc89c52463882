// SPDX-License-Identifier: Apache-2.0
// Until find.c is there.
#include "module/object.h"
void kfm_search_free(struct kfm_search *search) {
}

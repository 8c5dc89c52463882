// SPDX-License-Identifier: Apache-2.0
// The page's files, as embedded into the program.
#pragma once

#include <stddef.h>

struct page_file {
    const char *path; /* "/app.js" */
    const unsigned char *data;
    size_t len;
    const char *etag; /* quoted, of the content */
};
extern const struct page_file page_files[];
extern const size_t page_file_count;

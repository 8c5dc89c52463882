// SPDX-License-Identifier: Apache-2.0
// The page's files, by their exact names: nothing in the target is decoded.
#include "web/front/static.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "web/front/answer.h"
#include "web/front/page.h"

#define FILE_MAX ((off_t)4 * 1024 * 1024)

static const char *type_of(const char *path) {
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
    };
    const char *end = strrchr(path, '.');
    for (size_t i = 0; end && i < KF_COUNT(types); i++)
        if (strcmp(types[i][0], end) == 0)
            return types[i][1];
    return NULL;
}

static void answer(struct exchange *exchange, struct MHD_Response *response, const char *path,
                   const char *etag) {
    if (!response) {
        exchange_fail(exchange, 0, kf_fail(KF_E_MEMORY, "out of memory for a file"));
        return;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type_of(path));
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                            etag ? "no-cache" : "no-store");
    if (etag)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
    exchange_answer(exchange, 200, response);
}

static void answer_not_modified(struct exchange *exchange, const struct page_file *file) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, (char[]){""}, MHD_RESPMEM_MUST_COPY);
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, file->etag);
    }
    exchange_answer(exchange, 304, response);
}

static void answer_embedded(struct exchange *exchange, const struct page_file *file) {
    const char *known = exchange_header(exchange, MHD_HTTP_HEADER_IF_NONE_MATCH);
    if (known && strstr(known, file->etag))
        answer_not_modified(exchange, file);
    else
        answer(exchange,
               MHD_create_response_from_buffer(file->len, (void *)(uintptr_t)file->data,
                                               MHD_RESPMEM_PERSISTENT),
               file->path, file->etag);
}

static const struct page_file *find_embedded(const char *path) {
    for (size_t i = 0; i < page_file_count; i++)
        if (strcmp(page_files[i].path, path) == 0)
            return &page_files[i];
    return NULL;
}

/* Step by step, without links, "..", or names that begin with a dot. -1 when it is not there. */
static int open_below(int folder, const char *path) {
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    int at = dup(folder);
    while (at >= 0 && *path == '/') {
        char name[256];
        size_t len = strspn(path + 1, fine);
        bool last = path[1 + len] == '\0';
        bool good =
            len > 0 && len < sizeof name && path[1] != '.' && (last || path[1 + len] == '/');
        snprintf(name, sizeof name, "%.*s", (int)len, path + 1);
        int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (last ? 0 : O_DIRECTORY);
        int next = good ? openat(at, name, flags) : -1;
        close(at);
        at = next;
        path += 1 + len;
    }
    return at;
}

static bool answer_from_folder(struct exchange *exchange, const char *path) {
    int fd = open_below(exchange->front->web_dir, path);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > FILE_MAX) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    struct MHD_Response *response = MHD_create_response_from_fd((uint64_t)about.st_size, fd);
    if (!response)
        close(fd);
    answer(exchange, response, path, NULL);
    return true;
}

static void answer_nothing(struct exchange *exchange) {
    const char *accept = exchange_header(exchange, MHD_HTTP_HEADER_ACCEPT);
    if (accept && strstr(accept, "text/html"))
        exchange_answer(exchange, 404,
                        answer_page("There is nothing here", "keyfob's page is at its address.",
                                    exchange->front->address));
    else
        exchange_fail(exchange, 404, kf_fail(KF_E_NOT_FOUND, "there is nothing at this address"));
}

void static_answer(struct exchange *exchange) {
    const char *path = strcmp(exchange->target, "/") == 0 ? "/index.html" : exchange->target;
    const struct page_file *file = find_embedded(path);
    bool known = type_of(path) && strcmp(path, "/openapi.json") != 0;
    if (known && exchange->front->web_dir >= 0 && answer_from_folder(exchange, path))
        return;
    if (known && exchange->front->web_dir < 0 && file)
        answer_embedded(exchange, file);
    else
        answer_nothing(exchange);
}

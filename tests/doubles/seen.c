// SPDX-License-Identifier: Apache-2.0
// The requests that came, the last of them first when a test asks.
#include "core.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void forget(struct double_sighting *s) {
    for (size_t i = 0; i < s->header_count; i++)
        free(s->headers[i].name), free(s->headers[i].value);
    free(s->headers), free(s->what), free(s->body), free(s->query);
    *s = (struct double_sighting){0};
}

void double_seen_add(kf_double *d, const struct double_request *request) {
    pthread_mutex_lock(&d->lock);
    struct double_sighting *s = &d->seen[d->seen_count++ % DOUBLE_SEEN_MAX];
    forget(s);
    const struct double_headers *headers = request->headers;
    if (asprintf(&s->what, "%s %s", request->method, request->path) < 0)
        abort();
    s->body = strndup(request->body, request->body_len);
    s->query = strdup(request->query);
    s->headers = calloc(headers->count + 1, sizeof *s->headers);
    for (; s->header_count < headers->count; s->header_count++) {
        s->headers[s->header_count].name = strdup(headers->items[s->header_count].name);
        s->headers[s->header_count].value = strdup(headers->items[s->header_count].value);
    }
    pthread_mutex_unlock(&d->lock);
}

void double_seen_clear(kf_double *d) {
    for (size_t i = 0; i < DOUBLE_SEEN_MAX; i++)
        forget(&d->seen[i]);
    free(d->seen_text);
}

bool double_matches(const char *method, const char *path, const char *pattern) {
    const char *space = strchr(pattern, ' ');
    if (!space)
        return strstr(path, pattern) || strcmp(method, pattern) == 0;
    return strlen(method) == (size_t)(space - pattern) &&
           strncmp(method, pattern, strlen(method)) == 0 && strstr(path, space + 1);
}

static bool sighting_matches(const struct double_sighting *s, const char *pattern) {
    char method[16];
    const char *path = strchr(s->what, ' ') + 1;
    snprintf(method, sizeof method, "%.*s", (int)(path - s->what - 1), s->what);
    return double_matches(method, path, pattern);
}

static const char *part_of(const struct double_sighting *s, const char *header) {
    if (strcmp(header, "body") == 0)
        return s->body;
    if (strcmp(header, "query") == 0)
        return s->query;
    if (strcmp(header, "path") == 0)
        return strchr(s->what, ' ') + 1;
    for (size_t i = 0; i < s->header_count; i++) {
        if (strcasecmp(s->headers[i].name, header) == 0)
            return s->headers[i].value;
    }
    return "";
}

const char *double_seen(kf_double *d, const char *request, const char *header) {
    pthread_mutex_lock(&d->lock);
    const char *found = "";
    size_t kept = d->seen_count < DOUBLE_SEEN_MAX ? d->seen_count : DOUBLE_SEEN_MAX;
    for (size_t back = 1; back <= kept; back++) {
        const struct double_sighting *s = &d->seen[(d->seen_count - back) % DOUBLE_SEEN_MAX];
        if (sighting_matches(s, request)) {
            found = part_of(s, header);
            break;
        }
    }
    char *text = strdup(found);
    free(d->seen_text);
    d->seen_text = text;
    pthread_mutex_unlock(&d->lock);
    return text;
}

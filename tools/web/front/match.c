// SPDX-License-Identifier: Apache-2.0
// Routes by method and path. A word in the path counts before a parameter.
#include "web/front/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

#define TEXT_MAX 2048

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

/* With a file in the body. */
static const char *const large[] = {
    "container.import", "container.install", "certificate.add",
    "certificate.read", "certificate.match", "request.import",
    "csr.explain",      "enroll.start",      "enroll.plan",
};

size_t route_body_max(const struct route *route) {
    for (size_t i = 0; i < KF_COUNT(large); i++)
        if (strcmp(large[i], route->op) == 0)
            return (size_t)256 * 1024;
    return (size_t)64 * 1024;
}

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char small = (char)(digit | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

static kf_err fail_text(void) {
    return kf_fail(KF_E_USAGE, "a part of the address is no text");
}

kf_err match_decode(const char *text, size_t len, json_t **ret_text) {
    char decoded[TEXT_MAX + 1];
    size_t size = 0;
    for (size_t i = 0; i < len; i++) {
        char letter = text[i];
        if (letter == '%') {
            int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < len ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail_text();
            letter = (char)(high * 16 + low);
            i += 2;
        }
        if (size == TEXT_MAX || (unsigned char)letter < 0x20 || letter == 0x7f)
            return fail_text();
        decoded[size++] = letter;
    }
    json_t *made = json_stringn(decoded, size);
    if (!made)
        return fail_text();
    *ret_text = made;
    return KF_OK;
}

static const char *method_name(enum route_method method) {
    static const char *const names[] = {
        [ROUTE_GET] = "GET", [ROUTE_POST] = "POST", [ROUTE_DELETE] = "DELETE"};
    return names[method];
}

/* How many words of the pattern the path has: -1 when it is another path. */
static int likeness(const char *pattern, const char *path) {
    int words = 0;
    while (*pattern && *path) {
        size_t want = strcspn(pattern + 1, "/") + 1, have = strcspn(path + 1, "/") + 1;
        if (pattern[1] == '{' ? have == 1 : want != have || memcmp(pattern, path, want) != 0)
            return -1;
        words += pattern[1] != '{';
        pattern += want;
        path += have;
    }
    return *pattern || *path ? -1 : words;
}

void match_methods(const char *path, char ret_methods[static 24]) {
    static const enum route_method all[] = {ROUTE_GET, ROUTE_POST, ROUTE_DELETE};
    ret_methods[0] = '\0';
    for (size_t m = 0; m < KF_COUNT(all); m++)
        for (size_t i = 0; i < route_count; i++)
            if (routes[i].method == all[m] && likeness(routes[i].path, path) >= 0) {
                strcat(strcat(ret_methods, *ret_methods ? ", " : ""), method_name(all[m]));
                break;
            }
}

static kf_err take_params(const char *pattern, const char *path, json_t *params) {
    while (*pattern) {
        size_t want = strcspn(pattern + 1, "/") + 1, have = strcspn(path + 1, "/") + 1;
        if (pattern[1] == '{') {
            char name[40];
            snprintf(name, sizeof name, "%.*s", (int)want - 3, pattern + 2);
            json_t *value = NULL;
            KF_TRY(match_decode(path + 1, have - 1, &value));
            json_object_set_new(params, name, value);
        }
        pattern += want;
        path += have;
    }
    return KF_OK;
}

kf_err match_route(const char *method, const char *path, const struct route **ret_route,
                   json_t **ret_params) {
    const struct route *best = NULL;
    bool elsewhere = false;
    int words = -1;
    for (size_t i = 0; i < route_count && path[0] == '/'; i++) {
        int like = likeness(routes[i].path, path);
        bool same = strcmp(method_name(routes[i].method), method) == 0;
        elsewhere = elsewhere || (like >= 0 && !same);
        if (same && like > words) {
            best = &routes[i];
            words = like;
        }
    }
    if (!best && elsewhere)
        return kf_fail(KF_E_UNSUPPORTED, "this address takes other methods than \"%.8s\"", method);
    if (!best)
        return kf_fail(KF_E_NOT_FOUND, "there is nothing at this address");
    KF_AUTO_PTR(json_t) params = json_object();
    KF_TRY(take_params(best->path, path, params));
    *ret_route = best;
    *ret_params = KF_MOVE(params);
    return KF_OK;
}

kf_err match_merge(json_t *args, const json_t *more) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)more, name, value) {
        const json_t *present = json_object_get(args, name);
        if (present && !json_equal(present, value))
            return kf_fail(KF_E_USAGE, "\"%.40s\" is given twice", name);
        if (json_object_set(args, name, value) != 0)
            return kf_fail(KF_E_MEMORY, "out of memory for a request");
    }
    return KF_OK;
}

// SPDX-License-Identifier: Apache-2.0
// Where a CryptoPro UC 2.0 service is: one address in any of the forms that people are given.
#include "ca/cryptopro/address.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/text.h"

#define SEGMENTS_MAX 16
#define FOLDER_LEN   36

/* One part of the path, between slashes. */
struct segment {
    const char *at;
    size_t len;
};

struct reader {
    const char *text; /* as the person gave it */
    struct segment segments[SEGMENTS_MAX];
    size_t count;
};

static kf_err refuse(const char *text, const char *why) {
    kf_fail(KF_E_USAGE, "the address \"%.200s\" %s", text, why);
    kf_error_hint("Write it as \"https://HOST/ui/api/FOLDER\", with the folder's id as the CA gave "
                  "it to you.");
    return KF_E_USAGE;
}

static bool is_word(const struct segment *segment, const char *word) {
    return segment->len == strlen(word) && strncasecmp(segment->at, word, segment->len) == 0;
}

/* --- scheme and host --- */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "https://host:port" in lower case; `*at` moves behind it. */
static kf_err read_origin(const char *text, const char **at, kf_cp_address *address) {
    static const char *const schemes[] = {"https://", "http://"};
    const char *scheme = schemes[0], *host = text, *marks = strstr(text, "://");
    for (size_t i = 0; i < KF_COUNT(schemes); i++) {
        if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
            scheme = schemes[i];
            host = text + strlen(schemes[i]);
        }
    }
    size_t len = strcspn(host, "/");
    if (marks && host == text && marks < text + len)
        return refuse(text, "does not begin with \"https://\"");
    if (len == 0)
        return refuse(text, "has no host");
    if (memchr(host, '@', len))
        return refuse(text, "holds a login; sign in with `keyfob connection login` instead");
    if (strlen(scheme) + len >= sizeof address->origin)
        return refuse(text, "is too long");
    int end = snprintf(address->origin, sizeof address->origin, "%s%.*s", scheme, (int)len, host);
    for (int i = 0; i < end; i++)
        address->origin[i] = lower(address->origin[i]);
    *at = host + len;
    return KF_OK;
}

/* --- the path --- */

static kf_err read_segments(struct reader *reader, const char *at) {
    while (*at) {
        size_t len = strcspn(at, "/");
        struct segment segment = {at, len};
        if (len && reader->count == SEGMENTS_MAX)
            return refuse(reader->text, "has too many parts");
        if (is_word(&segment, ".") || is_word(&segment, ".."))
            return refuse(reader->text, "has dots instead of a path");
        if (len)
            reader->segments[reader->count++] = segment;
        at += len + (at[len] == '/');
    }
    return KF_OK;
}

/* 8-4-4-4-12 hex digits, in braces or not. */
static bool read_folder(const struct segment *segment, char ret_folder[static FOLDER_LEN + 1]) {
    static const char shape[] = "00000000-0000-0000-0000-000000000000";
    bool braces = segment->len == FOLDER_LEN + 2 && segment->at[0] == '{' &&
                  segment->at[FOLDER_LEN + 1] == '}';
    const char *at = segment->at + braces;
    if (segment->len - (braces ? 2 : 0) != FOLDER_LEN)
        return false;
    for (size_t i = 0; i < FOLDER_LEN; i++) {
        bool fits = shape[i] == '-' ? at[i] == '-' : strchr("0123456789abcdefABCDEF", at[i]) != 0;
        if (!fits)
            return false;
        ret_folder[i] = lower(at[i]);
    }
    ret_folder[FOLDER_LEN] = '\0';
    return true;
}

/* The last "ui": what stands before it is the site's own path. */
static bool find_ui(const struct reader *reader, size_t *ret_index) {
    for (size_t i = reader->count; i > 0; i--) {
        if (is_word(&reader->segments[i - 1], "ui")) {
            *ret_index = i - 1;
            return true;
        }
    }
    return false;
}

static kf_err write_paths(const struct reader *reader, size_t ui, kf_cp_address *address) {
    char prefix[KF_CP_PATH_MAX / 2] = "";
    size_t used = 0;
    for (size_t i = 0; i < ui; i++) {
        const struct segment *segment = &reader->segments[i];
        if (used + segment->len + 2 > sizeof prefix)
            return refuse(reader->text, "is too long");
        used += (size_t)snprintf(prefix + used, sizeof prefix - used, "/%.*s", (int)segment->len,
                                 segment->at);
    }
    snprintf(address->root, sizeof address->root, "%s/ui/api", prefix);
    snprintf(address->root2, sizeof address->root2, "%s/ui/2/api", prefix);
    snprintf(address->base, sizeof address->base, "%s/ui/api%s%s", prefix,
             *address->folder ? "/" : "", address->folder);
    return KF_OK;
}

static kf_err read_path(struct reader *reader, kf_cp_address *address) {
    size_t ui = 0;
    if (!find_ui(reader, &ui))
        return refuse(reader->text, "is not one of a user portal: there is no \"/ui\" in its path");
    size_t next = ui + 1;
    if (next < reader->count && is_word(&reader->segments[next], "2"))
        next++;
    if (next < reader->count && is_word(&reader->segments[next], "api"))
        next++;
    if (next < reader->count && !read_folder(&reader->segments[next++], address->folder))
        return refuse(reader->text, "does not end with the id of a folder");
    if (next < reader->count)
        return refuse(reader->text, "goes on behind the id of the folder");
    return write_paths(reader, ui, address);
}

/* Only what stands for itself in a path (RFC 3986 3.3), and the braces that Windows puts around
 * ids. */
static bool has_strange_characters(const char *text) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~/:@[]{}!$&'()*+,;=";
    return text[strspn(text, allowed)] != '\0';
}

kf_err kf_cp_address_parse(const char *text, kf_cp_address *ret_address) {
    kf_cp_address address = {0};
    const char *at = NULL;
    KF_AUTO_FREE char *copy = strdup(text ? text : "");
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    struct reader reader = {.text = kf_str_trim(copy)};
    if (strpbrk(reader.text, "?#"))
        return refuse(reader.text, "has more than a path: leave away what begins with ? or #");
    if (has_strange_characters(reader.text))
        return refuse(reader.text, "holds characters that do not belong into an address");
    KF_TRY(read_origin(reader.text, &at, &address));
    KF_TRY(read_segments(&reader, at));
    KF_TRY(read_path(&reader, &address));
    *ret_address = address;
    return KF_OK;
}

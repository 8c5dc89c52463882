// SPDX-License-Identifier: Apache-2.0
// A URL from settings (first line) and a path or URL from a CA (the rest): whatever they are, the
// URL that would be asked is on the origin of the settings.
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ca/http/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct kf_origin *origin, const char *url) {
    KF_AUTO_FREE char *start = kf_str("%s://%s:%u", origin->scheme, origin->host, origin->port);
    const char *rest = url + strlen(start);
    if (!kf_str_starts(url, start) || *rest != '/' || strpbrk(rest, " \r\n\t\\#\"<>"))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct kf_origin origin = {0};
    KF_AUTO(kf_buf) url = {0};
    KF_AUTO_FREE char *base = strndup((const char *)data, size);
    char *path = base ? strchr(base, '\n') : NULL;
    if (!path)
        return 0;
    *path++ = '\0';
    if (kf_origin_parse(base, &origin) == KF_OK && kf_origin_url(&origin, path, &url) == KF_OK)
        check(&origin, kf_buf_str(&url));
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The container's name: what a person gave, or made from the subject and the month.
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "enroll/flow.h"

/* "Anna O'Neill" to "anna-o-neill"; letters of other scripts stay. */
static void make_slug(const char *text, char *ret_slug, size_t size) {
    size_t n = 0;
    for (; *text && n + 2 < size; text++) {
        unsigned char c = (unsigned char)*text;
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
        if (c >= 'A' && c <= 'Z')
            ret_slug[n++] = (char)(c - 'A' + 'a');
        else if (letter)
            ret_slug[n++] = (char)c;
        else if (n > 0 && ret_slug[n - 1] != '-')
            ret_slug[n++] = '-';
    }
    while (n > 0 && !kf_utf8_valid(ret_slug, n)) /* cut in the middle of a letter */
        n--;
    while (n > 0 && ret_slug[n - 1] == '-')
        n--;
    ret_slug[n] = '\0';
}

/* What the token would refuse later is refused before anything is recorded. */
static kf_err take_label(kf_flow *flow, const char *label) {
    size_t len = strlen(label);
    if (len == 0 || len > KF_LABEL_MAX)
        return kf_fail(KF_E_USAGE, "the name of a container has 1 to %d bytes", KF_LABEL_MAX);
    if (!kf_utf8_valid(label, len))
        return kf_fail(KF_E_USAGE, "the name of the container is not valid UTF-8");
    if (!kf_text_plain(label, len))
        return kf_fail(KF_E_USAGE, "the name of the container has control characters");
    return kf_request_set(&flow->request.container, label);
}

kf_err kf_enroll_name(kf_context *context, const struct kf_csr_spec *spec, size_t max,
                      char **ret_name) {
    char slug[128], month[16];
    const char *subject = spec->subject ? spec->subject : "";
    const char *cn = strstr(subject, "CN=");
    const char *name = cn ? cn + 3 : spec->san_count > 0 ? spec->sans[0].value : "key";
    KF_AUTO_FREE char *first = strndup(name, strcspn(name, ",+"));
    time_t now = (time_t)kf_context_now(context);
    struct tm parts;
    gmtime_r(&now, &parts);
    size_t month_len = strftime(month, sizeof month, "%Y-%m", &parts);
    size_t room = max > month_len + 2 ? max - month_len + 1 : 3;
    make_slug(first ? first : "key", slug, room < sizeof slug ? room : sizeof slug);
    bool usable = *slug && kf_text_plain(slug, strlen(slug));
    *ret_name = kf_str("%s-%s", usable ? slug : "key", month);
    return *ret_name ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

kf_err kf_flow_name_container(kf_flow *flow, const struct kf_enroll_order *order) {
    KF_AUTO_FREE char *label = NULL;
    if (order->container)
        return take_label(flow, order->container);
    KF_TRY(kf_enroll_name(flow->context, &order->spec, KF_LABEL_MAX, &label));
    return kf_request_set(&flow->request.container, label);
}

/* By a key that is there, or by a request whose key is still to be made. */
static kf_err label_taken(kf_flow *flow, bool *ret_taken) {
    const kf_request *request = &flow->request;
    KF_TRY(kf_session_label_taken(flow->session, request->container, ret_taken));
    if (*ret_taken)
        return KF_OK;
    return kf_journal_knows_label(flow->context, request->token_uri, request->container, ret_taken);
}

kf_err kf_flow_check_container(kf_flow *flow, bool given) {
    kf_request *request = &flow->request;
    KF_AUTO_FREE char *base = strdup(request->container);
    for (int n = 2; n < 1000 && base; n++) {
        bool taken = false;
        KF_TRY(label_taken(flow, &taken));
        if (!taken)
            return KF_OK;
        if (given)
            break;
        KF_AUTO_FREE char *next = kf_str("%s-%d", base, n);
        KF_TRY(kf_request_set(&request->container, next));
    }
    kf_fail(KF_E_EXISTS, "the token \"%s\" or an open request already has a container \"%s\"",
            request->token_label, request->container);
    kf_error_hint(
        "Choose another name with --container; `keyfob container list` shows what is there.");
    return KF_E_EXISTS;
}

// SPDX-License-Identifier: Apache-2.0
// What a domain's validation wants published, or which mail must be answered: from CertCentral's
// answer to members for a page and a sentence for a person.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

#define CNAME_TARGET "dcv.digicert.com"

static kf_err publish_record(const char *type, const char *name, const char *value,
                             const char *token, json_t **ret_publish) {
    *ret_publish = json_pack("{s:s, s:s, s:s, s:s}", "record_type", type, "record_name", name,
                             "record_value", value, "token", token);
    return kf_json_ready(*ret_publish);
}

static kf_err publish_cname(const char *domain, const char *token, const char *target,
                            json_t **ret_publish) {
    KF_AUTO_FREE char *name = kf_str("%s.%s", token, domain);
    if (!name)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return publish_record("CNAME", name, *target ? target : CNAME_TARGET, token, ret_publish);
}

static kf_err publish_file(const char *domain, const char *token, const char *url,
                           json_t **ret_publish) {
    KF_AUTO_FREE char *standing =
        kf_str("http://%s/.well-known/pki-validation/fileauth.txt", domain);
    if (!standing)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_publish = json_pack("{s:s, s:s, s:s}", "url", *url ? url : standing, "content", token,
                             "token", token);
    return kf_json_ready(*ret_publish);
}

static kf_err add_addresses(const json_t *list, json_t *addresses) {
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++)
        if (json_is_string(json_array_get(list, i)))
            KF_TRY(kf_json_append(addresses, json_incref(json_array_get(list, i))));
    return KF_OK;
}

static kf_err publish_mail(const json_t *answer, json_t **ret_publish) {
    const json_t *emails = json_object_get(answer, "validation_emails");
    KF_AUTO_PTR(json_t) addresses = json_array();
    const json_t *several = json_is_array(emails) ? emails : NULL;
    KF_TRY(add_addresses(json_object_get(emails, "base_emails"), addresses));
    KF_TRY(add_addresses(json_object_get(emails, "whois_emails"), addresses));
    for (size_t i = 0; i < json_array_size(several) && i < KF_DC_LIST_MAX; i++) {
        KF_TRY(
            add_addresses(json_object_get(json_array_get(several, i), "base_emails"), addresses));
        KF_TRY(
            add_addresses(json_object_get(json_array_get(several, i), "whois_emails"), addresses));
    }
    *ret_publish = json_pack("{s:O}", "emails", addresses);
    return kf_json_ready(*ret_publish);
}

kf_err kf_dc_publish(const char *domain, const char *method, const json_t *answer,
                     json_t **ret_publish) {
    const json_t *dcv = json_object_get(answer, "dcv_token");
    const char *token = kf_dc_text(dcv, "token");
    if (strcmp(method, "email") == 0)
        return publish_mail(answer, ret_publish);
    if (!*token)
        return kf_fail(KF_E_CA_ANSWER, "CertCentral gave no token for the domain \"%s\"", domain);
    if (strcmp(method, "http-token") == 0)
        return publish_file(domain, token, kf_dc_text(dcv, "http_token_url"), ret_publish);
    if (strcmp(method, "dns-cname-token") == 0)
        return publish_cname(domain, token, kf_dc_text(dcv, "verification_value"), ret_publish);
    return publish_record("TXT", domain, token, token, ret_publish);
}

static kf_err say_mail(const json_t *emails, kf_buf *text) {
    KF_TRY(kf_buf_add_str(text, "click the link in DigiCert's e-mail to "));
    if (!json_array_size(emails))
        return kf_buf_add_str(text, "the domain's owner");
    for (size_t i = 0; i < json_array_size(emails); i++)
        KF_TRY(kf_buf_printf(text, "%s%s", i ? " or " : "",
                             json_string_value(json_array_get(emails, i))));
    return KF_OK;
}

kf_err kf_dc_publish_say(const json_t *publish, kf_buf *text) {
    const char *type = kf_dc_text(publish, "record_type");
    if (json_object_get(publish, "emails"))
        return say_mail(json_object_get(publish, "emails"), text);
    if (*type)
        return kf_buf_printf(text, "publish the %s record \"%s\" with the value \"%s\"", type,
                             kf_dc_text(publish, "record_name"),
                             kf_dc_text(publish, "record_value"));
    return kf_buf_printf(text, "publish a file at %s with the content \"%s\"",
                         kf_dc_text(publish, "url"), kf_dc_text(publish, "content"));
}

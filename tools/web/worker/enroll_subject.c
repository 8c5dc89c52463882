// SPDX-License-Identifier: Apache-2.0
// Whose certificate it is: a form drawn from the profile, and the names made of its answers.
#include <string.h>

#include "base/text.h"
#include "web/worker/enrolling.h"

/* The parts of a subject in the order in which a person fills them in. `place` is that in the
 * text (RFC 4514), the most specific first; `base`: asked for when the profile does not say. */
static const struct part {
    const char *name, *title, *check, *help;
    int max, place;
    bool base;
} parts[] = {
    {"CN", "Common name", NULL, NULL, 64, 0, true},
    {"SN", "Surname", NULL, NULL, 64, 1, false},
    {"GN", "Given name", NULL, NULL, 64, 2, false},
    {"O", "Organization", NULL, NULL, 64, 21, true},
    {"OU", "Unit", NULL, NULL, 64, 20, true},
    {"title", "Position", NULL, NULL, 64, 3, false},
    {"STREET", "Street", NULL, NULL, 128, 16, false},
    {"postalCode", "Postal code", NULL, NULL, 40, 17, false},
    {"L", "City", NULL, NULL, 128, 18, true},
    {"ST", "State or region", NULL, NULL, 128, 19, false},
    {"C", "Country", "country", "Two letters, such as DE", 2, 22, true},
    {"emailAddress", "E-mail in the subject", "email", NULL, 255, 4, false},
    {"serialNumber", "Serial number of the owner", NULL, NULL, 64, 5, false},
    {"UID", "User ID", NULL, NULL, 256, 6, false},
    {"pseudonym", "Pseudonym", NULL, NULL, 128, 7, false},
    {"businessCategory", "Business category", NULL, NULL, 128, 8, false},
    {"organizationIdentifier", "Organization identifier", NULL, NULL, 256, 9, false},
    {"INN", "INN", "inn", "12 digits", 12, 10, false},
    {"INNLE", "INN of the organization", "inn", "10 digits", 10, 11, false},
    {"SNILS", "SNILS", "snils", "11 digits", 11, 12, false},
    {"OGRN", "OGRN", "ogrn", "13 digits", 13, 13, false},
    {"OGRNIP", "OGRNIP", "ogrnip", "15 digits", 15, 14, false},
    {"DC", "Domain component", NULL, NULL, 63, 15, false},
};

/* The other names; the profile knows them by these words. */
static const struct other {
    const char *name, *title, *kind, *check, *help;
    enum kf_san_kind san;
} others[] = {
    {"email", "E-mail", "text", "email", NULL, KF_SAN_EMAIL},
    {"dns", "DNS names", "list", NULL, "Such as www.example.org", KF_SAN_DNS},
    {"ip", "IP addresses", "list", NULL, NULL, KF_SAN_IP},
    {"uri", "URIs", "list", NULL, NULL, KF_SAN_URI},
    {"upn", "User principal name", "text", NULL, "Such as anna@corp.example.org", KF_SAN_UPN},
    {"kerberos", "Kerberos name", "text", NULL, "Such as anna@EXAMPLE.ORG", KF_SAN_KERBEROS},
    {"sid", "Windows security identifier", "text", NULL, "Such as S-1-5-21-...", KF_SAN_SID},
    {"other", "Other names", "list", NULL, "OID;UTF8:text or OID;DER:hex", KF_SAN_OTHER},
};

#define GROUP_OWNER "Owner"
#define GROUP_NAMES "Other names"
#define UNUSUAL     "unusual" /* a field that is allowed and not asked for */

void enroll_names_clear(enroll_names *names) {
    kf_buf_clear(&names->subject);
    json_decref(names->values);
    names->values = NULL;
    names->count = 0;
}

/* --- what the profile says --- */

static const char *rule_of_part(const json_t *document, const char *name) {
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(document, "subject"), i, rule) {
        if (strcmp(document_text(rule, "name"), name) == 0)
            return document_text(rule, "rule");
    }
    return "";
}

static bool array_has(const json_t *list, const char *name) {
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
            return true;
    }
    return false;
}

static bool is_allowed(const json_t *document, const struct part *part) {
    const json_t *allowed = json_object_get(document, "subject_allowed");
    const char *rule = rule_of_part(document, part->name);
    if (*rule)
        return strcmp(rule, "no") != 0;
    return json_array_size(allowed) == 0 || array_has(allowed, part->name);
}

/* With a list of what is allowed all of that is asked for; without one the usual parts. */
static bool is_asked(const json_t *document, const struct part *part) {
    bool listed = json_array_size(json_object_get(document, "subject_allowed")) ||
                  *rule_of_part(document, part->name);
    return is_allowed(document, part) && (listed || part->base);
}

static const char *rule_of_other(const json_t *document, const char *name) {
    return document_text(json_object_get(document, "names"), name);
}

static bool names_are_required(const json_t *document) {
    for (size_t i = 0; i < KF_COUNT(others); i++)
        if (strcmp(rule_of_other(document, others[i].name), "required") == 0)
            return true;
    return false;
}

static bool is_for_servers(const json_t *document) {
    size_t i;
    json_t *usage;
    json_array_foreach(json_object_get(document, "extended_key_usage"), i, usage) {
        if (strcmp(document_text(usage, "name"), "serverAuth") == 0)
            return true;
    }
    return false;
}

/* A certificate without any name helps nobody. Another name, or a CA that knows it, is as good. */
static bool is_required(const json_t *document, const struct kf_connector *connector,
                        const struct part *part) {
    bool common = strcmp(part->name, "CN") == 0;
    if (strcmp(rule_of_part(document, part->name), "required") == 0)
        return true;
    return common && !connector->prepare && !names_are_required(document) &&
           !is_for_servers(document);
}

/* --- the form --- */

static json_t *part_field(const struct part *part, bool required) {
    json_t *field =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:b}", "name", part->name, "title", part->title,
                  "kind", "text", "max", part->max, "group", GROUP_OWNER, "required", required);
    if (field && part->check)
        json_object_set_new(field, "check", json_string(part->check));
    if (field && part->help)
        json_object_set_new(field, "help", json_string(part->help));
    return field;
}

static json_t *other_field(const struct other *other, bool required) {
    json_t *field =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", other->name, "title", other->title, "kind",
                  other->kind, "group", GROUP_NAMES, "required", required);
    if (field && other->check)
        json_object_set_new(field, "check", json_string(other->check));
    if (field && other->help)
        json_object_set_new(field, "help", json_string(other->help));
    return field;
}

/* Whatever the profile allows; what is not usual is marked, for drop_unusual(). */
static json_t *allowed_fields(const json_t *document, const struct kf_connector *connector) {
    json_t *fields = json_array();
    for (size_t i = 0; i < KF_COUNT(parts); i++) {
        bool required = is_required(document, connector, &parts[i]);
        json_t *field = is_allowed(document, &parts[i]) ? part_field(&parts[i], required) : NULL;
        if (field && !is_asked(document, &parts[i]))
            json_object_set_new(field, UNUSUAL, json_true());
        json_array_append_new(fields, field);
    }
    for (size_t i = 0; i < KF_COUNT(others); i++) {
        const char *rule = rule_of_other(document, others[i].name);
        bool required = strcmp(rule, "required") == 0, allowed = *rule && strcmp(rule, "no") != 0;
        json_t *field = allowed ? other_field(&others[i], required) : NULL;
        if (field && others[i].san == KF_SAN_OTHER && !required)
            json_object_set_new(field, UNUSUAL, json_true());
        json_array_append_new(fields, field);
    }
    return fields;
}

kf_err enroll_subject_form(const json_t *document, const struct kf_connector *connector,
                           json_t **ret_form) {
    json_t *fields =
        connector->form_has_subject ? json_array() : allowed_fields(document, connector);
    return work_result(json_pack("{s:s, s:s, s:o}", "schema", "keyfob.form/1", "title",
                                 "Owner details", "fields", fields),
                       ret_form);
}

void enroll_subject_drop_unusual(json_t *form) {
    json_t *fields = json_object_get(form, "fields");
    for (size_t i = json_array_size(fields); i > 0; i--) {
        json_t *field = json_array_get(fields, i - 1);
        bool unusual = json_is_true(json_object_get(field, UNUSUAL));
        if (unusual && !json_object_get(field, "value"))
            json_array_remove(fields, i - 1);
        else
            json_object_del(field, UNUSUAL);
    }
}

/* --- an older request --- */

static void add_value(json_t *form, const char *name, const char *value) {
    json_t *field = (json_t *)(uintptr_t)form_field(form, name);
    json_t *before = json_object_get(field, "value");
    bool list = strcmp(document_text(field, "kind"), "list") == 0;
    if (!field)
        return;
    if (!list && !before) {
        json_object_set_new(field, "value", json_string(value));
        return;
    }
    if (!json_is_array(before)) { /* several e-mail addresses: a list as well */
        json_t *values = before ? json_pack("[O]", before) : json_array();
        json_object_set_new(field, "kind", json_string("list"));
        json_object_set_new(field, "value", values);
    }
    json_array_append_new(json_object_get(field, "value"), json_string(value));
}

kf_err enroll_subject_prefill(json_t *form, const json_t *request) {
    KF_AUTO_PTR(json_t) subject = NULL;
    size_t i;
    json_t *item;
    KF_TRY(kf_subject_json(document_text(request, "subject_text"), &subject));
    json_array_foreach(subject, i, item) {
        add_value(form, document_text(item, "name"), document_text(item, "value"));
    }
    json_array_foreach(json_object_get(request, "alternative_names"), i, item) {
        add_value(form, document_text(item, "kind"), document_text(item, "value"));
    }
    return KF_OK;
}

/* --- names --- */

/* RFC 4514, 2.4. */
static kf_err add_escaped(kf_buf *subject, const char *text) {
    for (const char *at = text; *at; at++) {
        bool edge = (at == text && (*at == ' ' || *at == '#')) || (*at == ' ' && !at[1]);
        if (edge || strchr(",+\"\\<>;=", *at))
            KF_TRY(kf_buf_add_str(subject, "\\"));
        KF_TRY(kf_buf_add(subject, at, 1));
    }
    return KF_OK;
}

static kf_err add_part(const struct part *part, const json_t *values, kf_buf *subject) {
    const char *value = document_text(values, part->name);
    if (!*value)
        return KF_OK;
    KF_TRY(kf_buf_printf(subject, "%s%s=", subject->len ? "," : "", part->name));
    return add_escaped(subject, value);
}

kf_err enroll_subject_text(const json_t *values, kf_buf *subject) {
    for (int place = 0; place < (int)KF_COUNT(parts); place++)
        for (size_t i = 0; i < KF_COUNT(parts); i++)
            if (parts[i].place == place)
                KF_TRY(add_part(&parts[i], values, subject));
    return KF_OK;
}

static kf_err add_name(enroll_names *names, enum kf_san_kind kind, const json_t *value) {
    const char *text = json_string_value(value);
    if (!text || !*text)
        return KF_OK;
    if (names->count == KF_SAN_MAX)
        return kf_fail(KF_E_USAGE, "there are more than %d names", KF_SAN_MAX);
    names->sans[names->count++] = (struct kf_san){.kind = kind, .value = text};
    return KF_OK;
}

static kf_err make_names(enroll_names *names) {
    for (size_t i = 0; i < KF_COUNT(others); i++) {
        const json_t *value = json_object_get(names->values, others[i].name);
        size_t at;
        json_t *item;
        if (!json_is_array(value))
            KF_TRY(add_name(names, others[i].san, value));
        json_array_foreach(value, at, item) {
            KF_TRY(add_name(names, others[i].san, item));
        }
    }
    return KF_OK;
}

/* --- what is wrong with which --- */

struct check {
    struct work *work;
    const json_t *form;
    struct kf_error_saved first;
};

/* Each by itself, so that the field can be named. */
static void check_one(struct check *check, const char *field, const struct kf_csr_spec *spec) {
    kf_err code = kf_csr_spec_check(spec);
    KF_AUTO_FREE char *text = NULL;
    if (code == KF_OK)
        return;
    text = kf_str("cannot be used: %s", kf_error_sentence(code));
    if (check->first.code == KF_OK)
        kf_error_save(&check->first);
    work_problem(check->work, field, document_text(form_field(check->form, field), "title"),
                 text ? text : "cannot be used");
}

static const char *word_of(enum kf_san_kind kind) {
    for (size_t i = 0; i < KF_COUNT(others); i++)
        if (others[i].san == kind)
            return others[i].name;
    return "";
}

static kf_err check_each(struct work *work, const json_t *form, const enroll_names *names) {
    struct check check = {.work = work, .form = form};
    for (size_t i = 0; i < KF_COUNT(parts); i++) {
        KF_AUTO(kf_buf) alone = {0};
        KF_TRY(add_part(&parts[i], names->values, &alone));
        if (alone.len)
            check_one(&check, parts[i].name, &(struct kf_csr_spec){.subject = kf_buf_str(&alone)});
    }
    for (size_t i = 0; i < names->count; i++)
        check_one(
            &check, word_of(names->sans[i].kind),
            &(struct kf_csr_spec){.subject = "CN=any", .sans = &names->sans[i], .san_count = 1});
    if (check.first.code != KF_OK)
        kf_error_restore(&check.first);
    return check.first.code;
}

/* A list may come where one text is asked for, as an older request had several. */
static kf_err accept_lists(const json_t *form, const json_t *given, json_t **ret_form) {
    KF_AUTO_PTR(json_t) copy = json_deep_copy(form);
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(copy, "fields"), i, field) {
        if (json_is_array(json_object_get(given, document_text(field, "name"))))
            json_object_set_new(field, "kind", json_string("list"));
        json_object_del(field, "value"); /* what was offered and not taken is not meant */
    }
    return work_result(KF_MOVE(copy), ret_form);
}

static kf_err refuse_unknown(struct work *work, const json_t *form, const json_t *given) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)given, name, value) {
        if (form_field(form, name))
            continue;
        work_problem(work, name, name, "is not among the owner's details of this profile");
        return kf_fail(KF_E_USAGE, "\"%s\" is not among the owner's details of this profile", name);
    }
    return KF_OK;
}

kf_err enroll_names_read(struct work *work, const json_t *form, const json_t *given,
                         enroll_names *ret_names) {
    KF_AUTO_PTR(json_t) wanted = NULL;
    KF_TRY(refuse_unknown(work, form, given));
    KF_TRY(accept_lists(form, given, &wanted));
    KF_TRY(work_check_form(work, wanted, given, &ret_names->values));
    KF_TRY(enroll_subject_text(ret_names->values, &ret_names->subject));
    KF_TRY(make_names(ret_names));
    return check_each(work, form, ret_names);
}

// SPDX-License-Identifier: Apache-2.0
// How values of the library's documents are shown to a person.
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "output.h"

static const json_t *member(const json_t *document, const char *path, size_t len) {
    while (document && len > 0) {
        size_t part = strcspn(path, ".|");
        if (part > len)
            part = len;
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)part, path);
        document = json_object_get(document, key);
        part += part < len;
        path += part;
        len -= part;
    }
    return document;
}

const json_t *json_at(const json_t *document, const char *path) {
    while (*path) {
        size_t len = strcspn(path, "|");
        const json_t *found = member(document, path, len);
        if (found && !json_is_null(found))
            return found;
        path += len;
        path += *path == '|';
    }
    return NULL;
}

const char *json_text(const json_t *document, const char *path) {
    const char *text = json_string_value(json_at(document, path));
    return text ? text : "";
}

static kf_err add_escaped(kf_buf *out, const char *text) {
    return kf_text_escape(out, text, strlen(text));
}

kf_err format_text(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    if (json_is_string(value))
        return add_escaped(out, json_string_value(value));
    if (json_is_integer(value))
        return kf_buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_boolean(value))
        return kf_buf_add_str(out, json_is_true(value) ? "yes" : "no");
    return KF_OK;
}

/* What is too long for a table, and is on the card of each. */
kf_err format_for_programs(const struct run *run, const json_t *row, const json_t *value,
                           kf_buf *out) {
    return run->term.out ? KF_OK : format_text(run, row, value, out);
}

kf_err format_bool(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    return json_is_true(value) ? kf_buf_add_str(out, "yes") : KF_OK;
}

/* Seconds since the epoch from a number or an RFC 3339 text; false when there is no time. */
static bool time_of(const json_t *value, time_t *ret_time) {
    struct tm parts = {0};
    if (json_is_integer(value)) {
        *ret_time = (time_t)json_integer_value(value);
        return *ret_time > 0;
    }
    const char *text = json_string_value(value);
    if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &parts))
        return false;
    *ret_time = timegm(&parts);
    return true;
}

static kf_err add_time(const struct run *run, const json_t *row, const json_t *value, bool clock,
                       kf_buf *out) {
    time_t when;
    char text[32];
    if (!time_of(value, &when))
        return format_text(run, row, value, out);
    if (!run->term.out) {
        kf_time_text(when, text);
        return kf_buf_add_str(out, text);
    }
    struct tm local;
    localtime_r(&when, &local);
    strftime(text, sizeof text, "%Y-%m-%d", &local);
    if (clock)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return kf_buf_add_str(out, text);
}

/* A day for a person; the whole time where a program reads. */
kf_err format_date(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    return add_time(run, row, value, false, out);
}

/* Day and time, where several things happen on a day. */
kf_err format_time(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    return add_time(run, row, value, true, out);
}

/* Whether a check went well. */
kf_err format_result(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    bool good = json_is_true(value);
    if (!run->term.out)
        return kf_buf_add_str(out, good ? "ok" : "failed");
    return kf_buf_printf(out, "%s %s", term_mark(&run->term, good ? MARK_DONE : MARK_FAILED),
                         good ? "ok" : "failed");
}

/* "2 min ago", "in 3 h"; the time itself where a program reads. */
kf_err format_when(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}};
    time_t when;
    if (!run->term.out || !time_of(value, &when))
        return format_date(run, row, value, out);
    int64_t away = (int64_t)when - time(NULL);
    int64_t size = away < 0 ? -away : away;
    for (size_t i = 0; i < KF_COUNT(units); i++)
        if (size >= units[i].seconds)
            return kf_buf_printf(out, "%s%" PRId64 " %s%s", away > 0 ? "in " : "",
                                 size / units[i].seconds, units[i].unit, away > 0 ? "" : " ago");
    return kf_buf_add_str(out, away > 0 ? "soon" : "just now");
}

/* "0914 3328", as it is printed on tokens. */
kf_err format_serial(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    const char *text = json_string_value(value);
    if (!text || strlen(text) != 8 || !run->term.out)
        return format_text(run, row, value, out);
    KF_TRY(kf_text_escape(out, text, 4));
    KF_TRY(kf_buf_add_str(out, " "));
    return add_escaped(out, text + 4);
}

/* Enough to tell apart in a table; cards show all of it with colons. */
kf_err format_fingerprint(const struct run *run, const json_t *row, const json_t *value,
                          kf_buf *out) {
    KF_AUTO(kf_buf) bytes = {0};
    const char *text = json_string_value(value);
    if (!text || !run->term.out || kf_unhex(text, &bytes) != KF_OK)
        return format_text(run, row, value, out);
    return kf_hex(out, bytes.data, bytes.len, ':');
}

/* Keys come as a word, or as {type, title}; a person reads the title. */
kf_err format_key(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    if (json_is_object(value))
        return add_escaped(out, json_text(value, run->term.out ? "title" : "type|title"));
    enum kf_key_type type = KF_KEY_NONE;
    const char *word = json_string_value(value);
    if (word && run->term.out && kf_key_type_parse(word, &type) == KF_OK)
        return kf_buf_add_str(out, kf_key_type_title(type));
    return format_text(run, row, value, out);
}

/* The name that a list's member goes by. */
static const char *member_text(const json_t *value) {
    return json_is_string(value) ? json_string_value(value)
                                 : json_text(value, "text|title|name|value|oid|type");
}

kf_err format_list(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    size_t i;
    json_t *item;
    if (!json_is_array(value))
        return format_text(run, row, value, out);
    json_array_foreach(value, i, item) {
        KF_TRY(kf_buf_add_str(out, i ? ", " : ""));
        KF_TRY(add_escaped(out, member_text(item)));
    }
    return KF_OK;
}

/* Alternative names: "email:anna@example.org, dns:host" */
kf_err format_names(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item) {
        const char *kind = json_text(item, "kind|type");
        KF_TRY(kf_buf_add_str(out, i ? ", " : ""));
        KF_TRY(add_escaped(out, kind));
        KF_TRY(kf_buf_add_str(out, *kind ? ":" : ""));
        KF_TRY(add_escaped(out, member_text(item)));
    }
    return KF_OK;
}

/* Words for states, with the mark that people know them by. */
static const struct {
    const char *word, *shown;
    enum mark mark;
} states[] = {
    {"draft", "not sent yet", MARK_BUSY},
    {"key", "not sent yet", MARK_BUSY},
    {"csr", "not sent yet", MARK_BUSY},
    {"submitting", "sending", MARK_BUSY},
    {"waiting", "processing", MARK_WAIT},
    {"issued", "issued, to install", MARK_READY},
    {"verified", "issued, to install", MARK_READY},
    {"written", "issued, to finish", MARK_READY},
    {"done", "installed", MARK_DONE},
    {"rejected", "rejected", MARK_FAILED},
    {"failed", "failed", MARK_FAILED},
    {"withdrawn", "withdrawn", MARK_FAILED},
    {"revoked", "revoked", MARK_FAILED},
    {"quarantined", "quarantined", MARK_NOTE},
    {"needs-operator", "needs a person", MARK_NOTE},
    {"valid", "valid", MARK_DONE},
    {"expires_soon", "expires soon", MARK_NOTE},
    {"expired", "expired", MARK_FAILED},
    {"not_yet_valid", "not valid yet", MARK_NOTE},
    {"superseded", "replaced", MARK_NONE},
    {"ready", "to order", MARK_BUSY},
    {"ordered", "ordered", MARK_WAIT},
    {"parked", "parked", MARK_FAILED},
    {"skipped", "empty", MARK_NONE},
    {"ok", "ok", MARK_DONE},
    {"low", "few tries are left", MARK_NOTE},
    {"last", "last try", MARK_NOTE},
    {"locked", "blocked", MARK_FAILED},
    {"none", "none", MARK_NONE},
    {"error", "error", MARK_FAILED},
    {"warning", "warning", MARK_NOTE},
    {"note", "note", MARK_NONE},
};

/* The word itself where a program reads. */
kf_err format_state(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    const char *word = json_string_value(value);
    if (!word || !run->term.out)
        return format_text(run, row, value, out);
    for (size_t i = 0; i < KF_COUNT(states); i++)
        if (strcmp(states[i].word, word) == 0) {
            const char *mark = term_mark(&run->term, states[i].mark);
            return kf_buf_printf(out, "%s%s%s", mark, *mark ? " " : "", states[i].shown);
        }
    return add_escaped(out, word);
}

/* The flag of a software container says only that the last one was wrong: ten block it. */
kf_err format_password(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    const char *word = json_string_value(value);
    if (!run->term.out || !word || strcmp(word, "low") != 0)
        return format_state(run, row, value, out);
    return kf_buf_printf(out, "%s the last one was wrong", term_mark(&run->term, MARK_NOTE));
}

/* What is to be known of a token at a glance: blank, without a PIN, or how the tries stand. */
kf_err format_token(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    if (!json_is_true(value))
        return kf_buf_add_str(out, run->term.out ? "new, not initialised" : "blank");
    if (!json_is_true(json_at(row, "pin.set")))
        return kf_buf_add_str(out, run->term.out ? "no PIN yet" : "no-pin");
    if (run->term.out && strcmp(json_text(row, "pin.tries"), "ok") == 0)
        return kf_buf_printf(out, "%s ready", term_mark(&run->term, MARK_DONE));
    const char *medium = json_text(row, "medium");
    bool software = *medium && strcmp(medium, "token") != 0;
    return (software ? format_password : format_state)(run, row, json_at(row, "pin.tries"), out);
}

/* "url=https://ca.example.org, user=anna" */
kf_err format_pairs(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    const char *key;
    json_t *item;
    bool first = true;
    json_object_foreach((json_t *)value, key, item) {
        KF_TRY(kf_buf_printf(out, "%s%s=", first ? "" : ", ", key));
        KF_TRY(format_list(run, row, item, out));
        first = false;
    }
    return KF_OK;
}

kf_err format_anchors(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item) {
        KF_TRY(kf_buf_add_str(out, i ? ", " : ""));
        KF_TRY(add_escaped(out, json_text(item, "subject_text")));
        KF_TRY(kf_buf_printf(out, " (%.16s...)", json_text(item, "fingerprint_sha256")));
    }
    return KF_OK;
}

/* A request that cannot be asked about shows that first: its state may be stale. */
kf_err format_request(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    bool problem = strcmp(json_text(row, "mark"), "problem") == 0;
    if (!problem || !run->term.out)
        return format_state(run, row, value, out);
    return kf_buf_printf(out, "%s connection problem", term_mark(&run->term, MARK_NOTE));
}

/* A profile's rules: "CN (required), O (optional)" */
kf_err format_rules(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item) {
        KF_TRY(kf_buf_printf(out, "%s%s (%s)", i ? ", " : "", json_text(item, "name"),
                             json_text(item, "rule")));
    }
    return KF_OK;
}

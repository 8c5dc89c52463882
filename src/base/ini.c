// SPDX-License-Identifier: Apache-2.0
// Small configuration files: one pass over a copy of the text, in which the entries point.
#include "base/ini.h"

#include <string.h>

#include "base/text.h"

struct kf_ini {
    char *text;
    struct kf_ini_entry *entries;
    size_t count, capacity;
};

struct reader {
    kf_ini *ini;
    const char *name, *section;
    kf_err code;
    int line;
};

static kf_err bad_line(const struct reader *reader, const char *why) {
    return kf_fail(reader->code, "%s:%d: %s", reader->name, reader->line, why);
}

static kf_err add_entry(struct reader *reader, const char *key, const char *value) {
    kf_ini *ini = reader->ini;
    if (ini->count == ini->capacity) {
        size_t capacity = ini->capacity ? 2 * ini->capacity : 16;
        struct kf_ini_entry *entries = realloc(ini->entries, capacity * sizeof *entries);
        if (!entries)
            return kf_fail(KF_E_MEMORY, "out of memory reading \"%s\"", reader->name);
        ini->entries = entries;
        ini->capacity = capacity;
    }
    ini->entries[ini->count++] = (struct kf_ini_entry){
        .section = reader->section, .key = key, .value = value, .line = reader->line};
    return KF_OK;
}

/* "..." with \" and \\ in it, in place. */
static kf_err unquote(const struct reader *reader, char *value) {
    char *to = value;
    const char *from = value + 1;
    for (; *from && *from != '"'; from++) {
        if (*from == '\\' && *++from != '"' && *from != '\\')
            return bad_line(reader, "only \\\" and \\\\ may follow a backslash in a quoted value");
        *to++ = *from;
    }
    if (*from != '"')
        return bad_line(reader, "the quoted value has no closing quote");
    if (from[1])
        return bad_line(reader, "there is something after the closing quote");
    *to = '\0';
    return KF_OK;
}

static kf_err read_section(struct reader *reader, char *line) {
    size_t len = strlen(line);
    if (line[len - 1] != ']')
        return bad_line(reader, "the section has no closing \"]\"");
    line[len - 1] = '\0';
    reader->section = kf_str_trim(line + 1);
    return *reader->section ? KF_OK : bad_line(reader, "the section has no name");
}

static kf_err read_line(struct reader *reader, char *line) {
    line = kf_str_trim(line);
    if (*line == '\0' || *line == '#' || *line == ';')
        return KF_OK;
    if (*line == '[')
        return read_section(reader, line);
    char *equals = strchr(line, '=');
    if (!equals)
        return bad_line(reader, "there is no \"=\"");
    *equals = '\0';
    const char *key = kf_str_trim(line);
    if (!*key)
        return bad_line(reader, "there is no name before \"=\"");
    char *value = kf_str_trim(equals + 1);
    if (*value == '"')
        KF_TRY(unquote(reader, value));
    return add_entry(reader, key, value);
}

static kf_err read_lines(struct reader *reader, size_t len) {
    char *end = reader->ini->text + len;
    for (char *line = reader->ini->text, *next; line < end; line = next) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        next = newline ? newline + 1 : end;
        size_t here = (size_t)(next - line);
        reader->line++;
        if (memchr(line, '\0', here))
            return bad_line(reader, "there is a NUL byte");
        if (!kf_utf8_valid(line, here))
            return bad_line(reader, "the text is not UTF-8");
        if (newline)
            *newline = '\0';
        KF_TRY(read_line(reader, line));
    }
    return KF_OK;
}

kf_err kf_ini_parse(const char *text, size_t len, const char *name, kf_err code, kf_ini **ret_ini) {
    if (len > KF_INI_FILE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "\"%s\" has more than %zu bytes", name, KF_INI_FILE_MAX);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* the byte order mark that some editors write */
        len -= 3;
    }
    KF_AUTO_PTR(kf_ini) ini = calloc(1, sizeof *ini);
    if (!ini || !(ini->text = malloc(len + 1)))
        return kf_fail(KF_E_MEMORY, "out of memory reading \"%s\"", name);
    if (len)
        memcpy(ini->text, text, len);
    ini->text[len] = '\0';
    struct reader reader = {.ini = ini, .name = name, .section = "", .code = code};
    KF_TRY(read_lines(&reader, len));
    *ret_ini = KF_MOVE(ini);
    return KF_OK;
}

void kf_ini_free(kf_ini *ini) {
    if (!ini)
        return;
    free(ini->entries);
    free(ini->text);
    free(ini);
}

const char *kf_ini_get(const kf_ini *ini, const char *section, const char *key) {
    for (size_t i = ini->count; i-- > 0;)
        if (kf_str_equal(ini->entries[i].section, section) &&
            kf_str_equal(ini->entries[i].key, key))
            return ini->entries[i].value;
    return NULL;
}

size_t kf_ini_count(const kf_ini *ini) {
    return ini->count;
}

const struct kf_ini_entry *kf_ini_at(const kf_ini *ini, size_t index) {
    return index < ini->count ? &ini->entries[index] : NULL;
}

// SPDX-License-Identifier: Apache-2.0
// A document of a CA, whatever is in it: each member a line.
#include "document_view.h"

#include <string.h>

static kf_err format_members(const struct run *run, const json_t *object, kf_buf *out) {
    const char *key;
    json_t *item;
    bool first = true;
    json_object_foreach((json_t *)(uintptr_t)object, key, item) {
        KF_AUTO(kf_buf) text = {0};
        KF_TRY(format_any(run, object, item, &text));
        if (text.len == 0)
            continue;
        KF_TRY(kf_buf_add_str(out, first ? "" : ", "));
        KF_TRY(kf_text_escape(out, key, strlen(key)));
        KF_TRY(kf_buf_printf(out, "=%s", kf_buf_str(&text)));
        first = false;
    }
    return KF_OK;
}

static kf_err format_items(const struct run *run, const json_t *array, kf_buf *out) {
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item) {
        KF_TRY(kf_buf_add_str(out, i ? (json_is_object(item) ? "; " : ", ") : ""));
        KF_TRY(format_any(run, array, item, out));
    }
    return KF_OK;
}

kf_err format_any(const struct run *run, const json_t *row, const json_t *value, kf_buf *out) {
    if (json_is_object(value))
        return format_members(run, value, out);
    if (json_is_array(value))
        return format_items(run, value, out);
    return format_text(run, row, value, out);
}

/* "common_name" as "Common name" */
static void title_of(const char *key, char ret_title[static 64]) {
    kf_text_escape_into(ret_title, 64, key, strlen(key));
    for (char *at = ret_title; *at; at++)
        if (*at == '_')
            *at = ' ';
    if (ret_title[0] >= 'a' && ret_title[0] <= 'z')
        ret_title[0] = (char)(ret_title[0] - 'a' + 'A');
}

struct member {
    char title[64], path[72];
};

kf_err document_show(struct run *run, const json_t *object, const char *but) {
    size_t count = 0, room = json_object_size(object);
    KF_AUTO_FREE struct member *members = calloc(room ? room : 1, sizeof *members);
    KF_AUTO_FREE struct column *columns = calloc(room ? room : 1, sizeof *columns);
    const char *key;
    json_t *value;
    if (!members || !columns)
        return kf_fail(KF_E_MEMORY, "out of memory for a document");
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        bool simple = strlen(key) < 64 && !strpbrk(key, ".|");
        if (!simple || (but && strcmp(key, but) == 0) || strcmp(key, "schema") == 0)
            continue;
        title_of(key, members[count].title);
        snprintf(members[count].path, sizeof members[count].path, "%s", key);
        columns[count] = (struct column){members[count].title, members[count].path, format_any};
        count++;
    }
    return out_card(run, object, columns, count);
}

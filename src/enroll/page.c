// SPDX-License-Identifier: Apache-2.0
// The list of requests by pages: found in the journal's narrow table, so that ten thousand of them
// cost milliseconds.
#include <jansson.h>
#include <locale.h>
#include <string.h>
#include <wctype.h>

#include "base/text.h"
#include "enroll/journal_row.h"
#include "x509/json.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000
#define SEARCH_MAX    256

typedef struct search {
    locale_t locale; /* for lower case; 0 when the system has none: then that of ASCII */
    kf_buf words;    /* what is looked for, folded, each ended by a NUL */
} search;

static void search_clear(search *done) {
    if (done->locale)
        freelocale(done->locale);
    kf_buf_clear(&done->words);
}

/* --- words in any case --- */

/* One character of valid UTF-8. */
static uint32_t take_character(const unsigned char **at) {
    static const unsigned char bits[] = {0x7f, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *c = *at;
    size_t len = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
    uint32_t value = *c & bits[len];
    for (size_t i = 1; i < len; i++)
        value = value << 6 | (c[i] & 0x3f);
    *at += len;
    return value;
}

static size_t put_character(uint32_t value, unsigned char ret_bytes[static 4]) {
    if (value < 0x80) {
        ret_bytes[0] = (unsigned char)value;
        return 1;
    }
    size_t len = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, value >>= 6)
        ret_bytes[i] = (unsigned char)(0x80 | (value & 0x3f));
    ret_bytes[0] = (unsigned char)((0xf00 >> len & 0xff) | value);
    return len;
}

static kf_err fold(const search *wanted, const char *text, kf_buf *ret_text) {
    const unsigned char *at = (const unsigned char *)text;
    ret_text->len = 0;
    if (!kf_utf8_valid(text, strlen(text)))
        return kf_buf_add_str(ret_text, text);
    while (*at) {
        unsigned char bytes[4];
        uint32_t value = take_character(&at);
        if (value < 0x80)
            value += value >= 'A' && value <= 'Z' ? 'a' - 'A' : 0;
        else if (wanted->locale)
            value = (uint32_t)towlower_l((wint_t)value, wanted->locale);
        KF_TRY(kf_buf_add(ret_text, bytes, put_character(value, bytes)));
    }
    return KF_OK;
}

static kf_err search_begin(const char *text, search *ret_search) {
    KF_AUTO(kf_buf) folded = {0};
    if (strlen(text) > SEARCH_MAX)
        return kf_fail(KF_E_USAGE, "more than %d bytes are looked for", SEARCH_MAX);
    ret_search->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    KF_TRY(fold(ret_search, text, &folded));
    for (const char *at = kf_buf_str(&folded); *at;) {
        size_t len = strcspn(at, " ");
        if (len > 0) {
            KF_TRY(kf_buf_add(&ret_search->words, at, len));
            KF_TRY(kf_buf_add(&ret_search->words, "", 1));
        }
        at += len + strspn(at + len, " ");
    }
    return KF_OK;
}

/* `room` is for the folded text, so that no row needs memory of its own. */
static kf_err matches(const search *wanted, int64_t number, const char *text, kf_buf *room,
                      bool *ret_matches) {
    KF_TRY(fold(wanted, text, room));
    KF_TRY(kf_buf_printf(room, " r-%lld ", (long long)number));
    const char *words = kf_buf_str(&wanted->words);
    *ret_matches = true;
    for (size_t at = 0; at < wanted->words.len; at += strlen(words + at) + 1)
        if (!strstr(kf_buf_str(room), words + at))
            *ret_matches = false;
    return KF_OK;
}

/* --- a page --- */

struct page {
    const char *view; /* NULL: all */
    search search;
    int64_t before; /* numbers below this one */
    size_t limit;
    int64_t *numbers; /* `limit` + 1 of them at most: the last one tells that there are more */
    size_t count;
};

static kf_err read_view(const char *view, const char **ret_view) {
    bool all = !view || !*view || strcmp(view, "all") == 0;
    if (!all && !kf_str_has_word("pending action done", view))
        return kf_fail(KF_E_USAGE, "there is no list \"%s\"; there are all, pending, action, done",
                       view);
    *ret_view = all ? NULL : view;
    return KF_OK;
}

static kf_err read_after(const char *after, int64_t *ret_before) {
    const char *digits = after && kf_str_starts(after, "r-") ? after + 2 : after;
    *ret_before = INT64_MAX;
    if (!after || !*after)
        return KF_OK;
    if (kf_parse_number(digits, "the request", 1, INT64_MAX, ret_before) == KF_OK)
        return KF_OK;
    return kf_fail(KF_E_USAGE, "\"%s\" is not the id of a request, such as \"r-1\"", after);
}

static kf_err read_query(const struct kf_request_query *query, struct page *page) {
    if (query->limit > LIMIT_MAX)
        return kf_fail(KF_E_USAGE, "a page has at most %d requests", LIMIT_MAX);
    page->limit = query->limit ? query->limit : LIMIT_DEFAULT;
    KF_TRY(read_view(query->view, &page->view));
    KF_TRY(read_after(query->after, &page->before));
    if (query->search && *query->search)
        KF_TRY(search_begin(query->search, &page->search));
    page->numbers = calloc(page->limit + 1, sizeof *page->numbers);
    return page->numbers ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for the list");
}

static kf_err find_numbers(kf_db *db, struct page *page) {
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_buf) room = {0};
    bool found = false;
    const char *all = "SELECT number, words FROM request_list WHERE number < ?"
                      " ORDER BY number DESC";
    const char *some = "SELECT number, words FROM request_list WHERE number < ? AND turn = ?"
                       " ORDER BY number DESC";
    KF_TRY(kf_rows_open(db, &rows, page->view ? some : all, page->view ? "is" : "i", page->before,
                        page->view));
    while (page->count <= page->limit) {
        bool fits = true;
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        if (page->search.words.len)
            KF_TRY(matches(&page->search, kf_rows_int(&rows, 0), kf_rows_text(&rows, 1), &room,
                           &fits));
        if (fits)
            page->numbers[page->count++] = kf_rows_int(&rows, 0);
    }
    return KF_OK;
}

static kf_err counts_json(kf_db *db, json_t **ret_counts) {
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO_PTR(json_t)
    counts = json_pack("{s:i, s:i, s:i, s:i}", "all", 0, "pending", 0, "action", 0, "done", 0);
    json_int_t all = 0;
    KF_TRY(kf_json_ready(counts));
    KF_TRY(kf_rows_open(db, &rows, "SELECT turn, count(*) FROM request_list GROUP BY turn", NULL));
    for (bool found = true;;) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        all += kf_rows_int(&rows, 1);
        KF_TRY(kf_json_set(counts, kf_rows_text(&rows, 0), json_integer(kf_rows_int(&rows, 1))));
    }
    KF_TRY(kf_json_set(counts, "all", json_integer(all)));
    *ret_counts = KF_MOVE(counts);
    return KF_OK;
}

static kf_err items_json(kf_context *context, const struct page *page, json_t **ret_items) {
    KF_AUTO_PTR(json_t) items = json_array();
    KF_TRY(kf_json_ready(items));
    for (size_t i = 0; i < page->count && i < page->limit; i++) {
        char id[KF_REQUEST_ID_MAX];
        json_t *item = NULL;
        snprintf(id, sizeof id, "r-%lld", (long long)page->numbers[i]);
        KF_TRY(kf_request_json(context, id, &item));
        KF_TRY(kf_json_append(items, item));
    }
    *ret_items = KF_MOVE(items);
    return KF_OK;
}

static json_t *next_json(const struct page *page) {
    char id[KF_REQUEST_ID_MAX];
    if (page->count <= page->limit)
        return json_null();
    snprintf(id, sizeof id, "r-%lld", (long long)page->numbers[page->limit - 1]);
    return json_string(id);
}

static kf_err page_json(kf_context *context, struct page *page, json_t **ret_json) {
    kf_db *db = NULL;
    KF_AUTO_PTR(json_t) items = NULL;
    KF_AUTO_PTR(json_t) counts = NULL;
    KF_TRY(kf_journal_open(context, &db));
    KF_TRY(find_numbers(db, page));
    KF_TRY(counts_json(db, &counts));
    KF_TRY(items_json(context, page, &items));
    *ret_json = json_pack("{s:s, s:O, s:O, s:o}", "schema", "keyfob.requests/1", "items", items,
                          "counts", counts, "next", next_json(page));
    return kf_json_ready(*ret_json);
}

kf_err kf_requests_page_json(kf_context *context, const struct kf_request_query *query,
                             json_t **ret_json) {
    struct page page = {0};
    kf_err err = read_query(query, &page);
    if (err == KF_OK)
        err = page_json(context, &page, ret_json);
    search_clear(&page.search);
    free(page.numbers);
    return err;
}

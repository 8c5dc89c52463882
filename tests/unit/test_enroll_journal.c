// SPDX-License-Identifier: Apache-2.0
// The journal's rows: they survive whole and change by compare-and-swap only.
#include "unit/journal_fixture.h"

#include <keyfob/request.h>

#include "enroll/flow.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

/* The strings, buffers and numbers of a row, in the order of the struct. */
static char **const *strings(kf_request *r) {
    static char **list[32];
    char **all[] = {
        &r->who,         &r->connection, &r->client_id,   &r->profile,      &r->profile_hash,
        &r->order,       &r->token_uri,  &r->token_label, &r->token_serial, &r->container,
        &r->keys_before, &r->renews,     &r->old_ticket,  &r->key_uri,      &r->sent_hash,
        &r->memo,        &r->ticket,     &r->ca_text,     &r->ca_who,       &r->problem,
        &r->answer_hash, &r->reason,     &r->cert_id,     &r->revocation,   NULL};
    memcpy(list, all, sizeof all);
    return list;
}

static kf_buf *const *buffers(kf_request *r) {
    static kf_buf *list[8];
    kf_buf *all[] = {&r->cka_id, &r->old_cert, &r->spki, &r->csr, &r->answer, &r->chain, NULL};
    memcpy(list, all, sizeof all);
    return list;
}

static int64_t *const *numbers(kf_request *r) {
    static int64_t *list[16];
    int64_t *all[] = {
        &r->attempt, &r->sent_at,  &r->not_accepted, &r->checked_at,     &r->next_poll,
        &r->polls,   &r->key_left, &r->reissue,      &r->same_key,       &r->ca_since,
        &r->login,   &r->told,     &r->revoked_at,   &r->revoked_reason, NULL};
    memcpy(list, all, sizeof all);
    return list;
}

/* Each field a value of its own: text with quotes and two-byte letters, bytes with zeros, numbers
 * beyond 32 bits. */
static void fill(kf_request *r, const char *mark) {
    int n = 0;
    for (char **const *s = strings(r); *s; s++) {
        free(**s);
        **s = kf_str("%s '%d'; \xc3\xa4", mark, n++);
    }
    for (kf_buf *const *b = buffers(r); *b; b++) {
        KF_AUTO_FREE char *bytes = kf_str("%s%d", mark, n++);
        ok(kf_buf_set(*b, bytes, strlen(bytes) + 1));
    }
    for (int64_t *const *i = numbers(r); *i; i++)
        **i = ((int64_t)1 << 40) + n++;
}

static void assert_same(kf_request *a, kf_request *b) {
    char **as[32];
    kf_buf *ab[8];
    int64_t *ai[16];
    memcpy(as, strings(a), sizeof as);
    memcpy(ab, buffers(a), sizeof ab);
    memcpy(ai, numbers(a), sizeof ai);
    for (int i = 0; as[i]; i++)
        assert_string_equal(*as[i], *strings(b)[i]);
    for (int i = 0; ab[i]; i++)
        assert_true(kf_buf_equal(ab[i], buffers(b)[i]));
    for (int i = 0; ai[i]; i++)
        assert_int_equal(*ai[i], *numbers(b)[i]);
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->created, b->created);
    assert_int_equal(a->updated, b->updated);
}

static void every_column_survives_a_round_trip(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) loaded = {0};
    fill(&r, "one");
    ok(kf_journal_begin(context, &r));
    ok(kf_journal_load(context, "r-1", &loaded));
    assert_same(&r, &loaded);
}

static void a_move_writes_what_changes_and_nothing_that_is_fixed(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) loaded = {0};
    fill(&r, "one");
    ok(kf_journal_begin(context, &r));
    fill(&r, "two");
    ok(kf_journal_move(context, &r, KF_REQUEST_KEY_READY, NULL));
    ok(kf_journal_load(context, "1", &loaded));
    assert_int_equal(loaded.state, KF_REQUEST_KEY_READY);
    assert_int_equal(loaded.seq, 2);
    assert_true(kf_str_starts(loaded.client_id, "one"));
    assert_true(kf_str_starts(loaded.order, "one"));
    assert_memory_equal(loaded.cka_id.data, "one", 3);
    assert_true(kf_str_starts(loaded.renews, "one"));
    assert_memory_equal(loaded.old_cert.data, "one", 3);
    assert_true(kf_str_starts(loaded.memo, "two"));
    assert_true(kf_str_starts(loaded.ticket, "two"));
    assert_memory_equal(loaded.answer.data, "two", 3);
}

static void empty_fields_stay_empty(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) loaded = {0};
    begin(&r);
    ok(kf_journal_load(context, "r-1", &loaded));
    assert_null(loaded.ticket);
    assert_null(loaded.token_uri);
    assert_int_equal(loaded.csr.len, 0);
    assert_int_equal(loaded.next_poll, 0);
}

/* As an older keyfob left it: without what renewals and revocations brought. */
static void go_back_before_renewals(void) {
    static const char *const columns[] = {"memo",     "ca_since",   "login",          "renews",
                                          "old_cert", "old_ticket", "reissue",        "same_key",
                                          "told",     "revoked_at", "revoked_reason", "revocation"};
    kf_db *db = NULL;
    ok(kf_context_db(context, &db));
    ok(kf_db_run(db, "DROP INDEX requests_renews", NULL));
    ok(kf_db_run(db, "DROP TRIGGER request_is_listed", NULL));
    ok(kf_db_run(db, "DROP TRIGGER request_is_listed_anew", NULL));
    ok(kf_db_run(db, "DROP VIEW request_lines", NULL));
    ok(kf_db_run(db, "DROP TABLE request_list", NULL));
    for (size_t i = 0; i < KF_COUNT(columns); i++) {
        KF_AUTO_FREE char *sql = kf_str("ALTER TABLE requests DROP COLUMN %s", columns[i]);
        ok(kf_db_run(db, sql, NULL));
    }
    ok(kf_db_run(db, "UPDATE kf_rooms SET version = 2 WHERE room = 'journal'", NULL));
    kf_context_free(context);
    context = open_home();
}

static void requests_of_an_older_keyfob_are_gone_on_with(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) loaded = {0};
    begin_with(&r, "{\"subject\":\"CN=Anna\",\"fields\":{}}");
    go_back_before_renewals();
    ok(kf_journal_load(context, "r-1", &loaded));
    assert_string_equal(loaded.client_id, r.client_id);
    assert_null(loaded.renews);
    assert_int_equal(loaded.same_key, 0);
    ok(kf_request_set(&loaded.memo, "kept"));
    ok(kf_journal_move(context, &loaded, KF_REQUEST_KEY_READY, NULL));
    ok(kf_journal_load(context, "r-1", &r));
    assert_string_equal(r.memo, "kept");
    KF_AUTO_PTR(json_t) page = NULL;
    ok(kf_requests_page_json(context, &(struct kf_request_query){.view = "action"}, &page));
    assert_int_equal(json_array_size(json_object_get(page, "items")), 1);
}

static void a_certificate_is_renewed_by_one_open_request(void **state) {
    KF_AUTO(kf_request) first = {0};
    KF_AUTO(kf_request) second = {0};
    char id[KF_REQUEST_ID_MAX] = "?";
    first.renews = strdup("c-1");
    second.renews = strdup("c-1");
    ok(kf_journal_renewing(context, "c-1", id));
    assert_string_equal(id, "");
    begin(&first);
    ok(kf_journal_renewing(context, "c-1", id));
    assert_string_equal(id, "r-1");
    second.connection = strdup("lab");
    second.order = strdup("{}");
    second.client_id = strdup("kf-second");
    assert_int_equal(kf_journal_begin(context, &second), KF_E_STATE);
    ok(kf_journal_move(context, &first, KF_REQUEST_WITHDRAWN, NULL));
    ok(kf_journal_begin(context, &second));
}

static void what_is_not_an_id_is_not_found(void **state) {
    static const char *const ids[] = {"r-1",
                                      "1",
                                      "",
                                      "r-",
                                      "r-0",
                                      "r--1",
                                      "r-1x",
                                      "r-r-1",
                                      "1 ",
                                      "99999999999999999999",
                                      "r-1;DROP TABLE requests"};
    KF_AUTO(kf_request) r = {0};
    for (size_t i = 0; i < KF_COUNT(ids); i++)
        assert_int_equal(kf_journal_load(context, ids[i], &r), KF_E_NOT_FOUND);
    assert_int_equal(r.number, 0);
}

static void a_stale_row_is_not_written(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) stale = {0};
    kf_context *other = open_home();
    begin(&r);
    ok(kf_journal_load(other, "r-1", &stale));
    ok(kf_journal_move(context, &r, KF_REQUEST_KEY_READY, NULL));
    assert_int_equal(kf_journal_move(other, &stale, KF_REQUEST_FAILED, NULL), KF_E_BUSY);
    assert_int_equal(kf_journal_save(other, &stale), KF_E_BUSY);
    assert_int_equal(stale.state, KF_REQUEST_INTENT);
    assert_int_equal(stale.seq, 1);
    assert_int_equal(history_rows(&r), 2);
    kf_context_free(other);
}

static int move_in_another_process(void) {
    kf_context *other = open_home();
    KF_AUTO(kf_request) r = {0};
    kf_err err = kf_journal_load(other, "r-1", &r);
    if (err == KF_OK)
        err = kf_journal_move(other, &r, KF_REQUEST_KEY_READY, NULL);
    kf_request_clear(&r);
    kf_context_free(other);
    return err;
}

static void another_process_that_was_faster_wins(void **state) {
    KF_AUTO(kf_request) r = {0};
    begin(&r);
    kf_context_free(context); /* no database handle goes into the child */
    assert_int_equal(in_child(move_in_another_process), KF_OK);
    context = open_home();
    assert_int_equal(kf_journal_move(context, &r, KF_REQUEST_FAILED, "late"), KF_E_BUSY);
}

static void a_move_that_is_not_in_the_table_is_refused(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) loaded = {0};
    begin(&r);
    assert_int_equal(kf_journal_move(context, &r, KF_REQUEST_DONE, NULL), KF_E_STATE);
    ok(kf_journal_load(context, "r-1", &loaded));
    assert_int_equal(loaded.state, KF_REQUEST_INTENT);
    assert_int_equal(history_rows(&r), 1);
}

static void a_move_inside_a_transaction_dies_with_it(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) loaded = {0};
    kf_db *db = NULL;
    begin(&r);
    ok(kf_context_db(context, &db));
    ok(kf_db_begin(db));
    ok(kf_journal_move_in(context, &r, KF_REQUEST_KEY_READY, NULL));
    kf_db_rollback(db);
    ok(kf_journal_load(context, "r-1", &loaded));
    assert_int_equal(loaded.state, KF_REQUEST_INTENT);
    assert_int_equal(history_rows(&loaded), 1);
}

static void one_client_id_belongs_to_one_request(void **state) {
    KF_AUTO(kf_request) a = {0};
    KF_AUTO(kf_request) b = {0};
    begin(&a);
    b.connection = strdup("lab");
    b.order = strdup("{}");
    b.client_id = strdup(a.client_id);
    assert_int_equal(kf_journal_begin(context, &b), KF_E_EXISTS);
    assert_int_equal(b.number, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOME(every_column_survives_a_round_trip),
        HOME(a_move_writes_what_changes_and_nothing_that_is_fixed),
        HOME(empty_fields_stay_empty),
        HOME(requests_of_an_older_keyfob_are_gone_on_with),
        HOME(a_certificate_is_renewed_by_one_open_request),
        HOME(what_is_not_an_id_is_not_found),
        HOME(a_stale_row_is_not_written),
        HOME(another_process_that_was_faster_wins),
        HOME(a_move_that_is_not_in_the_table_is_refused),
        HOME(a_move_inside_a_transaction_dies_with_it),
        HOME(one_client_id_belongs_to_one_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

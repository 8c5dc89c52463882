// SPDX-License-Identifier: Apache-2.0
// The list of requests by pages: whose turn it is, what is found, how it goes on.
#include "unit/journal_fixture.h"

#include <keyfob/request.h>

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

static json_t *page_of(struct kf_request_query query) {
    json_t *page = NULL;
    ok(kf_requests_page_json(context, &query, &page));
    assert_string_equal(json_string_value(json_object_get(page, "schema")), "keyfob.requests/1");
    return page;
}

static size_t items(const json_t *page) {
    return json_array_size(json_object_get(page, "items"));
}

static const char *id_at(const json_t *page, size_t index) {
    const json_t *item = json_array_get(json_object_get(page, "items"), index);
    return json_string_value(json_object_get(item, "id"));
}

static json_int_t counted(const json_t *page, const char *view) {
    return json_integer_value(json_object_get(json_object_get(page, "counts"), view));
}

/* A request for a person; `mail` may be NULL. */
static void order_for(const char *name, const char *mail) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO_PTR(json_t)
    order = json_pack("{s:s+, s:[], s:{}}", "subject", "CN=", name, "sans", "fields");
    if (mail)
        json_array_append_new(json_object_get(order, "sans"),
                              json_pack("{s:i, s:s}", "kind", 0, "value", mail));
    KF_AUTO_FREE char *text = json_dumps(order, 0);
    begin_with(&r, text);
}

static void orders(size_t count) {
    for (size_t i = 0; i < count; i++)
        order_for("Anna", NULL);
}

static void run(const char *sql) {
    kf_db *db = NULL;
    ok(kf_context_db(context, &db));
    ok(kf_db_run(db, sql, NULL));
}

/* --- pages --- */

static void nothing_is_an_empty_page(void **state) {
    KF_AUTO_PTR(json_t) page = page_of((struct kf_request_query){0});
    assert_int_equal(items(page), 0);
    assert_int_equal(counted(page, "all"), 0);
    assert_true(json_is_null(json_object_get(page, "next")));
}

static void pages_follow_each_other_newest_first(void **state) {
    orders(5);
    KF_AUTO_PTR(json_t) first = page_of((struct kf_request_query){.limit = 3});
    assert_int_equal(items(first), 3);
    assert_string_equal(id_at(first, 0), "r-5");
    const char *next = json_string_value(json_object_get(first, "next"));
    assert_string_equal(next, "r-3");
    KF_AUTO_PTR(json_t) second = page_of((struct kf_request_query){.limit = 3, .after = next});
    assert_int_equal(items(second), 2);
    assert_string_equal(id_at(second, 0), "r-2");
    assert_true(json_is_null(json_object_get(second, "next")));
    assert_int_equal(counted(second, "all"), 5);
}

static void a_page_that_ends_with_the_list_has_no_next(void **state) {
    orders(3);
    KF_AUTO_PTR(json_t) page = page_of((struct kf_request_query){.limit = 3});
    assert_int_equal(items(page), 3);
    assert_true(json_is_null(json_object_get(page, "next")));
}

static void wrong_queries_are_refused(void **state) {
    static const struct kf_request_query wrong[] = {
        {.view = "some"}, {.after = "c-1"}, {.after = "r-0"}, {.limit = 1001}};
    json_t *page = NULL;
    for (size_t i = 0; i < KF_COUNT(wrong); i++)
        assert_int_equal(kf_requests_page_json(context, &wrong[i], &page), KF_E_USAGE);
    char long_text[300];
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(
        kf_requests_page_json(context, &(struct kf_request_query){.search = long_text}, &page),
        KF_E_USAGE);
}

/* --- search --- */

static size_t found(const char *words) {
    KF_AUTO_PTR(json_t) page = page_of((struct kf_request_query){.search = words});
    return items(page);
}

static void what_is_looked_for_is_found_in_any_case(void **state) {
    order_for("Фёдоров Фёдор", "fedor@example.ru");
    order_for("Anna O'Neill", "anna@example.org");
    order_for("Zoë Ünal", NULL);
    assert_int_equal(found("фёдоров"), 1);
    assert_int_equal(found("ФЁДОР"), 1);
    assert_int_equal(found("ünal"), 1);
    assert_int_equal(found("ANNA@example"), 1);
    assert_int_equal(found("example. lab"), 2);
    assert_int_equal(found("r-2"), 1);
    assert_int_equal(found("nobody"), 0);
    assert_int_equal(found("  "), 3);
    assert_int_equal(found("value"), 0); /* the database's own words are none */
}

static void a_search_goes_on_where_the_page_ended(void **state) {
    for (int i = 0; i < 4; i++) {
        order_for("Anna", NULL);
        order_for("Boris", NULL);
    }
    KF_AUTO_PTR(json_t)
    page = page_of((struct kf_request_query){.search = "boris", .limit = 2, .after = "r-8"});
    assert_string_equal(id_at(page, 0), "r-6");
    assert_string_equal(id_at(page, 1), "r-4");
    assert_string_equal(json_string_value(json_object_get(page, "next")), "r-4");
}

/* --- whose turn it is --- */

static void a_change_of_state_changes_the_list(void **state) {
    orders(2);
    run("UPDATE requests SET state = 'waiting', problem = NULL WHERE number = 1");
    KF_AUTO_PTR(json_t) page = page_of((struct kf_request_query){.view = "pending"});
    assert_string_equal(id_at(page, 0), "r-1");
    assert_int_equal(counted(page, "action"), 1);
    run("UPDATE requests SET state = 'done' WHERE number = 1");
    KF_AUTO_PTR(json_t) done = page_of((struct kf_request_query){.view = "done"});
    assert_int_equal(items(done), 1);
    assert_int_equal(counted(done, "pending"), 0);
}

/* The list in the database and what is said of each request are two tellings of one thing. */
static void assert_lists_agree(void) {
    static const char *const views[] = {"pending", "action", "done"};
    for (size_t i = 0; i < KF_COUNT(views); i++) {
        KF_AUTO_PTR(json_t)
        page = page_of((struct kf_request_query){.view = views[i], .limit = 1000});
        size_t at;
        json_t *item;
        json_array_foreach(json_object_get(page, "items"), at, item) {
            const char *view = json_string_value(json_object_get(item, "view"));
            if (strcmp(view, views[i]) != 0)
                fail_msg("%s is \"%s\" and stands in \"%s\"",
                         json_string_value(json_object_get(item, "state")), view, views[i]);
        }
    }
}

static void every_state_stands_where_its_next_line_says(void **state) {
    static const char *const changes[] = {
        "login = 1",         "ca_who = 'you'",
        "ca_who = 'ca'",     "problem = 'the CA cannot be reached'",
        "answer = x'30'",    "revocation = 'asked'",
        "key_left = 1",      "login = 1, problem = 'nobody is signed in'",
        "revoked_at = 1700", "token_uri = 'pkcs11:token=a', token_label = 'a', token_serial = '1'",
    };
    kf_db *db = NULL;
    ok(kf_context_db(context, &db));
    for (int s = 0; s <= KF_REQUEST_NEEDS_OPERATOR; s++)
        for (size_t i = 0; i < KF_COUNT(changes); i++) {
            KF_AUTO_FREE char *sql =
                kf_str("UPDATE requests SET state = '%s', %s WHERE number ="
                       " (SELECT max(number) FROM requests)",
                       kf_request_state_name((enum kf_request_state)s), changes[i]);
            orders(1);
            ok(kf_db_run(db, sql, NULL));
        }
    assert_lists_agree();
}

/* --- marks --- */

static void assert_mark(const char *set, const char *mark) {
    KF_AUTO_FREE char *sql = kf_str("UPDATE requests SET problem = NULL, %s", set);
    KF_AUTO_PTR(json_t) json = NULL;
    run(sql);
    ok(kf_request_json(context, "r-1", &json));
    assert_string_equal(json_string_value(json_object_get(json, "mark")), mark);
}

static void marks_are_what_people_see(void **state) {
    orders(1);
    assert_mark("state = 'csr'", "draft");
    assert_mark("state = 'waiting'", "processing");
    assert_mark("state = 'verified'", "issued_to_install");
    assert_mark("state = 'done'", "issued_installed");
    assert_mark("state = 'rejected'", "rejected");
    assert_mark("state = 'quarantined'", "quarantined");
}

static void a_connection_problem_stands_before_an_open_state(void **state) {
    orders(1);
    assert_mark("state = 'waiting', problem = 'down'", "problem");
    assert_mark("state = 'done', problem = 'down'", "issued_installed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        HOME(nothing_is_an_empty_page),
        HOME(pages_follow_each_other_newest_first),
        HOME(a_page_that_ends_with_the_list_has_no_next),
        HOME(wrong_queries_are_refused),
        HOME(what_is_looked_for_is_found_in_any_case),
        HOME(a_search_goes_on_where_the_page_ended),
        HOME(a_change_of_state_changes_the_list),
        HOME(every_state_stands_where_its_next_line_says),
        HOME(marks_are_what_people_see),
        HOME(a_connection_problem_stands_before_an_open_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// The doors to the account and to what a CA offers: what is not of the promised shape stops there.
#include "unit/ca_fixture.h"

#include <jansson.h>

#include "x509/json.h"

/* What the connector "desk" gives next. */
static struct {
    const char *json;  /* of templates, form, records, act; with ' for " */
    const char *notes; /* of prepare */
    char *text;        /* malloc'ed: of test, remember; taken */
    struct kf_ca_prepared prepared;
    unsigned standing;
    char asked[64];   /* the last kind, action or ticket */
    char fields[256]; /* what act got */
} next;

static kf_err desk_open(const struct kf_ca_setup *setup, void **ret_state) {
    *ret_state = (void *)(uintptr_t)setup;
    return KF_OK;
}

static void desk_close(void *state) {
    (void)state;
}

static kf_err desk_submit(void *state, const struct kf_ca_order *order,
                          struct kf_ca_answer *answer) {
    (void)state, (void)order;
    answer->outcome = KF_CA_RETRY;
    return KF_OK;
}

static json_t *json_of(const char *text) {
    KF_AUTO_FREE char *copy = strdup(text);
    for (char *at = copy; *at; at++)
        *at = (char)(*at == '\'' ? '"' : *at);
    json_t *json = json_loads(copy, JSON_DECODE_ANY, NULL);
    if (!json)
        fail_msg("the test's own JSON is wrong: %s", text);
    return json;
}

static kf_err give(json_t **ret_json) {
    *ret_json = next.json ? json_of(next.json) : NULL;
    return KF_OK;
}

static kf_err desk_templates(void *state, json_t **ret_json) {
    (void)state;
    return give(ret_json);
}

static kf_err desk_form(void *state, enum kf_ca_form which, const char *template, json_t **form) {
    (void)state, (void)which, (void)template;
    return give(form);
}

static kf_err desk_records(void *state, const char *kind, const char *id, json_t **ret_json) {
    (void)state, (void)id;
    snprintf(next.asked, sizeof next.asked, "%s", kind);
    return give(ret_json);
}

static kf_err desk_act(void *state, const char *action, const json_t *fields, json_t **ret_json) {
    (void)state;
    KF_AUTO_FREE char *text = json_dumps(fields, JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(next.asked, sizeof next.asked, "%s", action);
    snprintf(next.fields, sizeof next.fields, "%s", text);
    return give(ret_json);
}

static kf_err desk_test(void *state, char **ret_text) {
    (void)state;
    *ret_text = KF_MOVE(next.text);
    return KF_OK;
}

static kf_err desk_remember(void *state, const struct kf_ca_order *order, char **ret_memo) {
    (void)order;
    return desk_test(state, ret_memo);
}

static kf_err desk_prepare(void *state, const struct kf_ca_plan *plan,
                           struct kf_ca_prepared *ret_prepared) {
    (void)state, (void)plan;
    *ret_prepared = next.prepared;
    next.prepared = (struct kf_ca_prepared){0};
    if (next.notes)
        ret_prepared->notes = json_of(next.notes);
    return KF_OK;
}

static kf_err desk_account(void *state, struct kf_ca_account *ret_account) {
    (void)state;
    return kf_ca_account_set(ret_account, (enum kf_ca_standing)next.standing, "anna\x1b[2J",
                             "welcome\n");
}

static kf_err desk_changes(void *state, const char *const *tickets, size_t count, int64_t since,
                           bool *ret_news) {
    (void)state, (void)since;
    for (size_t i = 0; i < count; i++) {
        if (kf_str_equal(tickets[i], "new"))
            ret_news[i] = true;
    }
    return KF_OK;
}

static const struct kf_ca_kind kinds[] = {
    {.name = "organizations", .title = "Organizations", .columns = "id=ID|name=NAME"},
};
static const struct kf_ca_field check_fields[] = {
    {.name = "domain", .title = "Domain", .required = true},
    {.name = "method", .title = "Method", .value = "dns", .choices = "dns=DNS TXT|email=E-mail"},
};
static const struct kf_ca_action actions[] = {
    {.name = "domain-check",
     .title = "Check a domain now",
     .help = "Asks the CA to look.",
     .fields = check_fields,
     .field_count = KF_COUNT(check_fields)},
};
static const struct kf_ca_option options[] = {
    {.name = "url", .title = "Address", .kind = KF_OPTION_TEXT},
    {.name = "api-key", .title = "API key", .kind = KF_OPTION_SECRET, .required = true},
};
static const struct kf_connector desk = {
    .name = "desk",
    .title = "A desk with everything",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_UNKNOWN,
    .open = desk_open,
    .close = desk_close,
    .test = desk_test,
    .submit = desk_submit,
    .account = desk_account,
    .templates = desk_templates,
    .form = desk_form,
    .prepare = desk_prepare,
    .remember = desk_remember,
    .changes = desk_changes,
    .kinds = kinds,
    .kind_count = KF_COUNT(kinds),
    .records = desk_records,
    .actions = actions,
    .action_count = KF_COUNT(actions),
    .act = desk_act,
};
static const struct kf_connector plain = {
    .name = "plain",
    .title = "A desk with nothing",
    .duplicates = KF_CA_UNKNOWN,
    .open = desk_open,
    .close = desk_close,
    .submit = desk_submit,
};

static kf_context *context;
static kf_ca *ca;
static const struct kf_ca_plan plan = {.profile = "", .key = "", .subject = "", .fields = "{}"};
static const struct kf_ca_order order = {.client_id = "one", .profile = "tls-client"};

static int open_desk(void **state) {
    if (make_base_dir(state) != 0)
        return -1;
    context = open_home();
    OK(kf_connection_add(context, "corp", "desk", NULL, 0));
    OK(kf_connection_add(context, "poor", "plain", NULL, 0));
    OK(kf_ca_open(context, "corp", NULL, &ca));
    memset(&next, 0, sizeof next);
    return 0;
}

static int close_desk(void **state) {
    kf_ca_close(ca);
    kf_context_free(context);
    return remove_base_dir(state);
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

static void assert_refused(kf_err err, const char *part) {
    assert_says(err, KF_E_CA_ANSWER, part);
    assert_says(err, KF_E_CA_ANSWER, "\"desk\"");
    assert_says(err, KF_E_CA_ANSWER, "\"corp\"");
}

/* --- shapes --- */

static void templates_need_a_name_and_a_title(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    static const char *const wrong[] = {"{}", "[1]", "[{'name':'a'}]", "[{'name':'','title':'A'}]",
                                        "[{'name':'a','title':'A'},{'title':'B'}]"};
    for (size_t i = 0; i < KF_COUNT(wrong); i++) {
        next.json = wrong[i];
        assert_refused(kf_ca_templates(ca, &list), "\"templates\"");
        assert_null(list);
    }
    next.json = "[{'name':'a','title':'A','key':'rsa2048 p256','extra':[1]}]";
    OK(kf_ca_templates(ca, &list));
    assert_int_equal(json_array_size(list), 1);
}

static void a_form_must_be_one_that_a_person_can_fill_in(void **state) {
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"[]", "no fields"},
        {"{'fields':'x'}", "no fields"},
        {"{'fields':[1]}", "without a name"},
        {"{'fields':[{'title':'A','kind':'text'}]}", "without a name"},
        {"{'fields':[{'name':'a=b','title':'A','kind':'text'}]}", "can be typed"},
        {"{'fields':[{'name':'a\\u0007','title':'A','kind':'text'}]}", "can be typed"},
        {"{'fields':[{'name':'a','kind':'text'}]}", "without a title"},
        {"{'fields':[{'name':'a','title':'A'}]}", "kind that does not exist"},
        {"{'fields':[{'name':'a','title':'A','kind':'html'}]}", "kind that does not exist"},
        {"{'fields':[{'name':'a','title':'A','kind':'text','choices':'x'}]}", "no list"},
        {"{'fields':[{'name':'a','title':'A','kind':'text','choices':[{}]}]}", "without a value"},
        {"{'fields':[{'name':'a','title':'A','kind':'text'},"
         "{'name':'a','title':'B','kind':'text'}]}",
         "two fields"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO_PTR(json_t) form = NULL;
        next.json = cases[i].json;
        assert_refused(kf_ca_form(ca, KF_FORM_ORDER, NULL, &form), cases[i].part);
    }
    next.json = NULL;
    KF_AUTO_PTR(json_t) none = NULL;
    assert_refused(kf_ca_form(ca, KF_FORM_LOGIN, NULL, &none), "no fields");
}

/* What an order's form takes goes into the journal; a sign-in's does not. */
static void a_form_of_orders_asks_for_no_secret(void **state) {
    KF_AUTO_PTR(json_t) form = NULL;
    next.json = "{'fields':[{'name':'user','title':'User','kind':'text'},"
                "{'name':'pin','title':'PIN','kind':'secret'}]}";
    assert_refused(kf_ca_form(ca, KF_FORM_ORDER, NULL, &form), "secret");
    assert_null(form);
    OK(kf_ca_form(ca, KF_FORM_LOGIN, NULL, &form));
}

static char *many(const char *before, const char *item, size_t count, const char *after) {
    KF_AUTO(kf_buf) text = {0};
    OK(kf_buf_add_str(&text, before));
    for (size_t i = 0; i < count; i++)
        OK(kf_buf_printf(&text, "%s%s", i ? "," : "", item));
    OK(kf_buf_add_str(&text, after));
    return (char *)KF_MOVE(text.data);
}

static void what_is_too_much_is_refused(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_FREE char *fields = many("{'fields':[", "{}", 301, "]}");
    KF_AUTO_FREE char *records = many("[", "{}", 20001, "]");
    next.json = fields;
    assert_refused(kf_ca_form(ca, KF_FORM_ORDER, NULL, &json), "too many fields");
    next.json = records;
    assert_refused(kf_ca_records(ca, "organizations", NULL, &json), "too many records");
}

static void what_is_too_deep_is_refused(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_FREE char *text =
        kf_str("{'a':%.40s1%.40s}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
               "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    next.json = text;
    assert_refused(kf_ca_records(ca, "organizations", "1", &json), "too much");
}

static void large_records_are_refused(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_FREE char *large = malloc((size_t)9 * 1024 * 1024 + 32);
    size_t at = (size_t)sprintf(large, "{'a':'");
    memset(large + at, 'x', (size_t)9 * 1024 * 1024);
    strcpy(large + at + (size_t)9 * 1024 * 1024, "'}");
    next.json = large;
    assert_refused(kf_ca_records(ca, "organizations", "1", &json), "too much");
}

static void records_are_objects(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t) one = NULL;
    next.json = "{}";
    assert_refused(kf_ca_records(ca, "organizations", NULL, &list), "no list");
    next.json = "[1]";
    assert_refused(kf_ca_records(ca, "organizations", NULL, &list), "no object");
    next.json = "[]";
    assert_refused(kf_ca_records(ca, "organizations", "7", &one), "no object");
    OK(kf_ca_records(ca, "organizations", NULL, &list));
    next.json = "{'id':7}";
    OK(kf_ca_records(ca, "organizations", "7", &one));
    assert_string_equal(next.asked, "organizations");
}

static void an_unknown_list_is_told_with_those_that_there_are(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_says(kf_ca_records(ca, "organisations", NULL, &json), KF_E_USAGE,
                "it keeps \"organizations\"");
    assert_non_null(strstr(kf_error_next(KF_E_USAGE), "\"organizations\""));
    assert_says(kf_ca_records(ca, NULL, NULL, &json), KF_E_USAGE, "no list");
    assert_string_equal(next.asked, "");
}

static void an_action_gets_checked_fields_with_their_defaults(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(json_t) fields = json_of("{'domain':'example.org'}");
    next.json = "{'text':'asked','publish':'_x TXT y'}";
    OK(kf_ca_act(ca, "domain-check", fields, &json));
    assert_string_equal(next.asked, "domain-check");
    assert_string_equal(next.fields, "{\"domain\":\"example.org\",\"method\":\"dns\"}");
    assert_string_equal(json_string_value(json_object_get(json, "publish")), "_x TXT y");
}

static void an_action_with_wrong_fields_is_not_asked_for(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(json_t) wrong = json_of("{'domain':'example.org','method':'smoke'}");
    assert_says(kf_ca_act(ca, "domain-check", wrong, &json), KF_E_USAGE, "(method)");
    assert_says(kf_ca_act(ca, "domain-check", NULL, &json), KF_E_USAGE, "(domain) is needed");
    assert_says(kf_ca_act(ca, "domain-chek", wrong, &json), KF_E_USAGE, "knows \"domain-check\"");
    assert_non_null(strstr(kf_error_next(KF_E_USAGE), "\"domain-check\" meant"));
    assert_says(kf_ca_act(ca, NULL, wrong, &json), KF_E_USAGE, "no action");
    assert_string_equal(next.asked, "");
}

static void an_action_says_what_was_done(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(json_t) fields = json_of("{'domain':'example.org'}");
    static const char *const wrong[] = {"[]", "{}", "{'text':''}", "{'text':1}"};
    for (size_t i = 0; i < KF_COUNT(wrong); i++) {
        next.json = wrong[i];
        assert_refused(kf_ca_act(ca, "domain-check", fields, &json), "no text");
    }
}

/* --- texts --- */

static void a_test_is_one_line_that_is_safe_to_show(void **state) {
    KF_AUTO_FREE char *text = NULL;
    next.text = strdup("CA 2.0\nnow\x1b[2J");
    OK(kf_ca_test(ca, &text));
    assert_string_equal(text, "CA 2.0\\x0anow\\x1b[2J");
    assert_refused(kf_ca_test(ca, &text), "nothing");
}

static void the_account_is_safe_to_show_and_one_that_there_is(void **state) {
    KF_AUTO(kf_account) account = {0};
    next.standing = KF_CA_UNCONFIRMED;
    OK(kf_ca_account(ca, &account));
    assert_int_equal(account.standing, KF_CA_UNCONFIRMED);
    assert_string_equal(account.name, "anna\\x1b[2J");
    assert_string_equal(account.text, "welcome\\x0a");
    next.standing = KF_CA_REFUSED + 1;
    assert_refused(kf_ca_account(ca, &account), "standing");
}

static void a_memo_has_a_size(void **state) {
    KF_AUTO_FREE char *memo = NULL;
    OK(kf_ca_remember(ca, &order, &memo));
    assert_null(memo);
    next.text = strdup("before 7");
    OK(kf_ca_remember(ca, &order, &memo));
    assert_string_equal(memo, "before 7");
    const size_t len = (size_t)1024 * 1024 + 1;
    next.text = malloc(len + 1);
    memset(next.text, 'x', len);
    next.text[len] = '\0';
    KF_AUTO_FREE char *other = NULL;
    assert_refused(kf_ca_remember(ca, &order, &other), "memo");
}

/* --- before an order --- */

static void what_was_prepared_is_handed_over(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    next.prepared.subject = strdup("CN=Anna");
    next.prepared.fields = strdup("{\"a\":\"b\"}");
    next.notes = "[{'level':'note','text':'the CA ignores the e-mail'}]";
    OK(kf_ca_prepare(ca, &plan, &prepared));
    assert_string_equal(prepared.subject, "CN=Anna");
    assert_int_equal(json_array_size(prepared.notes), 1);
}

static void prepared_nonsense_is_refused(void **state) {
    static const char *const notes[] = {"{}", "[1]", "[{'level':'error','text':'x'}]",
                                        "[{'level':'note'}]", "[{'text':'x'}]"};
    KF_AUTO(kf_prepared) prepared = {0};
    for (size_t i = 0; i < KF_COUNT(notes); i++) {
        next.notes = notes[i];
        assert_refused(kf_ca_prepare(ca, &plan, &prepared), "note");
    }
    next.notes = NULL;
    next.prepared.fields = strdup("[]");
    assert_refused(kf_ca_prepare(ca, &plan, &prepared), "no JSON object");
    next.prepared.subject = calloc(1, 20000);
    memset(next.prepared.subject, 'x', 19999);
    assert_refused(kf_ca_prepare(ca, &plan, &prepared), "impossible size");
}

static void news_begin_with_none(void **state) {
    const char *const tickets[] = {"old", "new", "older"};
    bool news[] = {true, false, true};
    OK(kf_ca_changes(ca, tickets, KF_COUNT(tickets), 0, news));
    assert_true(!news[0] && news[1] && !news[2]);
}

/* --- without pointers --- */

static void a_connector_without_the_pointers_says_so(void **state) {
    KF_AUTO_PTR(kf_ca) poor = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_account) account = {0};
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_login login = {0};
    bool news = false;
    OK(kf_ca_open(context, "poor", NULL, &poor));
    const char *title = "A desk with nothing";
    assert_says(kf_ca_login(poor, &login, &answer), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_register(poor, "{}", &answer), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_templates(poor, &json), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_form(poor, KF_FORM_ORDER, NULL, &json), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_changes(poor, NULL, 0, 0, &news), KF_E_UNSUPPORTED, title);
    assert_says(kf_ca_records(poor, "a", NULL, &json), KF_E_USAGE, title);
    assert_says(kf_ca_act(poor, "a", NULL, &json), KF_E_USAGE, title);
    OK(kf_ca_logout(poor));
    OK(kf_ca_account(poor, &account));
    assert_int_equal(account.standing, KF_CA_ANONYMOUS);
    OK(kf_ca_prepare(poor, &plan, &prepared));
    assert_null(prepared.notes);
}

static void a_connector_needs_what_it_promises(void **state) {
    struct kf_connector half = plain;
    half.name = "half";
    half.kinds = kinds;
    half.kind_count = 1;
    assert_says(kf_connector_register(&half), KF_E_USAGE, "no \"records\"");
    half.records = desk_records;
    half.actions = actions;
    half.action_count = 1;
    assert_says(kf_connector_register(&half), KF_E_USAGE, "no \"act\"");
}

/* --- as documents --- */

static void the_connector_is_described_with_its_lists_and_actions(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t)
    wanted =
        json_of("{'secrets':['api-key'],'kinds':[{'name':'organizations','title':'Organizations',"
                "'columns':[{'name':'id','title':'ID'},{'name':'name','title':'NAME'}]}]}");
    const json_t *found = NULL;
    size_t i;
    json_t *item;
    OK(kf_connectors_json(&list));
    json_array_foreach(list, i, item) {
        if (kf_str_equal(json_string_value(json_object_get(item, "name")), "desk"))
            found = item;
    }
    assert_true(json_equal(json_object_get(found, "secrets"), json_object_get(wanted, "secrets")));
    assert_true(json_equal(json_object_get(found, "kinds"), json_object_get(wanted, "kinds")));
    const json_t *action = json_array_get(json_object_get(found, "actions"), 0);
    const json_t *form = json_object_get(action, "form");
    assert_int_equal(json_array_size(json_object_get(form, "fields")), 2);
    assert_string_equal(json_string_value(json_object_get(action, "help")), "Asks the CA to look.");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DESK(templates_need_a_name_and_a_title),
        DESK(a_form_must_be_one_that_a_person_can_fill_in),
        DESK(a_form_of_orders_asks_for_no_secret),
        DESK(what_is_too_much_is_refused),
        DESK(what_is_too_deep_is_refused),
        DESK(large_records_are_refused),
        DESK(records_are_objects),
        DESK(an_unknown_list_is_told_with_those_that_there_are),
        DESK(an_action_gets_checked_fields_with_their_defaults),
        DESK(an_action_with_wrong_fields_is_not_asked_for),
        DESK(an_action_says_what_was_done),
        DESK(a_test_is_one_line_that_is_safe_to_show),
        DESK(the_account_is_safe_to_show_and_one_that_there_is),
        DESK(a_memo_has_a_size),
        DESK(what_was_prepared_is_handed_over),
        DESK(prepared_nonsense_is_refused),
        DESK(news_begin_with_none),
        DESK(a_connector_without_the_pointers_says_so),
        DESK(a_connector_needs_what_it_promises),
        DESK(the_connector_is_described_with_its_lists_and_actions),
    };
    OK(kf_connector_register(&desk));
    OK(kf_connector_register(&plain));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// The privacyIDEA double beside what a real one answered (tests/doubles/privacyidea_recorded.json):
// the same status, the same code, the same members of the same types.
#include "unit/privacyidea_fixture.h"

#include "ca/http.h"

#define RECORDED "tests/doubles/privacyidea_recorded.json"

static json_t *recorded;
static kf_http *http;
static json_t *values; /* $CSR and the like */
static char *admin_session, *alice_session;

/* --- shapes --- */

static bool is_type(const json_t *value, const char *type) {
    static const char *const names[] = {"object", "array", "string", "int",
                                        "real",   "true",  "false",  "null"};
    return strcmp(names[json_typeof(value)], type) == 0 ||
           (strcmp(type, "bool") == 0 && json_is_boolean(value));
}

static void has_shape(const json_t *value, const json_t *shape, const char *where);

static void has_members(const json_t *value, const json_t *shape, const char *where) {
    const char *name;
    json_t *part;
    assert_true(json_is_object(value));
    json_object_foreach((json_t *)shape, name, part) {
        size_t len = strlen(name);
        bool optional = name[len - 1] == '?';
        KF_AUTO_FREE char *bare = kf_str("%.*s", (int)(len - optional), name);
        const json_t *member = json_object_get(value, bare);
        if (!member && !optional)
            fail_msg("%s has no \"%s\"", where, bare);
        if (member)
            has_shape(member, part, bare);
    }
    json_object_foreach((json_t *)value, name, part) {
        KF_AUTO_FREE char *optional = kf_str("%s?", name);
        if (!json_object_get(shape, name) && !json_object_get(shape, optional))
            fail_msg("%s has \"%s\", which the real one has not", where, name);
    }
}

static void has_shape(const json_t *value, const json_t *shape, const char *where) {
    if (json_is_object(shape)) {
        has_members(value, shape, where);
    } else if (json_is_array(shape)) {
        assert_true(json_is_array(value));
        if (json_array_size(shape) == 0 && json_array_size(value) != 0)
            fail_msg("%s is not empty", where);
        for (size_t i = 0; i < json_array_size(value); i++)
            has_shape(json_array_get(value, i), json_array_get(shape, 0), where);
    } else if (!is_type(value, json_string_value(shape))) {
        fail_msg("%s is not %s", where, json_string_value(shape));
    }
}

/* --- what is sent --- */

static void set_value(const char *name, const char *text) {
    json_object_set_new(values, name, json_string(text));
}

static void make_values(void) {
    KF_AUTO(kf_buf) pem = {0}, base64 = {0}, crlf = {0}, label = {0}, bad = {0}, no_name = {0};
    OK(kf_pem(&pem, "CERTIFICATE REQUEST", csr.data, csr.len));
    set_value("$CSR", kf_buf_str(&pem));
    for (size_t i = 0; i < pem.len; i++)
        OK(kf_buf_printf(&crlf, "%s%c", pem.data[i] == '\n' ? "\r" : "", pem.data[i]));
    set_value("$CSR_CRLF", kf_buf_str(&crlf));
    OK(kf_pem(&label, "NEW CERTIFICATE REQUEST", csr.data, csr.len));
    set_value("$CSR_NEW", kf_buf_str(&label));
    OK(kf_base64(&base64, csr.data, csr.len));
    set_value("$CSR_BASE64", kf_buf_str(&base64));
    csr.data[csr.len - 1] ^= 1;
    OK(kf_pem(&bad, "CERTIFICATE REQUEST", csr.data, csr.len));
    csr.data[csr.len - 1] ^= 1;
    set_value("$CSR_BAD", kf_buf_str(&bad));
    make_request("O=Keyfob", "tls-client");
    OK(kf_pem(&no_name, "CERTIFICATE REQUEST", csr.data, csr.len));
    set_value("$CSR_NO_CN", kf_buf_str(&no_name));
}

static const char *value_of(const json_t *word) {
    const char *text = json_string_value(word);
    const char *set_to = json_string_value(json_object_get(values, text));
    return set_to ? set_to : text;
}

/* The members as application/x-www-form-urlencoded, or as JSON. */
static void encode(const json_t *exchange, kf_buf *ret_body, const char **ret_type) {
    const json_t *form = json_object_get(exchange, "form");
    const json_t *given = form ? form : json_object_get(exchange, "json");
    KF_AUTO_PTR(json_t) object = json_object();
    const char *name;
    json_t *word;
    *ret_type = !given ? NULL : form ? "application/x-www-form-urlencoded" : "application/json";
    json_object_foreach((json_t *)given, name, word) {
        json_object_set_new(object, name, json_string(value_of(word)));
        OK(kf_buf_printf(ret_body, "%s%s=", ret_body->len ? "&" : "", name));
        OK(kf_http_escape(ret_body, value_of(word)));
    }
    if (given && !form) {
        KF_AUTO_FREE char *text = json_dumps(object, 0);
        OK(kf_buf_set(ret_body, text, strlen(text)));
    }
}

static void use_session(const char *header, const char *prefix, const char *session) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_FREE char *text = kf_str("%s%s", prefix, session ? session : "");
    OK(kf_http_credential(http, "PI-Authorization", NULL));
    OK(kf_http_credential(http, "Authorization", NULL));
    if (!session)
        return;
    OK(kf_secret_copy(text, strlen(text), &secret));
    OK(kf_http_credential(http, header, secret));
}

static void become(const char *who) {
    if (strcmp(who, "admin") == 0)
        use_session("PI-Authorization", "", admin_session);
    else if (strcmp(who, "admin-plain") == 0)
        use_session("Authorization", "", admin_session);
    else if (strcmp(who, "alice") == 0)
        use_session("PI-Authorization", "", alice_session);
    else if (strcmp(who, "bearer") == 0)
        use_session("Authorization", "Bearer ", admin_session);
    else
        use_session("Authorization", "", strcmp(who, "garbage") == 0 ? "abc.def.ghi" : NULL);
}

/* Sessions and certificates are used by what comes after. */
static void learn(const json_t *answer) {
    const json_t *value = json_object_get(json_object_get(answer, "result"), "value");
    const char *token = json_string_value(json_object_get(value, "token"));
    const char *pem =
        json_string_value(json_object_get(json_object_get(answer, "detail"), "certificate"));
    if (token) {
        char **session = admin_session ? &alice_session : &admin_session;
        *session = strdup(token);
    }
    if (pem)
        set_value("$CERT", pem);
}

static void replay(const json_t *exchange) {
    KF_AUTO(kf_buf) body = {0};
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    struct kf_http_request request = {
        .method = json_string_value(json_object_get(exchange, "method")),
        .path = json_string_value(json_object_get(exchange, "path")),
    };
    encode(exchange, &body, &request.type);
    request.body = request.type ? body.data : NULL;
    request.body_len = request.type ? body.len : 0;
    become(json_string_value(json_object_get(exchange, "as")));
    OK(kf_http_send(http, &request, &answer));
    OK(kf_json_parse_answer(answer.body.data, answer.body.len, &json));
    assert_int_equal(answer.status, json_integer_value(json_object_get(exchange, "status")));
    const json_t *error = json_object_get(json_object_get(json, "result"), "error");
    assert_int_equal(json_integer_value(json_object_get(error, "code")),
                     json_integer_value(json_object_get(exchange, "code")));
    const char *shape = json_string_value(json_object_get(exchange, "shape"));
    has_shape(json, json_object_get(json_object_get(recorded, "shapes"), shape), "the answer");
    learn(json);
}

static const char *no_option(void *arg, const char *name) {
    (void)arg;
    return strcmp(name, "timeout") == 0 ? "10" : NULL;
}

static void the_double_answers_like_the_real_one(void **state) {
    struct kf_ca_setup setup = {.context = context, .connection = "pi", .option = no_option};
    recorded = json_load_file(RECORDED, 0, NULL);
    values = json_object();
    OK(kf_http_new(&setup, double_url(server), &http));
    make_values();
    const json_t *list = json_object_get(recorded, "exchanges");
    assert_int_equal(json_array_size(list), 37);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *exchange = json_array_get(list, i);
        print_message("           %s\n", json_string_value(json_object_get(exchange, "title")));
        replay(exchange);
    }
    kf_http_free(http);
    json_decref(values);
    json_decref(recorded);
    free(admin_session), free(alice_session);
}

int main(void) {
    const struct CMUnitTest tests[] = {PI_TEST(the_double_answers_like_the_real_one)};
    return cmocka_run_group_tests_name("ca_privacyidea_recorded", tests, NULL, NULL);
}

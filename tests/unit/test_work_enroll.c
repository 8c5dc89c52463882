// SPDX-License-Identifier: Apache-2.0
// Calls that enroll: on a token, in the registry, on a disk, with a request made elsewhere.
#include "unit/work_enroll.h"

static const char *mark_of(const json_t *request) {
    return text_of(request, "mark");
}

static size_t personal(struct front *front) {
    const json_t *list = works(front, "certificate.list", NULL);
    return json_array_size(json_object_get(list, "items"));
}

static size_t tokens(struct front *front) {
    const json_t *list = works(front, "token.list", NULL);
    return json_array_size(json_object_get(list, "items"));
}

static bool has_step(const struct front *front, const char *name, const char *state) {
    size_t i;
    json_t *step;
    json_array_foreach(front->steps, i, step) {
        if (strcmp(text_of(step, "name"), name) == 0 && strcmp(text_of(step, "state"), state) == 0)
            return true;
    }
    return false;
}

/* --- software containers --- */

static void a_container_of_the_registry_asks_for_its_password_once(void **state) {
    struct front *front = *state;
    const json_t *request = works(front, "enroll.start", for_anna("test-ca"));
    assert_string_equal(mark_of(request), "issued_installed");
    assert_int_equal(json_array_size(front->questions), 1);
    assert_string_equal(text_of(json_array_get(front->questions, 0), "pin"), "new_user");
    assert_true(has_step(front, "keygen", "done"));
    assert_true(has_step(front, "store", "done"));
    assert_int_equal(personal(front), 1);
}

static void a_container_on_a_disk_goes_into_its_folder(void **state) {
    struct front *front = *state;
    json_t *order = for_anna("test-ca");
    json_object_set_new(order, "medium",
                        json_pack("{s:s, s:s, s:s, s:b}", "medium", "disk", "folder", front->dir,
                                  "name", "stick", "unblock", 1));
    front->new_so_pin = "Another-Horse-8-Staple";
    works(front, "enroll.start", order);
    assert_int_equal(json_array_size(front->questions), 2);
    char path[512];
    snprintf(path, sizeof path, "%s/stick.kfc", front->dir);
    assert_int_equal(access(path, R_OK), 0);
}

static void names_that_are_made_up_are_numbered(void **state) {
    struct front *front = *state;
    enrolled(front, "test-ca");
    const json_t *request = works(front, "enroll.start", for_anna("test-ca"));
    const char *label = text_of(json_object_get(request, "token"), "label");
    assert_non_null(strstr(label, "-2"));
    assert_int_equal(tokens(front), 2);
}

static void a_name_that_is_taken_is_refused_before_anything_is_made(void **state) {
    struct front *front = *state;
    for (int i = 0; i < 2; i++) {
        json_t *order = for_anna("test-ca");
        json_object_set_new(order, "medium",
                            json_pack("{s:s, s:s}", "medium", "registry", "name", "mine"));
        if (i == 0)
            works(front, "enroll.start", order);
        else
            fails(front, "enroll.start", order, KF_E_EXISTS);
    }
    assert_int_equal(json_array_size(front->questions), 0);
}

static void nothing_stays_of_an_order_that_was_refused(void **state) {
    struct front *front = *state;
    trust_service(front);
    service.err = KF_E_POLICY;
    json_t *order = for_anna("corp");
    json_object_set_new(order, "fields", json_pack("{s:s}", "template", "user"));
    const json_t *error = fails(front, "enroll.start", order, KF_E_POLICY);
    assert_null(json_object_get(error, "request"));
    assert_int_equal(tokens(front), 0);
}

static json_t *cancel(struct front *front, const json_t *question) {
    (void)front, (void)question;
    return json_pack("{s:b}", "cancel", true);
}

static void a_cancelled_password_leaves_nothing(void **state) {
    struct front *front = *state;
    front->answer = cancel;
    fails(front, "enroll.start", for_anna("test-ca"), KF_E_INTERRUPTED);
    assert_int_equal(tokens(front), 0);
}

static void a_container_that_is_there_without_a_key_is_used(void **state) {
    struct front *front = *state;
    works(front, "medium.make", json_pack("{s:s, s:s}", "medium", "registry", "name", "mine"));
    json_t *order = for_anna("test-ca");
    json_object_set_new(order, "medium",
                        json_pack("{s:s, s:s}", "medium", "registry", "name", "mine"));
    const json_t *request = works(front, "enroll.start", order);
    assert_string_equal(mark_of(request), "issued_installed");
    assert_string_equal(text_of(json_array_get(front->questions, 0), "pin"), "user");
    assert_int_equal(tokens(front), 1);
}

/* --- what the CA answers --- */

static void a_ca_that_waits_is_no_error(void **state) {
    struct front *front = *state;
    const json_t *request = works(front, "enroll.start", for_anna("slow"));
    assert_string_equal(mark_of(request), "processing");
    assert_string_equal(text_of(request, "view"), "pending");
    const json_t *event = json_array_get(front->events, json_array_size(front->events) - 1);
    assert_string_equal(text_of(event, "type"), "request.changed");
}

static void a_rejected_order_names_its_request(void **state) {
    struct front *front = *state;
    trust_service(front);
    service.outcome = KF_CA_REJECTED;
    service.text = "the name is not yours";
    json_t *order = for_anna("corp");
    json_object_set_new(order, "fields", json_pack("{s:s}", "template", "user"));
    const json_t *error = fails(front, "enroll.start", order, KF_E_REJECTED);
    assert_string_equal(text_of(error, "request"), "r-1");
    assert_non_null(strstr(text_of(error, "message"), "the name is not yours"));
    assert_non_null(strstr(text_of(at(error, "next", 0), "cli"), "r-1"));
}

static void the_form_goes_to_the_ca(void **state) {
    struct front *front = *state;
    trust_service(front);
    service.outcome = KF_CA_WAIT;
    json_t *order = for_anna("corp");
    json_object_set_new(order, "fields",
                        json_pack("{s:s, s:b}", "phone", "+49 30 123456", "agreement", 1));
    json_object_set_new(order, "template", json_string("old"));
    works(front, "enroll.start", order);
    assert_non_null(strstr(service.fields, "\"template\":\"old\""));
    assert_non_null(strstr(service.fields, "+49 30 123456"));
}

static void wrong_fields_are_told_and_nothing_is_made(void **state) {
    struct front *front = *state;
    trust_service(front);
    const json_t *error = fails(front, "enroll.start", for_anna("corp"), KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), "template");
    assert_int_equal(tokens(front), 0);
}

static void the_names_of_an_older_request_are_taken_over(void **state) {
    struct front *front = *state;
    json_t *order = for_anna("test-ca");
    json_object_set_new(order, "from", json_string(enrolled(front, "test-ca")));
    json_object_del(order, "subject");
    const json_t *request = works(front, "enroll.start", order);
    assert_string_equal(text_of(request, "subject_text"), "CN=Anna");
}

/* --- a request made elsewhere --- */

static json_t *a_csr_order(const char *csr) {
    return json_pack("{s:s, s:s, s:s}", "connection", "test-ca", "profile", "tls-client", "csr",
                     csr);
}

static void make_csr(struct front *front) {
    shell(front, "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem"
                 " -subj /CN=Elsewhere -out r.pem"
                 " && openssl req -in r.pem -outform DER -out r.der"
                 " && sed 's/CERTIFICATE REQUEST/NEW CERTIFICATE REQUEST/' r.pem > n.pem");
}

static char *read_text(struct front *front, const char *name) {
    char path[512], *text = calloc(1, 65536);
    snprintf(path, sizeof path, "%s/%s", front->dir, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static char *read_base64(struct front *front, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", front->dir, name);
    return file_base64(path);
}

static void a_request_made_elsewhere_needs_no_token(void **state) {
    struct front *front = *state;
    make_csr(front);
    KF_AUTO_FREE char *pem = read_text(front, "r.pem");
    const json_t *request = works(front, "enroll.start", a_csr_order(pem));
    assert_string_equal(mark_of(request), "issued_installed");
    assert_int_equal(json_array_size(front->questions), 0);
    assert_int_equal(personal(front), 1);
}

static const json_t *explained(struct front *front, const char *csr) {
    return works(front, "csr.explain", json_pack("{s:s}", "csr", csr));
}

static void every_form_of_a_request_is_read(void **state) {
    struct front *front = *state;
    make_csr(front);
    char *forms[] = {read_text(front, "r.pem"), read_text(front, "n.pem"),
                     read_base64(front, "r.der"), read_base64(front, "r.pem"),
                     read_base64(front, "n.pem")};
    for (size_t i = 0; i < KF_COUNT(forms); i++) {
        const json_t *csr = json_object_get(explained(front, forms[i]), "csr");
        assert_string_equal(text_of(csr, "subject_text"), "CN=Elsewhere");
        free(forms[i]);
    }
}

static void a_request_is_judged_by_profile_and_ca(void **state) {
    struct front *front = *state;
    make_csr(front);
    KF_AUTO_FREE char *pem = read_text(front, "r.pem");
    json_t *args =
        json_pack("{s:s, s:s, s:s}", "csr", pem, "connection", "corp", "profile", "smime-sign");
    const json_t *report = works(front, "csr.explain", args);
    KF_AUTO_FREE char *text = json_dumps(json_object_get(report, "items"), 0);
    assert_non_null(strstr(text, "may be changed"));
    assert_true(json_array_size(json_object_get(report, "items")) >= 2);
}

static void what_is_no_request_is_refused(void **state) {
    fails(*state, "csr.explain", json_pack("{s:s}", "csr", "nonsense!"), KF_E_INPUT);
    fails(*state, "csr.explain", json_pack("{s:s}", "csr", "AAAA"), KF_E_INPUT);
    fails(*state, "csr.explain", NULL, KF_E_USAGE);
    fails(*state, "enroll.start", a_csr_order("nonsense!"), KF_E_INPUT);
    json_t *args = json_pack("{s:s, s:s}", "csr", "AAAA", "profile", "none");
    fails(*state, "csr.explain", args, KF_E_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAS(a_container_of_the_registry_asks_for_its_password_once),
        CAS(a_container_on_a_disk_goes_into_its_folder),
        CAS(names_that_are_made_up_are_numbered),
        CAS(a_name_that_is_taken_is_refused_before_anything_is_made),
        CAS(nothing_stays_of_an_order_that_was_refused),
        CAS(a_cancelled_password_leaves_nothing),
        CAS(a_container_that_is_there_without_a_key_is_used),
        CAS(a_ca_that_waits_is_no_error),
        CAS(a_rejected_order_names_its_request),
        CAS(the_form_goes_to_the_ca),
        CAS(wrong_fields_are_told_and_nothing_is_made),
        CAS(the_names_of_an_older_request_are_taken_over),
        CAS(a_request_made_elsewhere_needs_no_token),
        CAS(every_form_of_a_request_is_read),
        CAS(a_request_is_judged_by_profile_and_ca),
        CAS(what_is_no_request_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

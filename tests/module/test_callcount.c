// SPDX-License-Identifier: Apache-2.0
// How often the token room calls a module: each call is a round trip to a card.
#include "module/lab.h"
#include "token/tokens.h"

static struct module counted; /* SoftHSM2 behind callcount.so */

static void forget_calls(const struct rig *rig) {
    rig_write(rig, "calls", "", 0);
}

/* Lines of the log with this name; NULL: all. */
static int calls(const struct rig *rig, const char *name) {
    char path[512], line[128];
    snprintf(path, sizeof(path), "%s/calls", rig->dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int count = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, " ")] = '\0';
        count += name == NULL || strcmp(line, name) == 0;
    }
    fclose(file);
    return count;
}

static void show_calls(const struct rig *rig) {
    char command[512];
    snprintf(command, sizeof(command), "cat '%s/calls' >&2", rig->dir);
    assert_int_equal(system(command), 0);
}

static void assert_at_most(const struct rig *rig, int most) {
    int count = calls(rig, NULL);
    print_message("%d calls of at most %d\n", count, most);
    if (count > most)
        show_calls(rig);
    assert_true(count > 0 && count <= most);
}

/* As the flow does it: ids for the journal, key, id, request; and the certificate. */
static void an_enrollment_costs_eighteen_calls(void **state) {
    enum { ENROLLMENT = 18, READ_BACK = 1 };
    struct rig *rig = *state;
    KF_AUTO(kf_buf) ids = {0};
    bool taken = true;
    rig_open(rig);
    int more_slots = (int)kf_tokens_count(rig->tokens) - 1;
    assert_ok(kf_key_offered(rig->token, KF_KEY_P256));
    assert_ok(kf_session_key_ids(rig->session, &ids));
    assert_ok(kf_session_label_taken(rig->session, "counted", &taken));
    assert_false(taken);
    kf_key *key = rig_key(rig, "counted", KF_KEY_P256, KF_USE_SIGN);
    assert_ok(kf_key_rename(key, KF_ID_SKI));
    kf_cert_free(lab_install(key, "CN=Ada", false));
    kf_key_free(key);
    rig_close(rig);
    assert_at_most(rig, ENROLLMENT + READ_BACK + more_slots);
    assert_int_equal(calls(rig, "C_Initialize"), 1);
    assert_int_equal(calls(rig, "C_OpenSession"), 1);
    assert_int_equal(calls(rig, "C_Login"), 1);
    assert_int_equal(calls(rig, "C_Finalize"), 1);
    assert_int_equal(calls(rig, "C_GenerateKeyPair"), 1);
    assert_int_equal(calls(rig, "C_Sign"), 1);
}

static void listing_costs_a_call_an_object(void **state) {
    enum { KEYS = 3, OBJECTS = 3 * KEYS, LISTING = 10 };
    struct rig *rig = *state;
    rig_open(rig);
    for (int i = 0; i < KEYS; i++) {
        kf_key *key = rig_key(rig, "listed", KF_KEY_P256, KF_USE_SIGN);
        kf_cert_free(lab_install(key, "CN=Ada", false));
        kf_key_free(key);
    }
    rig_close(rig);
    forget_calls(rig);
    kf_containers *containers = NULL;
    assert_ok(kf_tokens_open(rig->context, &rig->tokens));
    assert_ok(kf_tokens_select(rig->tokens, "card", &rig->token));
    assert_ok(kf_containers_read(rig->token, true, &containers));
    assert_int_equal(kf_containers_count(containers), KEYS);
    kf_containers_free(containers);
    rig_close(rig);
    assert_at_most(rig, OBJECTS + LISTING);
    assert_int_equal(calls(rig, "C_GetAttributeValue"), OBJECTS);
    assert_int_equal(calls(rig, "C_Login"), 1);
}

static void a_second_piece_of_work_costs_one_look(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    kf_session_free(rig->session);
    forget_calls(rig);
    assert_ok(kf_session_open(rig->token, &rig->session));
    assert_ok(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"));
    assert_int_equal(calls(rig, "C_GetSessionInfo"), 1); /* is the card still there? */
    assert_int_equal(calls(rig, NULL), 1);
}

static int set_up_counted(void **state) {
    assert_int_equal(rig_set_up(state), 0);
    const struct rig *rig = *state;
    char path[512];
    snprintf(path, sizeof(path), "%s/calls", rig->dir);
    assert_int_equal(setenv("CALLCOUNT_LOG", path, 1), 0);
    return 0;
}

#define COUNT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_counted, rig_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        COUNT_TEST(an_enrollment_costs_eighteen_calls),
        COUNT_TEST(listing_costs_a_call_an_object),
        COUNT_TEST(a_second_piece_of_work_costs_one_look),
    };
    counted = *module_find("softhsm2");
    assert_int_equal(setenv("CALLCOUNT_MODULE", counted.path, 1), 0);
    counted.path = KF_TEST_CALLCOUNT;
    rig_use(&counted);
    lab_open();
    int failures = cmocka_run_group_tests_name("module/callcount", tests, NULL, NULL);
    lab_close();
    return failures;
}

// SPDX-License-Identifier: Apache-2.0
// Software containers as tokens: made, found, copied, moved, renamed, removed, through our own
// module.
#include "medium_fixture.h"

#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>

/* --- our own module among the others --- */

static void places_for_containers_are_no_blank_tokens(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = NULL;
    assert_int_equal(kf_tokens_count(tokens), 0);
    assert_int_equal(kf_tokens_note_count(tokens), 0);
    assert_fails(kf_token_init(tokens, "new", "x", false, &token), KF_E_TOKEN_ABSENT);
    assert_fails(kf_tokens_select(tokens, NULL, &token), KF_E_TOKEN_ABSENT);
}

static void our_own_module_comes_last(void **state) {
    struct room *room = *state;
    configure(room, WITH_SOFT);
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    json_t *list = NULL;
    assert_ok(kf_tokens_modules_json(tokens, &list));
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    assert_string_equal(json_string_value(json_object_get(last, "name")), "keyfob");
    assert_true(json_is_true(json_object_get(last, "loaded")));
    json_decref(list);
}

static void our_own_module_is_used_once(void **state) {
    struct room *room = *state;
    char lines[1024];
    snprintf(lines, sizeof(lines), "[module other]\npath = %s\nreserved = scrypt='14'\n",
             kf_own_path());
    configure(room, lines);
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    struct kf_module *own = NULL;
    assert_ok(kf_own_module(tokens, &own));
    assert_string_equal(own->name, "other");
    for (size_t i = 0; i < tokens->modules.count; i++)
        assert_string_not_equal(tokens->modules.items[i].name, KF_OWN_NAME);
}

static void our_own_module_can_be_switched_off(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    struct kf_medium_order order = {.medium = "registry", .name = "anna"};
    configure(room, "[module keyfob]\nenabled = no\n");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_fails(kf_medium_make(tokens, &order, &token), KF_E_MODULE);
    renew_context(room, SOFTHSM);
    KF_AUTO_PTR(kf_tokens) alone = open_tokens(room);
    assert_fails(kf_medium_make(alone, &order, &token), KF_E_MODULE);
}

/* Its slots are read once more, which shows what others made; a restart would show nothing else. */
static void our_own_module_is_not_waited_for(void **state) {
    struct room *room = *state;
    bool restarted = true;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) early = open_tokens(room);
    assert_ok(kf_tokens_reread(early, &restarted));
    assert_false(restarted);
    KF_AUTO_PTR(kf_tokens) other = open_tokens(room);
    make_in(other, "disk", NULL, "late");
    assert_ok(kf_tokens_select(early, "late", &token));
}

/* --- making --- */

static void assert_medium(kf_token *token, const char *medium, const char *part) {
    struct kf_medium_info info;
    assert_ok(kf_medium_info(token, &info));
    assert_string_equal(info.medium, medium);
    assert_non_null(strstr(info.where, part));
    assert_true(info.writable);
    assert_false(info.has_unblock);
}

static void a_container_is_a_token_with_a_password(void **state) {
    static const struct {
        const char *medium, *where;
    } media[] = {{"registry", "registry.db"}, {"disk", "containers"}};
    struct room *room = *state;
    for (size_t i = 0; i < KF_COUNT(media); i++) {
        KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
        kf_token *token = make_in(tokens, media[i].medium, NULL, media[i].medium);
        assert_medium(token, media[i].medium, media[i].where);
        assert_string_equal(kf_token_info(token)->label, media[i].medium);
        assert_true(kf_token_info(token)->user_pin_set);
        make_container(token, "key", KF_KEY_P256, false);
    }
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_int_equal(kf_tokens_count(tokens), 2);
    assert_int_equal(count_containers(kf_tokens_at(tokens, 0)), 1);
}

static void without_an_unblock_secret_nothing_unblocks(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *token = make_in(tokens, "registry", NULL, "anna");
    assert_fails(kf_pin_unblock(token), KF_E_STATE);
    assert_says(KF_E_STATE, "no unblock secret");
}

static void with_an_unblock_secret_a_lost_password_is_set_anew(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = NULL;
    struct kf_medium_order order = {.medium = "disk", .name = "anna", .unblock = true};
    struct kf_medium_info info;
    assert_ok(kf_medium_make(tokens, &order, &token));
    assert_ok(kf_medium_info(token, &info));
    assert_true(info.has_unblock);
    make_container(token, "key", KF_KEY_ED25519, false);
    room->person.new_user_pin = "another-one";
    assert_ok(kf_pin_unblock(token));
    room->person.user_pin = "another-one";
    assert_int_equal(count_containers(token), 1);
}

static void a_taken_name_is_refused(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *token = NULL;
    struct kf_medium_order order = {.medium = "registry", .name = "anna"};
    make_in(tokens, "registry", NULL, "anna");
    assert_fails(kf_medium_make(tokens, &order, &token), KF_E_EXISTS);
    order.medium = "tape";
    assert_int_not_equal(kf_medium_make(tokens, &order, &token), KF_OK);
    order = (struct kf_medium_order){.medium = "registry", .name = ""};
    assert_fails(kf_medium_make(tokens, &order, &token), KF_E_USAGE);
    order = (struct kf_medium_order){.medium = "registry", .name = "b", .folder = "/tmp"};
    assert_fails(kf_medium_make(tokens, &order, &token), KF_E_USAGE);
}

static void nothing_is_left_without_an_answer(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = NULL;
    struct kf_medium_order order = {.medium = "disk", .name = "anna", .unblock = true};
    room->person.new_so_pin = NULL;
    assert_fails(kf_medium_make(tokens, &order, &token), KF_E_PIN_NEEDED);
    assert_false(is_there(room, "containers/anna.kfc"));
    assert_int_equal(kf_tokens_count(tokens), 0);
}

/* The module takes no such password, but says so only when the container is there. */
static void nothing_is_left_when_the_password_is_refused(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = NULL;
    struct kf_medium_order order = {.medium = "disk", .name = "anna"};
    room->person.new_user_pin = "not utf-8 \xff";
    assert_fails(kf_medium_make(tokens, &order, &token), KF_E_PIN_LENGTH);
    assert_false(is_there(room, "containers/anna.kfc"));
    KF_AUTO_PTR(kf_tokens) again = open_tokens(room);
    assert_int_equal(kf_tokens_count(again), 0);
}

/* --- finding and telling --- */

static void a_container_is_found_in_its_folder(void **state) {
    struct room *room = *state;
    shell(room, "mkdir stick other");
    {
        KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
        make_in(tokens, "disk", in_room(room, "stick"), "anna");
    }
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = NULL;
    struct kf_medium_order order = {
        .medium = "disk", .folder = in_room(room, "stick"), .name = "anna"};
    assert_ok(kf_medium_find(tokens, &order, &token));
    assert_string_equal(kf_token_info(token)->label, "anna");
    order.name = "bert";
    assert_fails(kf_medium_find(tokens, &order, &token), KF_E_NOT_FOUND);
    order = (struct kf_medium_order){
        .medium = "disk", .folder = in_room(room, "other"), .name = "anna"};
    assert_fails(kf_medium_find(tokens, &order, &token), KF_E_NOT_FOUND);
    order = (struct kf_medium_order){.medium = "registry", .name = "anna"};
    assert_fails(kf_medium_find(tokens, &order, &token), KF_E_NOT_FOUND);
}

static void the_document_of_a_token_tells_its_medium(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *token = make_in(tokens, "registry", NULL, "anna");
    json_t *json = NULL;
    assert_ok(kf_token_json(token, true, &json));
    assert_string_equal(json_string_value(json_object_get(json, "medium")), "registry");
    assert_non_null(strstr(json_string_value(json_object_get(json, "place")), "registry.db"));
    assert_string_equal(json_string_value(json_object_get(json, "so_tries")), "none");
    json_decref(json);
}

static void a_hardware_token_is_of_the_medium_token(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *card = NULL, *copy = NULL;
    struct kf_medium_info info;
    struct kf_medium_order order = {.medium = "registry", .name = "x"};
    assert_ok(kf_tokens_select(tokens, "card", &card));
    assert_ok(kf_medium_info(card, &info));
    assert_string_equal(info.medium, "token");
    assert_string_equal(info.where, "");
    assert_fails(kf_medium_copy(card, &order, &copy), KF_E_NOT_ON_TOKEN);
    assert_fails(kf_medium_move(card, &order, &copy), KF_E_NOT_ON_TOKEN);
    assert_fails(kf_medium_rename(card, "x"), KF_E_NOT_ON_TOKEN);
    assert_fails(kf_medium_remove(card), KF_E_NOT_ON_TOKEN);
    assert_fails(kf_medium_check(card, false), KF_E_NOT_ON_TOKEN);
    assert_says(KF_E_NOT_ON_TOKEN, "never leave it");
}

/* --- copying and moving --- */

static void a_copy_is_another_container_with_the_same_keys(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "registry", NULL, "anna"), *copy = NULL;
    struct kf_medium_order order = {.medium = "disk", .name = "spare"};
    make_container(token, "key", KF_KEY_P256, false);
    assert_ok(kf_medium_copy(token, &order, &copy));
    assert_string_not_equal(kf_token_info(token)->serial, kf_token_info(copy)->serial);
    assert_int_equal(count_containers(copy), 1);
    json_t *report = NULL;
    assert_ok(kf_container_check(copy, "key", &report));
    json_decref(report);
    room->person.user_pin = "mistyped";
    order.name = "third";
    assert_fails(kf_medium_copy(token, &order, &copy), KF_E_PIN_WRONG);
    assert_false(is_there(room, "containers/third.kfc"));
}

static void a_moved_container_keeps_its_serial_number(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "registry", NULL, "anna"), *moved = NULL;
    struct kf_medium_order order = {.medium = "disk"};
    char serial[17];
    make_container(token, "key", KF_KEY_P256, false);
    snprintf(serial, sizeof(serial), "%s", kf_token_info(token)->serial);
    assert_ok(kf_medium_move(token, &order, &moved));
    assert_string_equal(kf_token_info(moved)->serial, serial);
    assert_medium(moved, "disk", "containers");
    assert_int_equal(kf_tokens_count(tokens), 1);
    assert_int_equal(count_containers(moved), 1);
    shell(room, "mkdir stick");
    order.folder = in_room(room, "stick");
    assert_ok(kf_medium_move(moved, &order, &moved));
    assert_medium(moved, "disk", "stick");
    assert_int_equal(count_containers(moved), 1);
}

static void an_interrupted_move_is_told_and_finished(void **state) {
    struct room *room = *state;
    kf_token *token = NULL, *moved = NULL;
    shell(room, "mkdir stick");
    struct kf_medium_order home = {.medium = "disk", .name = "anna"};
    struct kf_medium_order stick = {
        .medium = "disk", .folder = in_room(room, "stick"), .name = "anna"};
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    make_in(tokens, "disk", NULL, "anna");
    shell(room, "cp containers/anna.kfc stick/"); /* killed between writing and removing */
    assert_ok(kf_medium_find(tokens, &stick, &token));
    assert_int_equal(kf_tokens_count(tokens), 2);
    assert_fails(kf_tokens_select(tokens, "anna", &token), KF_E_TOKEN_AMBIGUOUS);
    assert_says(KF_E_TOKEN_AMBIGUOUS, "stick");
    assert_non_null(strstr(kf_error_next(KF_E_TOKEN_AMBIGUOUS), "container move"));
    assert_non_null(strstr(kf_error_next(KF_E_TOKEN_AMBIGUOUS), "container delete"));
    assert_ok(kf_medium_find(tokens, &home, &token));
    assert_ok(kf_medium_move(token, &stick, &moved));
    assert_ok(kf_tokens_select(tokens, "anna", &token));
    assert_ptr_equal(token, moved);
    assert_false(is_there(room, "containers/anna.kfc"));
}

static void a_name_that_is_taken_stops_a_move(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *moved = NULL;
    struct kf_medium_order order = {.medium = "disk"};
    make_in(tokens, "disk", NULL, "anna");
    kf_token *token = make_in(tokens, "registry", NULL, "anna");
    assert_fails(kf_medium_move(token, &order, &moved), KF_E_EXISTS);
    assert_int_equal(kf_tokens_count(tokens), 2);
}

/* --- renaming, removing, checking --- */

static void a_renamed_container_is_found_by_its_new_name(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "disk", NULL, "anna"), *found = NULL;
    make_container(token, "key", KF_KEY_P256, false);
    assert_ok(kf_medium_rename(token, "anna smith"));
    assert_ok(kf_tokens_select(tokens, "anna smith", &found));
    assert_ptr_equal(found, token);
    assert_int_equal(count_containers(token), 1);
    assert_true(is_there(room, "containers/anna smith.kfc"));
    make_in(tokens, "disk", NULL, "bert");
    assert_fails(kf_medium_rename(token, "bert"), KF_E_EXISTS);
}

static void a_removed_container_is_gone(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "disk", NULL, "anna");
    assert_ok(kf_medium_remove(token));
    assert_int_equal(kf_tokens_count(tokens), 0);
    assert_false(is_there(room, "containers/anna.kfc"));
    token = make_in(tokens, "disk", NULL, "anna");
    make_container(token, "key", KF_KEY_P256, false);
    KF_AUTO_PTR(kf_session) session = NULL;
    assert_ok(kf_session_open(token, &session));
    assert_fails(kf_medium_remove(token), KF_E_BUSY);
}

static void a_check_tells_what_is_damaged(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "disk", NULL, "anna");
    make_container(token, "key", KF_KEY_P256, false);
    assert_ok(kf_medium_check(token, true));
    shell(room, "printf '\\377' | dd of=containers/anna.kfc bs=1 conv=notrunc "
                "seek=$(($(stat -c %%s containers/anna.kfc) - 40))");
    kf_err error = kf_medium_check(token, true);
    assert_int_not_equal(error, KF_OK);
    assert_says(error, "anna");
}

/* --- a software container as any other token --- */

static void wrong_passwords_are_told_as_such(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "disk", NULL, "anna");
    KF_AUTO_PTR(kf_containers) containers = NULL;
    room->person.user_pin = "mistyped";
    assert_fails(kf_containers_read(token, true, &containers), KF_E_PIN_WRONG);
    assert_says(KF_E_PIN_WRONG, "wrong password for \"anna\"");
}

static void an_exportable_key_passes_its_checks(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *token = make_in(tokens, "registry", NULL, "anna");
    static const enum kf_key_type types[] = {KF_KEY_RSA_2048, KF_KEY_P384, KF_KEY_ED25519};
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        const char *name = kf_key_type_name(types[i]);
        json_t *report = NULL;
        make_container(token, name, types[i], true);
        assert_ok(kf_container_check(token, name, &report));
        char *text = json_dumps(report, 0);
        assert_non_null(strstr(text, "made exportable"));
        free(text);
        json_decref(report);
    }
}

static void a_hardware_token_makes_no_exportable_key(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *card = NULL;
    struct kf_container_order order = {
        .label = "key", .type = KF_KEY_P256, .use = KF_USE_SIGN, .exportable = true};
    assert_ok(kf_tokens_select(tokens, "card", &card));
    assert_fails(kf_container_create(card, &order), KF_E_NOT_ON_TOKEN);
    assert_int_equal(count_containers(card), 0);
}

/* The module's own words, and the container as it was. */
static void a_failed_write_says_what_failed(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "disk", NULL, "anna");
    struct kf_container_order order = {.label = "key", .type = KF_KEY_P256, .use = KF_USE_SIGN};
    struct rlimit limit, none;
    assert_int_equal(count_containers(token), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 100, .rlim_max = limit.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    kf_err error = kf_container_create(token, &order);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(error == KF_E_DISK_FULL || error == KF_E_IO);
    assert_says(error, "containers");
    assert_int_equal(count_containers(token), 0);
    make_container(token, "key", KF_KEY_P256, false);
}

#define TEST(name)      cmocka_unit_test_setup_teardown(name, setup_media, teardown_room)
#define WITH_CARD(name) cmocka_unit_test_setup_teardown(name, setup_both, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(places_for_containers_are_no_blank_tokens),
        TEST(our_own_module_comes_last),
        TEST(our_own_module_is_used_once),
        TEST(our_own_module_can_be_switched_off),
        TEST(our_own_module_is_not_waited_for),
        TEST(a_container_is_a_token_with_a_password),
        TEST(without_an_unblock_secret_nothing_unblocks),
        TEST(with_an_unblock_secret_a_lost_password_is_set_anew),
        TEST(a_taken_name_is_refused),
        TEST(nothing_is_left_without_an_answer),
        TEST(nothing_is_left_when_the_password_is_refused),
        TEST(a_container_is_found_in_its_folder),
        TEST(the_document_of_a_token_tells_its_medium),
        WITH_CARD(a_hardware_token_is_of_the_medium_token),
        TEST(a_copy_is_another_container_with_the_same_keys),
        TEST(a_moved_container_keeps_its_serial_number),
        TEST(an_interrupted_move_is_told_and_finished),
        TEST(a_name_that_is_taken_stops_a_move),
        TEST(a_renamed_container_is_found_by_its_new_name),
        TEST(a_removed_container_is_gone),
        TEST(a_check_tells_what_is_damaged),
        TEST(wrong_passwords_are_told_as_such),
        TEST(an_exportable_key_passes_its_checks),
        WITH_CARD(a_hardware_token_makes_no_exportable_key),
        TEST(a_failed_write_says_what_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

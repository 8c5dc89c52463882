// SPDX-License-Identifier: Apache-2.0
// Slots: what is there at the start, and containers that come and go.
#include "module_fixture.h"

#include <fcntl.h>
#include <time.h>

#include "base/auto.h"
#include "module/session.h"

#define DISK "keyfob disk"

static CK_FLAGS slot_flags(CK_SLOT_ID slot) {
    CK_SLOT_INFO info;
    assert_ok(C_GetSlotInfo(slot, &info));
    return info.flags;
}

static bool is_present(CK_SLOT_ID slot) {
    return slot_flags(slot) & CKF_TOKEN_PRESENT;
}

/* Hosts poll; the module looks at its media a few times a second at most. */
static void let_time_pass(void) {
    nanosleep(&(struct timespec){.tv_nsec = 300 * 1000000}, NULL);
}

/* What a person does with files: `command` sees the containers' folder as $1. */
static void run(const char *command) {
    char line[1024];
    snprintf(line, sizeof line, "set -e; set -- '%s/home/containers' '%s'; %s", base_dir, base_dir,
             command);
    assert_int_equal(system(line), 0);
}

static void media_offer_empty_slots_and_there_are_spare_ones(void **state) {
    CK_SLOT_ID list[16];
    static const char *const models[] = {"keyfob disk", "keyfob registry", "keyfob memory"};
    assert_int_equal(list_slots(CK_FALSE, list, 16), 3 + KFM_SPARE_SLOTS);
    assert_int_equal(list_slots(CK_TRUE, list, 16), 3);
    for (int i = 0; i < 3; i++) {
        CK_TOKEN_INFO info = token_info(list[i]);
        assert_true(field_is(info.model, sizeof info.model, models[i]));
        assert_true(field_is(info.label, sizeof info.label, ""));
        assert_false(info.flags & CKF_TOKEN_INITIALIZED);
        assert_int_equal(slot_flags(list[i]), CKF_REMOVABLE_DEVICE | CKF_TOKEN_PRESENT);
    }
    CK_TOKEN_INFO info;
    assert_int_equal(slot_flags(6), CKF_REMOVABLE_DEVICE);
    assert_rv(C_GetTokenInfo(6, &info), CKR_TOKEN_NOT_PRESENT);
    assert_rv(C_GetTokenInfo(7, &info), CKR_SLOT_ID_INVALID);
    assert_rv(C_GetSlotInfo(~0UL, &(CK_SLOT_INFO){0}), CKR_SLOT_ID_INVALID);
}

static void a_list_that_is_too_short_tells_its_length(void **state) {
    CK_SLOT_ID list[2];
    CK_ULONG count = 2;
    assert_rv(C_GetSlotList(CK_TRUE, list, &count), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(count, 3);
}

static void a_token_tells_who_it_is(void **state) {
    CK_SLOT_ID slot = make_token(DISK, "who");
    CK_TOKEN_INFO info = token_info(slot);
    assert_true(field_is(info.label, sizeof info.label, "who"));
    assert_true(field_is(info.manufacturerID, sizeof info.manufacturerID, "keyfob"));
    assert_int_equal(strspn((char *)info.serialNumber, "0123456789abcdef"), 16);
    assert_int_equal(info.ulMinPinLen, 4);
    assert_int_equal(info.ulMaxPinLen, 255);
    assert_int_equal(info.flags, CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED |
                                     CKF_TOKEN_INITIALIZED);
}

static void a_new_container_stays_in_its_slot_and_another_empty_one_comes(void **state) {
    CK_SLOT_ID list[16];
    CK_SLOT_ID first = empty_slot(DISK);
    assert_int_equal(make_token(DISK, "first"), first);
    assert_true(field_is(token_info(first).label, 32, "first"));
    assert_int_equal(list_slots(CK_FALSE, list, 16), 4 + KFM_SPARE_SLOTS);
    CK_SLOT_ID second = empty_slot(DISK);
    assert_int_not_equal(first, second);
    assert_int_equal(make_token(DISK, "second"), second);
}

static void slots_have_the_same_order_at_each_start(void **state) {
    static const char *const order[] = {"alpha", "beta", "gamma"};
    make_token("keyfob registry", "gamma");
    make_token(DISK, "beta");
    make_token(DISK, "alpha");
    for (int turn = 0; turn < 2; turn++) {
        assert_ok(C_Finalize(NULL));
        assert_ok(initialize(OPTIONS));
        for (CK_SLOT_ID i = 0; i < 3; i++)
            assert_true(field_is(token_info(i).label, 32, order[i]));
    }
}

/* A stick is pulled and comes back. */
static void a_container_that_went_comes_back_to_its_slot(void **state) {
    CK_SLOT_ID slot = make_token(DISK, "stick");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_USER, USER_PIN));
    run("mv \"$1/stick.kfc\" \"$2/away\"");
    assert_false(is_present(slot));
    assert_rv(C_GetTokenInfo(slot, &(CK_TOKEN_INFO){0}), CKR_TOKEN_NOT_PRESENT);
    assert_rv(C_GetSessionInfo(session, &(CK_SESSION_INFO){0}), CKR_SESSION_HANDLE_INVALID);
    assert_rv(C_Logout(session), CKR_SESSION_HANDLE_INVALID);
    assert_rv(try_open(slot, 0, &session), CKR_TOKEN_NOT_PRESENT);
    run("mv \"$2/away\" \"$1/stick.kfc\"");
    let_time_pass();
    assert_true(is_present(slot));
    assert_int_equal(labelled_slot("stick"), slot);
    assert_int_equal(state_of(open_session(slot, 0)), CKS_RO_PUBLIC_SESSION);
}

static void a_login_notices_that_the_container_went(void **state) {
    CK_SLOT_ID slot = make_token(DISK, "pulled");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    run("rm \"$1/pulled.kfc\"");
    assert_rv(login(session, CKU_USER, USER_PIN), CKR_DEVICE_REMOVED);
    assert_rv(login(session, CKU_USER, USER_PIN), CKR_SESSION_HANDLE_INVALID);
}

/* A host that never asks for the list again, as NSS does. */
static void a_container_found_later_takes_a_spare_slot(void **state) {
    CK_SLOT_ID spare = 6, slot = make_token(DISK, "source");
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_false(is_present(spare));
    run("cp -p \"$1/source.kfc\" \"$1/later.kfc\"");
    let_time_pass();
    bool found = false;
    for (CK_SLOT_ID i = 0; i < 4 + KFM_SPARE_SLOTS; i++)
        if (i != slot && is_present(i) && token_info(i).flags & CKF_TOKEN_INITIALIZED)
            found = true;
    assert_true(found);
}

static void events_tell_what_came_and_went(void **state) {
    CK_SLOT_ID event = 99, slot = make_token(DISK, "event");
    while (C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL) == CKR_OK)
        ;
    assert_rv(C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
    assert_rv(C_WaitForSlotEvent(0, &event, NULL), CKR_FUNCTION_NOT_SUPPORTED);
    run("rm \"$1/event.kfc\"");
    let_time_pass();
    assert_ok(C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL));
    assert_int_equal(event, slot);
    assert_rv(C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

static void a_broken_container_harms_no_other(void **state) {
    CK_SLOT_ID slot = make_token(DISK, "whole"), broken = 0;
    CK_SESSION_HANDLE session = 0;
    run("head -c 100 \"$1/whole.kfc\" >\"$1/broken.kfc\"; chmod 600 \"$1/broken.kfc\"");
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_rv(C_GetTokenInfo(broken, &(CK_TOKEN_INFO){0}), CKR_TOKEN_NOT_RECOGNIZED);
    assert_rv(try_open(broken, 0, &session), CKR_TOKEN_NOT_RECOGNIZED);
    assert_rv(init_token(broken, SO_PIN, "again"), CKR_TOKEN_NOT_RECOGNIZED);
    slot = (CK_SLOT_ID)labelled_slot("whole");
    assert_ok(login(open_session(slot, 0), CKU_USER, USER_PIN));
}

/* As "cp" leaves it. Other answers of C_GetTokenInfo end pkcs11-tool's list. */
static void a_container_that_is_open_to_others_is_not_recognized(void **state) {
    CK_SLOT_ID slot = make_token(DISK, "copied");
    run("chmod 644 \"$1/copied.kfc\"");
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_rv(C_GetTokenInfo(slot, &(CK_TOKEN_INFO){0}), CKR_TOKEN_NOT_RECOGNIZED);
    assert_rv(try_open(slot, 0, &(CK_SESSION_HANDLE){0}), CKR_TOKEN_NOT_RECOGNIZED);
}

/* Another process makes the container anew under our login. */
static void a_container_in_the_place_of_another_knows_no_login(void **state) {
    CK_SLOT_ID slot = make_token(DISK, "mine"), other = make_token(DISK, "other");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION), fresh = 0;
    assert_ok(login(session, CKU_USER, USER_PIN));
    run("mv \"$1/other.kfc\" \"$1/mine.kfc\"");
    assert_true(field_is(token_info(slot).label, 32, "other"));
    assert_rv(C_GetSessionInfo(session, &(CK_SESSION_INFO){0}), CKR_SESSION_HANDLE_INVALID);
    assert_false(is_present(other));
    assert_ok(try_open(slot, 0, &fresh));
    assert_int_equal(state_of(fresh), CKS_RO_PUBLIC_SESSION);
}

/* Names only: files that could not be opened do not even show before somebody asks for them. */
static void a_thousand_containers_are_listed_unopened(void **state) {
    CK_SLOT_ID list[1100];
    make_token(DISK, "real");
    run("chmod 700 \"$1\"; i=0; while [ $i -lt 1000 ]; do : >\"$1/n$i.kfc\"; i=$((i+1)); done;"
        "chmod 600 \"$1\"/*.kfc");
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_int_equal(list_slots(CK_TRUE, list, 1100), 1001 + 3);
    assert_true(is_present(list[500]));
    assert_rv(C_GetTokenInfo(list[500], &(CK_TOKEN_INFO){0}), CKR_TOKEN_NOT_RECOGNIZED);
}

static void an_offered_folder_is_remembered(void **state) {
    CK_SLOT_ID slot = 0, again = 0;
    assert_rv(kfm_interface.offer("disk", in_base_dir("none"), &slot), CKR_ARGUMENTS_BAD);
    assert_rv(kfm_interface.offer("registry", base_dir, &slot), CKR_ARGUMENTS_BAD);
    assert_rv(kfm_interface.offer("tape", NULL, &slot), CKR_ARGUMENTS_BAD);
    run("mkdir -m 700 \"$2/stick\"; ln -s stick \"$2/link\"");
    assert_ok(kfm_interface.offer("disk", in_base_dir("stick"), &slot));
    assert_ok(kfm_interface.offer("disk", in_base_dir("link"), &again));
    assert_int_equal(slot, again);
    assert_ok(init_token(slot, SO_PIN, "on a stick"));
    assert_int_equal(access(in_base_dir("stick/on a stick.kfc"), F_OK), 0);
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_true(labelled_slot("on a stick") >= 0);
}

/* As after a plug was pulled: the folder itself is gone. */
static void the_empty_slot_of_a_stick_goes_with_it(void **state) {
    CK_SLOT_ID slot = 0;
    run("mkdir -m 700 \"$2/stick\"");
    assert_ok(kfm_interface.offer("disk", in_base_dir("stick"), &slot));
    assert_true(is_present(slot));
    run("rmdir \"$2/stick\"");
    let_time_pass();
    assert_false(is_present(slot));
    assert_rv(init_token(slot, SO_PIN, "nowhere"), CKR_TOKEN_NOT_PRESENT);
    assert_rv(C_GetTokenInfo(slot, &(CK_TOKEN_INFO){0}), CKR_TOKEN_NOT_PRESENT);
}

/* A registry that cannot be read for a moment is not a registry that was emptied. */
static void a_medium_that_cannot_be_asked_keeps_its_tokens(void **state) {
    CK_SLOT_ID slot = make_token("keyfob registry", "asked");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_USER, USER_PIN));
    run("cd \"$2/home\"; mkdir aside; mv registry.db* aside; echo nonsense >registry.db");
    assert_true(is_present(slot));
    run("cd \"$2/home\"; rm registry.db*; mv aside/* .");
    assert_int_equal(state_of(session), CKS_RW_USER_FUNCTIONS);
}

static void fill_folder(const char *folder) {
    char path[600];
    for (int i = 0; i < KF_MEDIUM_MAX; i++) {
        snprintf(path, sizeof path, "%s/%d.kfc", folder, i);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
    }
}

/* A stick full of files is no reason to do without the others; once they are gone their slots are
 * had by what comes. */
static void more_containers_than_slots_harm_nobody(void **state) {
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 0;
    run("mkdir -p -m 700 \"$2/home\" \"$1\" \"$2/a\" \"$2/b\" \"$2/c\" \"$2/d\"");
    for (const char *name = "abcd"; *name; name++) {
        const char *folder = in_base_dir((char[]){*name, '\0'});
        assert_ok(kfm_interface.offer("disk", folder, &slot));
        fill_folder(folder);
    }
    fill_folder(in_base_dir("home/containers"));
    assert_ok(C_GetSlotList(CK_FALSE, NULL, &count));
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_ok(C_GetSlotList(CK_FALSE, NULL, &count));
    run("rm -r \"$1\" \"$2/a\" \"$2/b\" \"$2/c\" \"$2/d\"; mkdir -m 700 \"$1\"");
    let_time_pass();
    make_token(DISK, "new");
    make_token(DISK, "newer");
    assert_true(labelled_slot("newer") >= 0);
}

/* Hosts change their folder, services above all. */
static void a_relative_home_stays_where_it_was(void **state) {
    char *before = get_current_dir_name();
    assert_ok(C_Finalize(NULL));
    assert_int_equal(chdir(base_dir), 0);
    assert_ok(initialize("home='here' " OPTIONS));
    CK_SLOT_ID slot = make_token(DISK, "stays");
    assert_int_equal(chdir("/"), 0);
    bool stays = is_present(slot);
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_true(stays);
    assert_int_equal(access(in_base_dir("here/containers/stays.kfc"), F_OK), 0);
}

/* A login may wait for a minute after wrong passwords: whoever looks for slots does not. */
static void nobody_waits_for_a_call_on_what_is_gone(void **state) {
    CK_SLOT_ID slot = make_token(DISK, "gone");
    CK_SESSION_HANDLE handle = open_session(slot, CKF_RW_SESSION);
    struct kfm_module *module = NULL;
    struct kfm_session *session = NULL;
    assert_ok(kfm_enter(&module));
    assert_ok(kfm_sessions_get(module->sessions, handle, &session));
    pthread_mutex_lock(&session->lock);
    alarm(20);
    run("rm \"$1/gone.kfc\"");
    assert_false(is_present(slot));
    alarm(0);
    pthread_mutex_unlock(&session->lock);
    kfm_session_put(session);
    assert_rv(C_CloseSession(handle), CKR_SESSION_HANDLE_INVALID);
    kfm_leave(module);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MODULE(media_offer_empty_slots_and_there_are_spare_ones),
        IN_MODULE(a_list_that_is_too_short_tells_its_length),
        IN_MODULE(a_token_tells_who_it_is),
        IN_MODULE(a_new_container_stays_in_its_slot_and_another_empty_one_comes),
        IN_MODULE(slots_have_the_same_order_at_each_start),
        IN_MODULE(a_container_that_went_comes_back_to_its_slot),
        IN_MODULE(a_login_notices_that_the_container_went),
        IN_MODULE(a_container_found_later_takes_a_spare_slot),
        IN_MODULE(events_tell_what_came_and_went),
        IN_MODULE(a_broken_container_harms_no_other),
        IN_MODULE(a_container_that_is_open_to_others_is_not_recognized),
        IN_MODULE(a_container_in_the_place_of_another_knows_no_login),
        IN_MODULE(an_offered_folder_is_remembered),
        IN_MODULE(the_empty_slot_of_a_stick_goes_with_it),
        IN_MODULE(a_relative_home_stays_where_it_was),
        IN_MODULE(nobody_waits_for_a_call_on_what_is_gone),
        IN_MODULE(a_medium_that_cannot_be_asked_keeps_its_tokens),
        IN_MODULE(more_containers_than_slots_harm_nobody),
        IN_MODULE(a_thousand_containers_are_listed_unopened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Secrets in a real Secret Service: gnome-keyring on a session bus of the test's own, which it
// starts itself in. Its keyring opens with "pw".
#include "unit/keyring_fixture.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/context.h"
#include "base/keyring_service.h"

#define UNLOCK "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
/* The daemon says that it is ready before its name is on the bus; asking it sooner would start a
 * second one. */
#define AWAIT                                                                                      \
    "until dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / "               \
    "org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true; "            \
    "do sleep 0.05; done"
#define LOCK                                                                                       \
    "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets "   \
    "org.freedesktop.Secret.Service.Lock "                                                         \
    "array:objpath:/org/freedesktop/secrets/aliases/default >/dev/null"

static void use(const char *store) {
    assert_int_equal(setenv("KEYFOB_KEYRING", store, 1), 0);
}

static int setup_service(void **state) {
    use("auto");
    return setup_keyring(state);
}

/* Nothing of one test is there for the next. */
static int teardown_service(void **state) {
    use("auto");
    assert_ok(kf_ring_service_forget(context, OWNER, NULL));
    return teardown_keyring(state);
}

#define SERVICE(test) cmocka_unit_test_setup_teardown(test, setup_service, teardown_service)

/* What the service itself says, whatever the files say. */
static void assert_in_service(const char *name, const char *text) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_ok(kf_ring_service_get(context, OWNER, name, &secret));
    assert_int_equal(secret != NULL, text != NULL);
    if (text)
        assert_memory_equal(kf_secret_data(secret), text, strlen(text));
}

static void assert_file_has(const char *name, const char *part, bool has) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO_FREE char *file = kf_str("secrets/connection_%s.%s", OWNER + 11, name);
    assert_ok(kf_file_read(in_base_dir(file), 8192, &bytes));
    assert_int_equal(strstr(kf_buf_str(&bytes), part) != NULL, has);
}

static void a_secret_lies_in_the_service_and_only_its_place_in_the_file(void **state) {
    KF_AUTO_FREE char *place = NULL;
    assert_ok(kf_keyring_place(context, &place));
    assert_non_null(strstr(place, "desktop session"));
    assert_ok(put("password", "hunter2"));
    assert_in_service("password", "hunter2");
    assert_file_has("password", "hunter2", false);
    assert_file_has("password", "service", true);
    assert_kept("password", "hunter2");
}

static void a_secret_is_replaced_and_forgotten_in_the_service(void **state) {
    assert_ok(put("password", "one"));
    assert_ok(put("password", "two"));
    assert_kept("password", "two");
    assert_ok(put("session", "three"));
    assert_ok(kf_keyring_forget(context, OWNER, "password"));
    assert_kept("password", NULL);
    assert_in_service("password", NULL);
    assert_kept("session", "three");
    assert_ok(kf_keyring_forget(context, OWNER, NULL));
    assert_in_service("session", NULL);
}

static void any_bytes_of_any_length_come_back(void **state) {
    KF_AUTO_PTR(kf_secret) large = NULL;
    KF_AUTO_PTR(kf_secret) kept = NULL;
    assert_ok(kf_secret_new(KF_SECRET_MAX, &large));
    for (size_t i = 0; i < KF_SECRET_MAX; i++)
        kf_secret_data(large)[i] = (uint8_t)(i * 7);
    kf_secret_set_len(large, KF_SECRET_MAX);
    assert_ok(kf_keyring_put(context, OWNER, "key", large));
    assert_ok(kf_keyring_get(context, OWNER, "key", &kept));
    assert_true(kf_secret_equal(large, kept));
}

static void a_secret_in_a_file_moves_when_it_is_set_again(void **state) {
    use("files");
    assert_ok(put("password", "in the file"));
    assert_in_service("password", NULL);
    use("auto");
    assert_kept("password", "in the file");
    assert_ok(put("password", "in the service"));
    assert_file_has("password", "in the", false);
    assert_kept("password", "in the service");
}

static void who_decides_for_files_gets_it_out_of_the_service(void **state) {
    assert_ok(put("password", "in the service"));
    use("files");
    assert_kept("password", "in the service");
    assert_ok(put("password", "in the file"));
    assert_in_service("password", NULL);
    assert_file_has("password", "in the file", true);
    assert_kept("password", "in the file");
}

static void keyfob_conf_decides_as_well(void **state) {
    assert_int_equal(unsetenv("KEYFOB_KEYRING"), 0);
    configure("[secrets]\nstore = files\n");
    assert_ok(put("password", "x"));
    assert_in_service("password", NULL);
    configure("[secrets]\nstore = service\n");
    assert_ok(put("password", "x"));
    assert_in_service("password", "x");
}

static void two_homes_share_a_service_and_no_secret(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_ok(put("password", "mine"));
    assert_int_equal(mkdir(in_base_dir("other"), 0700), 0);
    struct kf_context_options options = {.home = in_base_dir("other")};
    KF_AUTO_PTR(kf_context) other = NULL;
    assert_ok(kf_context_new(&options, &other));
    assert_ok(kf_keyring_get(other, OWNER, "password", &secret));
    assert_null(secret);
}

static int get_in_child(void) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    return kf_keyring_get(context, OWNER, "password", &secret) == KF_E_PERMISSION ? 0 : 1;
}

static void the_child_of_a_fork_is_told_to_stay_away(void **state) {
    assert_ok(put("password", "hunter2"));
    assert_int_equal(in_child(get_in_child), 0);
    assert_kept("password", "hunter2");
}

/* --- a bus that is there and silent: in a process of its own, as the answer is asked for once ---
 */

static int use_the_silent_bus(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    KF_AUTO_CLOSE int bus = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    KF_AUTO_FREE char *named = kf_str("unix:path=%s", in_base_dir("bus"));
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_base_dir("bus"));
    if (bind(bus, (struct sockaddr *)&address, sizeof address) != 0 || listen(bus, 5) != 0)
        return 1;
    setenv("DBUS_SESSION_BUS_ADDRESS", named, 1);
    int64_t before = kf_monotonic_ms();
    if (put("password", "x") != KF_OK || !kf_file_exists(in_base_dir(FILE_OF("password"))))
        return 2;
    return kf_monotonic_ms() - before < 4000 ? 0 : 3;
}

static void a_bus_that_is_silent_is_given_up_soon(void **state) {
    assert_int_equal(system("\"$KEYFOB_TEST_PROGRAM\" silent"), 0);
}

static int be_silent(void) {
    void *state = NULL;
    int failed = setup_service(&state);
    failed = failed ? failed : use_the_silent_bus();
    teardown_keyring(&state);
    return failed;
}

/* --- a keyring that is locked, with nobody there to unlock it: the last tests, as it stays so ---
 */

static int setup_locked(void **state) {
    int failed = setup_service(state);
    assert_ok(put("password", "hunter2"));
    return failed || system(LOCK) != 0 ? -1 : 0;
}

static void a_locked_keyring_is_an_error_and_soon(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    bool kept = false;
    int64_t before = kf_monotonic_ms();
    assert_int_equal(kf_keyring_get(context, OWNER, "password", &secret), KF_E_PERMISSION);
    assert_non_null(strstr(kf_error_next(KF_E_PERMISSION), "unlocked"));
    assert_null(secret);
    assert_in_range(kf_monotonic_ms() - before, 0, 8000);
    assert_ok(kf_keyring_has(context, OWNER, "password", &kept));
    assert_true(kept);
}

static void a_locked_keyring_is_no_reason_for_a_second_copy(void **state) {
    assert_int_equal(put("password", "second copy"), KF_E_PERMISSION);
    assert_file_has("password", "second copy", false);
    assert_file_has("password", "service", true);
}

static void a_secret_that_is_refused_leaves_no_trace(void **state) {
    assert_int_equal(put("session", "x"), KF_E_PERMISSION);
    assert_kept("session", NULL);
}

static void what_cannot_be_forgotten_is_said_and_still_known(void **state) {
    assert_int_equal(kf_keyring_forget(context, OWNER, "password"), KF_E_PERMISSION);
    assert_int_equal(kf_keyring_forget(context, OWNER, NULL), KF_E_PERMISSION);
    assert_file_has("password", "service", true);
}

static bool stop_now(void *arg) {
    return true;
}

static void an_interruption_ends_the_wait(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_PTR(kf_context) hasty = NULL;
    struct kf_ui ui = {.interrupted = stop_now};
    struct kf_context_options options = {.home = base_dir, .ui = &ui};
    assert_ok(kf_context_new(&options, &hasty));
    int64_t before = kf_monotonic_ms();
    kf_err err = kf_keyring_get(hasty, OWNER, "password", &secret);
    assert_true(err == KF_E_INTERRUPTED || err == KF_E_PERMISSION);
    assert_in_range(kf_monotonic_ms() - before, 0, 2000);
}

static void who_decides_for_files_can_go_on(void **state) {
    use("files");
    assert_ok(put("password", "in the file"));
    assert_kept("password", "in the file");
    assert_ok(kf_keyring_forget(context, OWNER, NULL));
    assert_kept("password", NULL);
}

static int run_locked(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_locked_keyring_is_an_error_and_soon),
        cmocka_unit_test(a_locked_keyring_is_no_reason_for_a_second_copy),
        cmocka_unit_test(a_secret_that_is_refused_leaves_no_trace),
        cmocka_unit_test(what_cannot_be_forgotten_is_said_and_still_known),
        cmocka_unit_test(an_interruption_ends_the_wait),
        cmocka_unit_test(who_decides_for_files_can_go_on),
    };
    return cmocka_run_group_tests(tests, setup_locked, teardown_keyring);
}

/* A bus, a home and a keyring for this program only. */
static int start_in_session(const char *program) {
    static const char script[] =
        "export HOME=\"$1\" XDG_RUNTIME_DIR=\"$1\" XDG_DATA_HOME=\"$1/data\"; " UNLOCK " && " AWAIT
        " && \"$0\" inside; status=$?; rm -rf \"$1\"; exit $status";
    void *state = NULL;
    if (make_base_dir(&state) != 0)
        return 1;
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    setenv("KEYFOB_TEST_PROGRAM", program, 1);
    /* For the address sanitizer, which looks for a library in the stacks of leaks. */
    setenv("LSAN_OPTIONS", "suppressions=tests/lsan.supp:print_suppressions=0", 1);
    setenv("ASAN_OPTIONS", "fast_unwind_on_malloc=0", 1);
    execlp("dbus-run-session", "dbus-run-session", "--", "sh", "-c", script, program, base_dir,
           (char *)NULL);
    perror("dbus-run-session (tools/packages test installs it)");
    return 127;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return start_in_session(argv[0]);
    if (strcmp(argv[1], "silent") == 0)
        return be_silent();
    const struct CMUnitTest tests[] = {
        SERVICE(a_secret_lies_in_the_service_and_only_its_place_in_the_file),
        SERVICE(a_secret_is_replaced_and_forgotten_in_the_service),
        SERVICE(any_bytes_of_any_length_come_back),
        SERVICE(a_secret_in_a_file_moves_when_it_is_set_again),
        SERVICE(who_decides_for_files_gets_it_out_of_the_service),
        SERVICE(keyfob_conf_decides_as_well),
        SERVICE(two_homes_share_a_service_and_no_secret),
        SERVICE(the_child_of_a_fork_is_told_to_stay_away),
        SERVICE(a_bus_that_is_silent_is_given_up_soon),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return run_locked() + failed;
}

// SPDX-License-Identifier: Apache-2.0
// A window of the desktop that asks for a PIN.
#include "web/worker/window.h"

#include <string.h>

#include "base/text.h"
#include "web/worker/assuan.h"
#include "web/worker/settings.h"

#define PROGRAM     "pinentry"
#define TYPING_MS   180000
#define STARTING_MS 10000

static bool there_is_a_desktop(void) {
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    return (x11 && *x11) || (wayland && *wayland);
}

bool window_is_wanted(kf_context *context) {
    KF_AUTO_PTR(json_t) settings = NULL;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    bool wanted = there_is_a_desktop() && settings_read(context, &settings) == KF_OK &&
                  strcmp(json_string_value(json_object_get(settings, "pin_entry")), "page") != 0;
    kf_error_restore(&saved);
    return wanted;
}

/* The page, or the person there. */
static bool is_given_up(void *arg) {
    struct worker *worker = arg;
    worker_listen(worker, 0);
    return worker->cancelled || json_is_true(json_object_get(worker->answer, "cancel"));
}

/* One that would ask in the terminal of the server is none: "curses", "tty", while "gtk2:curses"
 * has a window here. */
static kf_err check_flavor(assuan *pinentry) {
    KF_AUTO_PTR(kf_secret) flavor = NULL;
    KF_TRY(assuan_call(pinentry, "GETINFO", "flavor", &flavor));
    size_t len = flavor ? kf_secret_len(flavor) : 0;
    const uint8_t *data = flavor ? kf_secret_data(flavor) : NULL;
    if (len >= 3 && (memcmp(data, "tty", 3) == 0 || (len >= 6 && memcmp(data, "curses", 6) == 0)))
        return kf_fail(KF_E_PIN_SOURCE, "this pinentry has no window");
    return KF_OK;
}

/* Words that this pinentry may not know: it asks all the same. */
static void tell(assuan *pinentry, const char *word, const char *text) {
    if (text && assuan_call(pinentry, word, text, NULL) != KF_OK)
        kf_error_clear();
}

static kf_err ask(assuan *pinentry, const struct window_question *question,
                  kf_secret **ret_secret) {
    kf_secret *secret = NULL;
    KF_TRY(check_flavor(pinentry));
    tell(pinentry, "SETTITLE", question->title);
    tell(pinentry, "SETERROR", question->problem);
    tell(pinentry, "SETREPEAT", question->repeat);
    tell(pinentry, "SETREPEATERROR", question->repeat ? "The two are not the same." : NULL);
    KF_TRY(assuan_call(pinentry, "SETDESC", question->text, NULL));
    KF_TRY(assuan_call(pinentry, "SETPROMPT", question->prompt, NULL));
    pinentry->deadline = kf_monotonic_ms() + TYPING_MS;
    KF_TRY(assuan_call(pinentry, "GETPIN", NULL, &secret));
    if (!secret) /* OK without a D line: nothing was typed */
        KF_TRY(kf_secret_new(1, &secret));
    *ret_secret = secret;
    return KF_OK;
}

kf_err window_ask(struct worker *worker, const struct window_question *question,
                  kf_secret **ret_secret) {
    assuan pinentry = {
        .stop = is_given_up, .arg = worker, .deadline = kf_monotonic_ms() + STARTING_MS};
    kf_err code = assuan_start(PROGRAM, &pinentry);
    if (code == KF_OK)
        code = ask(&pinentry, question, ret_secret);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    assuan_clear(&pinentry);
    kf_error_restore(&saved);
    return code;
}

// SPDX-License-Identifier: Apache-2.0
// The common suite, second part: certificates that are not what was ordered, times that the CA
// asks for, services that are not there, redirects, and TLS that must be refused.
#include "unit/connector_trials.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static void connect_and_sign_in(void) {
    add_connection(NULL);
    assert_ok(sign_in());
}

/* --- certificates --- */

static void the_certificate_is(const struct trial *trial) {
    connect_and_sign_in();
    double_set(d, "issue", trial->what);
    kf_err err = enroll();
    if (err == KF_E_PENDING)
        err = go_on();
    assert_fails_with(err, KF_E_QUARANTINED);
    assert_state("quarantined");
    assert_string_not_equal(request_text("reason"), "");
    assert_int_equal(double_count(d, "orders"), 1);
    assert_untouched();
}

/* Right but for what it may be used for. */
static void the_certificate_is_for(const struct trial *trial) {
    connect_and_sign_in();
    double_set(d, "purpose", trial->what);
    kf_err err = enroll();
    if (err == KF_E_PENDING)
        err = go_on();
    assert_fails_with(err, KF_E_QUARANTINED);
    assert_int_equal(double_count(d, "orders"), 1);
    assert_untouched();
}

static void a_root_comes_along(const struct trial *trial) {
    connect_and_sign_in();
    double_set(d, "issue", trial->what);
    assert_ok(enroll());
    assert_done(); /* which says that nobody new is trusted */
    assert_int_equal(stored(KF_STORE_OTHER), 0);
}

/* --- answers with a wrong bit --- */

/* An order or its question is answered so; true when the certificate came all the same. */
static bool one_mangled(int number) {
    char fault[24];
    snprintf(fault, sizeof fault, "mangle:%d", number);
    make_csr();
    id[0] = '\0';
    double_set(d, "fault-count", "-1");
    double_set(d, "fault-path", number % 2 ? service->order : service->poll);
    double_set(d, "fault", fault);
    double_set(d, "decide", number % 3 ? "issue" : "pend");
    double_set(d, "pending", "");
    (void)enroll();
    double_set(d, "pending", "issue");
    (void)go_on();
    double_set(d, "fault", "");
    (void)go_on();
    return *id && strcmp(request_text("state"), "done") == 0;
}

/* Whatever is made of them: no second order, and nothing in the store that was not proven. */
static void answers_have_a_wrong_bit(const struct trial *trial) {
    connect_and_sign_in();
    size_t done = 0;
    for (int number = 1; number <= 40; number++) {
        done += one_mangled(number);
        assert_true(double_count(d, "orders") <= number);
        assert_int_equal(stored(KF_STORE_PERSONAL), 1 + done);
        assert_untouched();
    }
    assert_in_range(done, 1, 40);
}

/* --- when to ask again --- */

static int64_t asked_again_in(void) {
    KF_AUTO(kf_request) request = {0};
    assert_ok(kf_journal_load(context, id, &request));
    return request.next_poll - kf_context_now(context);
}

static void the_ca_says_when(const struct trial *trial) {
    connect_and_sign_in();
    double_set(d, "decide", "pend");
    assert_failed(enroll());
    double_set(d, "fault-count", "-1");
    double_set(d, "retry-after", trial->what);
    double_set(d, "fault", "status:503");
    assert_failed(go_on());
    int64_t wanted = strtoll(trial->what, NULL, 10), planned = asked_again_in();
    assert_in_range(planned, 47, 24 * 3600);
    if (wanted == 7200)
        assert_in_range(planned, 7190, 7200);
    double_set(d, "pending", "issue");
    clock_shift += 24 * 3600;
    assert_recovers();
}

/* --- nobody there --- */

/* A port where nothing listens, held until the test's end. */
static int close_port(char url[64]) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(url, 64, "http://127.0.0.1:%u", ntohs(at.sin_port));
    return fd;
}

static void move_to(const char *url) {
    char setting[128];
    const char *settings[] = {setting};
    snprintf(setting, sizeof setting, "url=%s%s", url, service->base);
    assert_ok(kf_connection_edit(context, CONNECTION, settings, 1));
}

static void nobody_is_there(const struct trial *trial) {
    char nowhere[64];
    connect_and_sign_in();
    int fd = close_port(nowhere);
    move_to(nowhere);
    kf_err err = enroll();
    if (err != KF_E_CA_LOGIN) /* a session belongs to the address it was made with */
        assert_fails_with(err, KF_E_CA_UNREACHABLE);
    assert_failed(err);
    assert_untouched();
    move_to(double_url(d));
    assert_recovers();
    close(fd);
}

static void it_goes_away_while_it_waits(const struct trial *trial) {
    connect_and_sign_in();
    double_set(d, "decide", "pend");
    assert_failed(enroll());
    double_set(d, "fault-count", "-1");
    double_set(d, "fault", "refuse");
    for (int i = 0; i < 5; i++) {
        clock_shift += 4000;
        assert_failed(resume());
    }
    assert_state("waiting");
    double_set(d, "pending", "issue");
    assert_recovers();
}

/* --- redirects: nothing of ours arrives elsewhere --- */

static void redirects_are_not_followed(const struct trial *trial) {
    kf_double *elsewhere = double_start("plain", DOUBLE_PLAIN);
    connect_and_sign_in();
    double_set(d, "redirect-to", double_url(elsewhere));
    double_set(d, "fault-count", "-1");
    double_set(d, "fault-path", service->order);
    double_set(d, "fault", trial->what);
    assert_failed(enroll());
    assert_true(double_count(d, "faults") > 0);
    assert_int_equal(double_count(d, "orders"), 0);
    assert_int_equal(double_count(elsewhere, "connections"), 0);
    double_set(d, "fault-path", "");
    double_set(d, "fault-count", "-1"); /* and whatever else is asked */
    assert_failed(go_on());
    assert_int_equal(double_count(d, "orders"), 0);
    assert_recovers();
    assert_int_equal(double_count(elsewhere, "connections"), 0);
    double_stop(elsewhere);
}

/* --- TLS --- */

static void add_tls_connection(void) {
    char root[600];
    snprintf(root, sizeof root, "ca-file=%s", double_tls_root(d));
    add_connection(root);
}

static void tls_is_trusted(const struct trial *trial) {
    add_tls_connection();
    assert_ok(sign_in());
    assert_ok(enroll());
    assert_done();
}

/* Neither a password nor an order is sent. */
static void tls_is_refused(const struct trial *trial) {
    add_tls_connection();
    kf_err err = sign_in();
    assert_int_equal(err, trial->tls == DOUBLE_TLS_1_0 ? KF_E_CA_UNREACHABLE : KF_E_UNTRUSTED);
    assert_failed(err);
    assert_failed(enroll());
    assert_int_equal(double_count(d, "requests"), 0);
    assert_untouched();
}

static void tls_of_an_unknown_root_is_refused(const struct trial *trial) {
    char wrong[600];
    snprintf(wrong, sizeof wrong, "ca-file=%s", double_ca_root(d));
    add_connection(wrong);
    assert_fails_with(sign_in(), KF_E_UNTRUSTED);
    assert_int_equal(double_count(d, "requests"), 0);
}

#define CERTIFICATE(text)                                                                          \
    { .name = "the certificate is " text, .run = the_certificate_is, .what = text }
#define REDIRECT(text)                                                                             \
    { .name = "not followed: " text, .run = redirects_are_not_followed, .what = text }
#define WHEN(text)                                                                                 \
    { .name = "the CA says when: " text, .run = the_ca_says_when, .what = text }
#define TLS(text, mode)                                                                            \
    { .name = "TLS: " text, .run = tls_is_refused, .tls = mode }

static const struct trial trials[] = {
    CERTIFICATE("other-order"),
    CERTIFICATE("other-key"),
    CERTIFICATE("wrong-chain"),
    CERTIFICATE("expired"),
    CERTIFICATE("ca"),
    CERTIFICATE("long"),
    {.name = "the certificate is for code", .run = the_certificate_is_for, .what = "codeSigning"},
    {.name = "the certificate is for anything",
     .run = the_certificate_is_for,
     .what = "clientAuth,anyExtendedKeyUsage"},
    {.name = "answers have a wrong bit", .run = answers_have_a_wrong_bit},
    {.name = "a root comes along", .run = a_root_comes_along, .what = "extra-root"},
    WHEN("7200"),
    WHEN("0"),
    WHEN("-1"),
    WHEN("1000000000000"),
    WHEN("soon"),
    WHEN("Fri, 31 Dec 1999 23:59:59 GMT"),
    {.name = "nobody is there", .run = nobody_is_there},
    {.name = "it goes away while it waits", .run = it_goes_away_while_it_waits},
    REDIRECT("redirect:301"),
    REDIRECT("redirect"),
    REDIRECT("redirect:307"),
    REDIRECT("redirect:308"),
    {.name = "TLS: trusted", .run = tls_is_trusted, .tls = DOUBLE_TLS},
    TLS("expired", DOUBLE_TLS_EXPIRED),
    TLS("of another host", DOUBLE_TLS_WRONG_HOST),
    TLS("self-signed", DOUBLE_TLS_SELF_SIGNED),
    TLS("1.0", DOUBLE_TLS_1_0),
    {.name = "TLS: of an unknown root",
     .run = tls_of_an_unknown_root_is_refused,
     .tls = DOUBLE_TLS},
};

int main(int argc, char **argv) {
    return run_trials(trials, KF_COUNT(trials), argv[1]);
}

// SPDX-License-Identifier: Apache-2.0
// Questions on /dev/tty. Signals are held back except while waiting, so none can slip in with the
// echo still off.
#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>

#include "base/auto.h"
#include "base/file.h"

static const int watched[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGTSTP,
                              SIGTTIN, SIGTTOU, SIGALRM, SIGUSR1, SIGUSR2};

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t caught; /* the signal that came while a question was open */

static void note_interrupt(int signal_number) {
    interrupted = 1;
}

static void note_signal(int signal_number) {
    caught = signal_number;
}

/* The first signal ends the work in an orderly way, the second one at once. */
void interrupt_watch(void) {
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < KF_COUNT(ends); i++) {
        struct sigaction action = {.sa_handler = note_interrupt, .sa_flags = SA_RESETHAND}, before;
        sigaction(ends[i], NULL, &before);
        if (before.sa_handler != SIG_IGN) /* a shell's background job, or nohup, is not meant */
            sigaction(ends[i], &action, NULL);
    }
}

bool interrupt_came(void) {
    return interrupted;
}

bool tty_is_there(void) {
    KF_AUTO_CLOSE int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    return fd >= 0;
}

/* An open question: the terminal as it was, and who listened to signals before. */
struct question {
    int fd;
    bool secret;
    struct termios before;
    struct sigaction handlers[KF_COUNT(watched)];
    sigset_t mask;
};

static void hold_signals(struct question *question) {
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t all;
    sigemptyset(&all);
    for (size_t i = 0; i < KF_COUNT(watched); i++)
        sigaddset(&all, watched[i]);
    caught = 0;
    sigprocmask(SIG_BLOCK, &all, &question->mask);
    for (size_t i = 0; i < KF_COUNT(watched); i++) {
        sigaction(watched[i], NULL, &question->handlers[i]);
        if (question->handlers[i].sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
    }
}

static void release_signals(struct question *question) {
    for (size_t i = 0; i < KF_COUNT(watched); i++)
        sigaction(watched[i], &question->handlers[i], NULL);
    sigprocmask(SIG_SETMASK, &question->mask, NULL);
}

/* TCSAFLUSH throws away what was typed before the question. */
static void echo_off(struct question *question) {
    tcgetattr(question->fd, &question->before);
    struct termios quiet = question->before;
    if (question->secret)
        quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    quiet.c_lflag |= ICANON | ISIG;
    tcsetattr(question->fd, TCSAFLUSH, &quiet);
}

static void echo_back(struct question *question) {
    tcsetattr(question->fd, TCSAFLUSH, &question->before);
}

static void say(int fd, const char *text) {
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t sent = write(fd, text, len);
        if (sent <= 0)
            return;
        text += sent;
        len -= (size_t)sent;
    }
}

/* One line of at most `capacity` bytes without its newline; longer ones are refused whole. */
static kf_err read_line(const struct question *question, uint8_t *data, size_t capacity,
                        size_t *ret_len) {
    size_t len = 0;
    bool ended = false;
    while (!ended) {
        struct pollfd wait = {.fd = question->fd, .events = POLLIN};
        if (ppoll(&wait, 1, NULL, &question->mask) < 0 || caught)
            return KF_E_INTERRUPTED;
        uint8_t byte;
        ssize_t got = read(question->fd, &byte, 1);
        if (got <= 0)
            return KF_E_INTERRUPTED;
        ended = byte == '\n';
        if (!ended && len < capacity)
            data[len] = byte;
        len += !ended;
        explicit_bzero(&byte, 1);
    }
    if (len > capacity)
        return kf_fail(KF_E_TOO_LARGE, "the answer is longer than %zu bytes", capacity);
    *ret_len = len;
    return KF_OK;
}

/* One try; KF_E_INTERRUPTED also when a signal came, which is in `caught`. */
static kf_err ask_once(struct question *question, const char *text, uint8_t *data, size_t capacity,
                       size_t *ret_len) {
    hold_signals(question);
    echo_off(question);
    say(question->fd, text);
    kf_err code = read_line(question, data, capacity, ret_len);
    if (question->secret || code != KF_OK)
        say(question->fd, "\n");
    echo_back(question);
    release_signals(question);
    return code;
}

/* A signal that came is given to whom it belongs. Stopped and continued: ask again. */
static bool pass_signal_on(void) {
    int number = caught;
    if (number == SIGINT) {
        interrupted = 1;
        return false;
    }
    if (number == 0)
        return false;
    raise(number);
    return !interrupted; /* it may have been one of those that end the work */
}

static kf_err ask(const char *text, bool secret, kf_err without, uint8_t *data, size_t capacity,
                  size_t *ret_len) {
    KF_AUTO_CLOSE int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return kf_fail(without, "there is no terminal to ask for \"%.*s\"",
                       (int)(strcspn(text, ":") < 200 ? strcspn(text, ":") : 200), text);
    kf_err code;
    do {
        struct question question = {.fd = fd, .secret = secret};
        code = ask_once(&question, text, data, capacity, ret_len);
    } while (code == KF_E_INTERRUPTED && pass_signal_on());
    if (code == KF_E_INTERRUPTED) {
        kf_fail(KF_E_INTERRUPTED, "interrupted at the question");
        kf_error_key("The question was not answered; what was done before it stays.");
        kf_error_hint("Run the command again when you are ready.");
    }
    return code;
}

kf_err tty_ask_secret(const char *question, kf_secret **ret_answer) {
    kf_secret *answer = NULL;
    size_t len = 0;
    KF_TRY(kf_secret_new(ANSWER_MAX, &answer));
    kf_err code = ask(question, true, KF_E_PIN_NEEDED, kf_secret_data(answer), ANSWER_MAX, &len);
    if (code != KF_OK) {
        kf_secret_free(answer);
        return code;
    }
    kf_secret_set_len(answer, len);
    *ret_answer = answer;
    return KF_OK;
}

kf_err tty_ask(const char *question, char ret_answer[static ANSWER_MAX]) {
    size_t len = 0;
    KF_TRY(ask(question, false, KF_E_NEEDS_PERSON, (uint8_t *)ret_answer, ANSWER_MAX - 1, &len));
    ret_answer[len] = '\0';
    return KF_OK;
}

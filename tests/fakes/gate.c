// SPDX-License-Identifier: Apache-2.0
// Gate: what every call passes on its way in and out: lock, script, faults, state, trace.
#include "fakes/gate.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "fakes/fake.h"
#include "fakes/names.h"
#include "fakes/slots.h"
#include "fakes/state.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_all(struct fake *fake) {
    pthread_mutex_lock(&mutex);
    fake->lock = state_lock();
}

static void unlock_all(struct fake *fake) {
    state_unlock(fake->lock);
    pthread_mutex_unlock(&mutex);
}

// The whole file as text; "" when no script is named or it cannot be read.
static char *read_script(void) {
    const char *path = getenv("FAKE_TOKEN");
    char *text = attrs_alloc(SCRIPT_MAX_TEXT, 1);
    const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return text;
    size_t len = 0;
    ssize_t got = 0;
    while ((got = read(fd, text + len, SCRIPT_MAX_TEXT - 1 - len)) > 0)
        len += (size_t)got;
    close(fd);
    return text;
}

static void refresh_script(struct fake *fake) {
    char *text = read_script();
    if (fake->text != NULL && strcmp(text, fake->text) == 0) {
        free(text);
        return;
    }
    free(fake->text);
    fake->text = text;
    script_parse(text, &fake->script);
    memset(fake->calls, 0, sizeof fake->calls);
    fake->slots_lied = 0;
    slots_new_script(fake);
}

// One line, in one write, so that threads and processes do not mix theirs.
static void trace(enum fake_function function, const char *answer) {
    const char *path = getenv("FAKE_TOKEN_TRACE");
    if (path == NULL)
        return;
    char line[128];
    const int len = snprintf(line, sizeof line, "%s %s\n", names_of_function(function), answer);
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)len) != len)
        perror("fake-token: cannot write the trace");
    if (fd >= 0)
        close(fd);
}

static void trace_rv(enum fake_function function, CK_RV rv) {
    char number[32];
    const char *name = names_of_rv(rv);
    snprintf(number, sizeof number, "0x%lx", rv);
    trace(function, name != NULL ? name : number);
}

static _Noreturn void crash(enum fake_function function, enum script_crash way) {
    trace(function, "crash");
    if (way == CRASH_EXIT)
        exit(3);
    // A host with a handler for these shall not survive by it.
    const int signals[] = {[CRASH_ABORT] = SIGABRT, [CRASH_SEGV] = SIGSEGV, [CRASH_KILL] = SIGKILL};
    signal(signals[way], SIG_DFL);
    raise(signals[way]);
    _exit(3);
}

static void make_noise(enum fake_function function) {
    printf("fake-token: stdout noise from %s\n", names_of_function(function));
    fflush(stdout);
    fprintf(stderr, "fake-token: stderr noise from %s\n", names_of_function(function));
    fflush(stderr);
}

// What a module must not do to its host (and some do).
static void be_rude(void) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    umask(0);
    setlocale(LC_ALL, "C");
    if (chdir("/") != 0)
        perror("fake-token: chdir");
}

static const struct script_fault *find_fault(const struct fake *fake, enum fake_function function,
                                             enum script_fault_kind kind, bool after) {
    for (size_t i = 0; i < fake->script.fault_count; i++) {
        const struct script_fault *fault = &fake->script.faults[i];
        if (fault->kind != kind || fault->after != after)
            continue;
        if (fault->function != FN_ANY && fault->function != function)
            continue;
        const unsigned long call = fake->calls[fault->function];
        if (call >= fault->first && call <= fault->last)
            return fault;
    }
    return NULL;
}

static void pause_for(unsigned long milliseconds) {
    struct timespec left = {.tv_sec = (time_t)(milliseconds / 1000),
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0)
        ;
}

// Others may call meanwhile.
static void pause_unlocked(struct fake *fake, unsigned long milliseconds) {
    unlock_all(fake);
    pause_for(milliseconds);
    lock_all(fake);
    slots_refresh(fake);
}

CK_RV gate_enter(struct fake *fake, enum fake_function function) {
    lock_all(fake);
    ERR_set_mark();
    refresh_script(fake);
    fake->calls[function]++;
    fake->calls[FN_ANY]++;
    if (fake->script.noise)
        make_noise(function);
    if (fake->script.rude)
        be_rude();
    slots_refresh(fake);
    const struct script_fault *fault = find_fault(fake, function, FAULT_CRASH, false);
    if (fault != NULL)
        crash(function, fault->crash);
    fault = find_fault(fake, function, FAULT_FAIL, false);
    const CK_RV rv = fault == NULL ? CKR_OK : fault->rv;
    fault = find_fault(fake, function, FAULT_SLOW, false);
    if (fault != NULL)
        pause_unlocked(fake, fault->milliseconds);
    // A child of fork has to call C_Initialize itself (PKCS#11 2.40 5.4).
    if (rv == CKR_OK && function != FN_C_Initialize && fake->pid != getpid())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return rv;
}

CK_RV gate_leave(struct fake *fake, enum fake_function function, CK_RV rv) {
    if (!slots_save(fake) && rv == CKR_OK)
        rv = CKR_DEVICE_ERROR;
    const struct script_fault *fault = find_fault(fake, function, FAULT_CRASH, true);
    if (fault != NULL)
        crash(function, fault->crash);
    fault = find_fault(fake, function, FAULT_FAIL, true);
    if (fault != NULL)
        rv = fault->rv;
    fault = find_fault(fake, function, FAULT_SLOW, true);
    const unsigned long milliseconds = fault == NULL ? 0 : fault->milliseconds;
    ERR_pop_to_mark();
    trace_rv(function, rv);
    unlock_all(fake);
    pause_for(milliseconds);
    return rv;
}

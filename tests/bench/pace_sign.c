// SPDX-License-Identifier: Apache-2.0
// Signatures a second of several threads, by a module or by OpenSSL alone.

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pace_evp.h"
#include "pace_keys.h"

enum { THREADS_MAX = 64, MS_MAX = 60000, SIGNATURE_MAX = 512 };

struct signer {
    pthread_t thread;
    const struct pace *pace;
    const struct pace_type *type;
    const struct pace_evp *evp;
    unsigned long count;
};

static struct {
    pthread_barrier_t start;
    atomic_bool over;
} race;

static void sign_with_module(struct signer *signer) {
    CK_FUNCTION_LIST *p11 = signer->pace->p11;
    CK_SESSION_HANDLE session = pace_open_session(signer->pace);
    CK_OBJECT_HANDLE key = pace_find_key(signer->pace, session, signer->type->name);

    pthread_barrier_wait(&race.start);
    while (!atomic_load_explicit(&race.over, memory_order_relaxed)) {
        CK_MECHANISM mechanism = {signer->type->sign, NULL, 0};
        CK_BYTE signature[SIGNATURE_MAX];
        CK_ULONG size = sizeof(signature);

        pace_check(p11->C_SignInit(session, &mechanism, key), "C_SignInit");
        pace_check(p11->C_Sign(session, (CK_BYTE *)signer->type->input, signer->type->input_size,
                               signature, &size),
                   "C_Sign");
        signer->count++;
    }
    pace_check(p11->C_CloseSession(session), "C_CloseSession");
}

static void sign_with_evp(struct signer *signer) {
    void *context = pace_evp_begin(signer->evp);

    pthread_barrier_wait(&race.start);
    while (!atomic_load_explicit(&race.over, memory_order_relaxed)) {
        pace_evp_sign(signer->evp, context, signer->type->input, signer->type->input_size);
        signer->count++;
    }
    pace_evp_end(signer->evp, context);
}

static void *run(void *argument) {
    struct signer *signer = argument;

    if (signer->pace->p11)
        sign_with_module(signer);
    else
        sign_with_evp(signer);
    return NULL;
}

static double race_for(struct signer *signers, long threads, long ms) {
    unsigned long total = 0;

    pthread_barrier_init(&race.start, NULL, (unsigned)threads + 1);
    for (long i = 0; i < threads; i++)
        if (pthread_create(&signers[i].thread, NULL, run, &signers[i]) != 0)
            errx(EXIT_FAILURE, "no thread %ld", i);
    pthread_barrier_wait(&race.start);

    double started = pace_now();
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
    atomic_store(&race.over, true);
    for (long i = 0; i < threads; i++) {
        pthread_join(signers[i].thread, NULL);
        total += signers[i].count;
    }
    return (double)total * 1e3 / (pace_now() - started);
}

void pace_sign(const struct pace *pace, char **arguments) {
    const struct pace_type *type = pace_type(arguments[0]);
    long threads = pace_number(arguments[1], THREADS_MAX);
    long ms = pace_number(arguments[2], MS_MAX);
    struct pace_evp evp = {0};
    struct signer signers[THREADS_MAX];

    if (!pace->p11)
        evp = pace_evp_make(type->name);
    for (long i = 0; i < threads; i++)
        signers[i] = (struct signer){.pace = pace, .type = type, .evp = &evp};
    printf("%.0f\n", race_for(signers, threads, ms));
}

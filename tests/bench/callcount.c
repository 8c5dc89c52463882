// SPDX-License-Identifier: Apache-2.0
// callcount.so: a PKCS#11 module that forwards to another one and writes down every call.
//
//   CALLCOUNT_MODULE  path of the module that does the work
//   CALLCOUNT_LOG     file that gets one line a call, "C_Login 0x0": the name and the CK_RV
//   CALLCOUNT_TABLE   set: no line a call; one "C_Login 1" (name and count) a function on unload
//
// C_GetFunctionList is not a call to the token and leaves no line, so `wc -l` is the number of
// calls and `grep -c '^C_Login '` the number of logins. Every line is one O_APPEND write: any
// number of processes and threads may share a log. A process that ends by _exit or a signal leaves
// no table, but all its lines. A log that cannot be written ends the program: a lost line would
// look like a call saved.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

enum call {
#define CALL(name, parameters, arguments) CALL_##name,
#include "callcount_calls.def"
#undef CALL
    CALLS,
};

enum { LINE_MAX_BYTES = 64 };

static const char *const call_names[CALLS] = {
#define CALL(name, parameters, arguments) [CALL_##name] = #name,
#include "callcount_calls.def"
#undef CALL
};

static struct {
    pthread_once_t once;
    CK_FUNCTION_LIST *real; // NULL when the module could not be loaded
    bool table;
    atomic_ulong counts[CALLS];
} counter = {.once = PTHREAD_ONCE_INIT};

// Opened anew for each write: no descriptor to lose to a fork or a closefrom in the host program.
static void append(const char *text, size_t size) {
    const char *path = getenv("CALLCOUNT_LOG");
    int log = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (log < 0 || write(log, text, size) != (ssize_t)size) {
        fprintf(stderr, "callcount: cannot write CALLCOUNT_LOG \"%s\"\n", path ? path : "");
        abort();
    }
    close(log);
}

static void forget_counts(void) {
    for (int call = 0; call < CALLS; call++)
        atomic_store(&counter.counts[call], 0);
}

static CK_FUNCTION_LIST *open_module(const char *path) {
    CK_C_GetFunctionList get_list = NULL;
    CK_FUNCTION_LIST *list = NULL;
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;

    if (library)
        *(void **)&get_list = dlsym(library, "C_GetFunctionList");
    if (!get_list || get_list == C_GetFunctionList || get_list(&list) != CKR_OK || !list) {
        fprintf(stderr, "callcount: CALLCOUNT_MODULE \"%s\" is no PKCS#11 module\n",
                path ? path : "");
        return NULL;
    }
    return list;
}

static void load(void) {
    counter.table = getenv("CALLCOUNT_TABLE") != NULL;
    pthread_atfork(NULL, NULL, forget_counts); // the parent writes down its own calls
    append("", 0);
    counter.real = open_module(getenv("CALLCOUNT_MODULE"));
}

static CK_FUNCTION_LIST *real_module(void) {
    pthread_once(&counter.once, load);
    return counter.real;
}

static CK_RV note(enum call call, CK_RV rv) {
    char line[LINE_MAX_BYTES];
    int saved_errno = errno;

    if (counter.table) {
        atomic_fetch_add(&counter.counts[call], 1);
    } else {
        int length = snprintf(line, sizeof(line), "%s 0x%lx\n", call_names[call], rv);
        append(line, (size_t)length);
    }
    errno = saved_errno;
    return rv;
}

__attribute__((destructor)) static void write_table(void) {
    char table[CALLS * LINE_MAX_BYTES];
    size_t length = 0;

    for (int call = 0; call < CALLS; call++) {
        unsigned long count = atomic_load(&counter.counts[call]);

        if (count > 0)
            length += (size_t)snprintf(table + length, sizeof(table) - length, "%s %lu\n",
                                       call_names[call], count);
    }
    if (length > 0)
        append(table, length);
}

#define CALL(name, parameters, arguments)                                                          \
    CK_RV name parameters {                                                                        \
        CK_FUNCTION_LIST *real = real_module();                                                    \
        if (!real)                                                                                 \
            return CKR_GENERAL_ERROR;                                                              \
        return note(CALL_##name, real->name ? real->name arguments : CKR_FUNCTION_NOT_SUPPORTED);  \
    }
#include "callcount_calls.def"
#undef CALL

static CK_FUNCTION_LIST functions = {
    .C_GetFunctionList = C_GetFunctionList,
#define CALL(name, parameters, arguments) .name = name,
#include "callcount_calls.def"
#undef CALL
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ret_list) {
    CK_FUNCTION_LIST *real = real_module();

    if (!ret_list)
        return CKR_ARGUMENTS_BAD;
    if (!real)
        return CKR_GENERAL_ERROR;
    functions.version = real->version;
    *ret_list = &functions;
    return CKR_OK;
}

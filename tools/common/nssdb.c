// SPDX-License-Identifier: Apache-2.0
// NSS databases of browsers: pkcs11.txt lists the modules of one, modutil changes it.
#include "common/nssdb.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "common/spawn.h"

#define LIST_MAX ((size_t)1 << 20)

/* Where distributions have it; the first one is what pkg-config said at build time. */
static const char *const proxies[] = {
    KEYFOB_P11_PROXY,
#ifdef KEYFOB_TRIPLET
    "/usr/lib/" KEYFOB_TRIPLET "/p11-kit-proxy.so",
#endif
    "/usr/lib64/p11-kit-proxy.so",
    "/usr/lib/p11-kit-proxy.so",
};

kf_err nssdb_proxy(const char **ret_path) {
    for (size_t i = 0; i < KF_COUNT(proxies); i++)
        if (kf_file_exists(proxies[i])) {
            *ret_path = proxies[i];
            return KF_OK;
        }
    kf_fail(KF_E_NOT_FOUND, "p11-kit's proxy module p11-kit-proxy.so is not installed");
    kf_error_hint("Install the package p11-kit-modules (`apt install p11-kit-modules`).");
    return KF_E_NOT_FOUND;
}

static kf_err inside(const char *folder, const char *name, char **ret_path) {
    *ret_path = kf_str("%s/%s", folder, name);
    return *ret_path ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

bool nssdb_is_there(const char *folder) {
    KF_AUTO_FREE char *path = NULL;
    return inside(folder, "cert9.db", &path) == KF_OK && kf_file_exists(path);
}

static bool is_proxy(const char *library) {
    const char *slash = strrchr(library, '/');
    return strcmp(slash ? slash + 1 : library, "p11-kit-proxy.so") == 0;
}

/* One block a module: "library=..." and "name=..." each on a line of its own, in any order. */
static void read_list(char *text, enum nssdb_state *ret_state) {
    bool proxy = false, ours = false;
    enum nssdb_state state = NSSDB_WITHOUT;
    for (char *line = text; line;) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (kf_str_starts(line, "library="))
            proxy = is_proxy(line + strlen("library="));
        else if (kf_str_starts(line, "name="))
            ours = strcmp(line, "name=" NSSDB_NAME) == 0;
        if (*line == '\0' || !next) {
            if (ours)
                state = NSSDB_OURS;
            else if (proxy && state == NSSDB_WITHOUT)
                state = NSSDB_FOREIGN;
            proxy = ours = false;
        }
        line = next;
    }
    *ret_state = state;
}

static kf_err read_file(const char *folder, kf_buf *ret_text) {
    KF_AUTO_FREE char *path = NULL;
    KF_TRY(inside(folder, "pkcs11.txt", &path));
    kf_err code = kf_file_read(path, LIST_MAX, ret_text);
    if (code != KF_E_NOT_FOUND)
        return code;
    kf_error_clear(); /* a database that no module was ever added to may be without */
    return KF_OK;
}

kf_err nssdb_look(const char *folder, enum nssdb_state *ret_state) {
    KF_AUTO(kf_buf) text = {0};
    *ret_state = NSSDB_WITHOUT;
    KF_TRY(read_file(folder, &text));
    if (text.data)
        read_list((char *)text.data, ret_state);
    return KF_OK;
}

static kf_err keep_beside(const char *folder) {
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO_FREE char *path = NULL;
    KF_TRY(read_file(folder, &text));
    KF_TRY(inside(folder, "pkcs11.txt.keyfob", &path));
    return text.len ? kf_file_write(path, text.data, text.len, 0600) : KF_OK;
}

/* The last line that says something. */
static const char *last_words(kf_buf *output) {
    char *text = output->len ? kf_str_trim((char *)output->data) : "";
    char *line = strrchr(text, '\n');
    return line ? line + 1 : text;
}

static kf_err run_modutil(const char *const argv[]) {
    KF_AUTO(kf_buf) output = {0};
    kf_err code = spawn_run(argv, &output);
    if (code == KF_E_NOT_FOUND) {
        kf_fail(KF_E_NOT_FOUND, "the program modutil is not installed");
        kf_error_hint("Install the package libnss3-tools (`apt install libnss3-tools`).");
        return KF_E_NOT_FOUND;
    }
    if (code == KF_E_FAILED && kf_buf_add(&output, "", 1) == KF_OK)
        return kf_fail(KF_E_FAILED, "modutil: %s", last_words(&output));
    return code;
}

static kf_err change(const char *folder, const char *const argv[], enum nssdb_state wanted) {
    enum nssdb_state state = NSSDB_WITHOUT;
    KF_TRY(keep_beside(folder));
    KF_TRY(run_modutil(argv));
    KF_TRY(nssdb_look(folder, &state));
    if (state != wanted)
        return kf_fail(KF_E_FAILED, "modutil said that it changed \"%s\", but it did not", folder);
    return KF_OK;
}

kf_err nssdb_add(const char *folder, const char *proxy) {
    KF_AUTO_FREE char *database = kf_str("sql:%s", folder);
    if (!database)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const char *const argv[] = {"modutil",  "-dbdir", database, "-add", NSSDB_NAME,
                                "-libfile", proxy,    "-force", NULL};
    return change(folder, argv, NSSDB_OURS);
}

kf_err nssdb_remove(const char *folder) {
    KF_AUTO_FREE char *database = kf_str("sql:%s", folder);
    if (!database)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const char *const argv[] = {"modutil",  "-dbdir", database, "-delete",
                                NSSDB_NAME, "-force", NULL};
    return change(folder, argv, NSSDB_WITHOUT);
}

// SPDX-License-Identifier: Apache-2.0
// Whether a folder lies on a local file system.
#include "base/file.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/text.h"

/* statfs(2) cannot tell a FUSE file system that goes over a network from one that does not; the
 * mount table can. */
static bool fuse_is_remote(const char *folder) {
    static const char *const remote[] = {"fuse.sshfs",     "fuse.rclone",    "fuse.s3fs",
                                         "fuse.davfs",     "fuse.glusterfs", "fuse.ceph",
                                         "fuse.curlftpfs", "fuse.goofys",    "fuse.gvfsd-fuse"};
    struct stat st;
    KF_AUTO(kf_buf) table = {0};
    if (stat(folder, &st) != 0 ||
        kf_file_read("/proc/self/mountinfo", (size_t)1024 * 1024, &table) != KF_OK)
        return true;
    KF_AUTO_FREE char *device = kf_str(" %u:%u ", major(st.st_dev), minor(st.st_dev));
    char *state = NULL;
    for (char *line = strtok_r((char *)table.data, "\n", &state); line && device;
         line = strtok_r(NULL, "\n", &state)) {
        const char *type = strstr(line, " - ");
        for (size_t i = 0; type && strstr(line, device) && i < KF_COUNT(remote); i++)
            if (kf_str_starts(type + 3, remote[i]))
                return true;
    }
    return false;
}

/* Locks and fsync do not keep their promises over a network, and WAL needs shared memory
 * (sqlite.org/wal.html). */
kf_err kf_dir_check_local(const char *folder) {
    static const struct {
        uint32_t magic; /* statfs(2) */
        const char *name;
    } remote[] = {{0x6969, "NFS"},      {0x517b, "SMB"},      {0xfe534d42, "SMB"},
                  {0xff534d42, "CIFS"}, {0x01021997, "9p"},   {0x5346414f, "AFS"},
                  {0x00c36400, "Ceph"}, {0x73757245, "Coda"}, {0x65735546, "FUSE"}};
    struct statfs fs;
    if (statfs(folder, &fs) != 0)
        return kf_fail_errno(errno, "opening the folder", folder);
    for (size_t i = 0; i < KF_COUNT(remote); i++) {
        if ((uint32_t)fs.f_type != remote[i].magic)
            continue;
        if (remote[i].magic == 0x65735546 && !fuse_is_remote(folder))
            return KF_OK;
        kf_fail(
            KF_E_PERMISSION,
            "the folder \"%s\" is on a network file system (%s), where nothing can be kept safely",
            folder, remote[i].name);
        kf_error_hint("Use a folder on a local disk with --home or KEYFOB_HOME.");
        return KF_E_PERMISSION;
    }
    return KF_OK;
}

// SPDX-License-Identifier: Apache-2.0
// A folder for containers that a person names.
#include "common/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/vfs.h>

#include "base/auto.h"
#include "base/file.h"

kf_err folder_open(const char *name, char ret_folder[static PATH_MAX]) {
    if (realpath(name, ret_folder))
        return KF_OK;
    kf_err code = kf_fail_errno(errno, "opening the folder", name);
    if (code == KF_E_NOT_FOUND)
        kf_error_hint("Put the stick in, or make the folder first.");
    return code;
}

bool folder_has_permissions(const char *folder) {
    static const unsigned long without[] = {0x4d44 /* FAT */, 0x2011bab0 /* exFAT */,
                                            0x5346544e /* NTFS */, 0x7366746e /* NTFS3 */};
    struct statfs fs;
    for (size_t i = 0; statfs(folder, &fs) == 0 && i < KF_COUNT(without); i++)
        if ((unsigned long)fs.f_type == without[i])
            return false;
    return true;
}

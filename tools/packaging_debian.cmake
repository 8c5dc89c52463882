# SPDX-License-Identifier: Apache-2.0
# Run by CPack on the staged files: Debian's manual pages are compressed (policy 12.1).
file(GLOB_RECURSE pages "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*.1")
foreach(page ${pages})
  execute_process(COMMAND gzip -9n ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

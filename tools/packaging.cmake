# SPDX-License-Identifier: Apache-2.0
# Installing: library, headers, pkg-config file, profiles; and the .deb.
install(TARGETS keyfob LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# keyfob looks for it beside its library, p11-kit in the folder of that name.
install(TARGETS keyfob-pkcs11 LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkcs11)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/keyfob DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/x509/profiles/ DESTINATION ${CMAKE_INSTALL_DATADIR}/keyfob/profiles
  FILES_MATCHING PATTERN "*.conf")
# The agent and the web front end as services of the person who enables them.
install(FILES ${PROJECT_SOURCE_DIR}/tools/keyfob-agent.service ${PROJECT_SOURCE_DIR}/tools/keyfob-serve.service
  DESTINATION lib/systemd/user)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# Relative to where the file is, so that `cmake --install --prefix` and a moved folder work too.
set(KEYFOB_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
set(KEYFOB_PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
set(KEYFOB_PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(KEYFOB_PC_PREFIX "\${pcfiledir}/${up}")
  set(KEYFOB_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(KEYFOB_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(${PROJECT_SOURCE_DIR}/tools/keyfob.pc.in ${PROJECT_BINARY_DIR}/keyfob.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/keyfob.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "keyfob maintainers <maintainers@users.noreply.b-seed-ab1a632b.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/tools/packaging_debian.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "keyfob makes a key pair on a smartcard, a USB token or in a software token,
signs the certificate request with it, sends the request to a certification
authority, checks what comes back and writes the certificate next to its key.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Loaded when a connector first speaks HTTPS, so no tool finds it by itself.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "p11-kit-modules, libcurl4")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "softhsm2, opensc, libsecret-1-0")
include(CPack)

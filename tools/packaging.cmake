# SPDX-License-Identifier: Apache-2.0
# Installing: library, headers, pkg-config file, profiles; and the .deb.
install(TARGETS keyfob LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/keyfob DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/x509/profiles/ DESTINATION ${CMAKE_INSTALL_DATADIR}/keyfob/profiles)
configure_file(${PROJECT_SOURCE_DIR}/tools/keyfob.pc.in ${PROJECT_BINARY_DIR}/keyfob.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/keyfob.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "keyfob maintainers <maintainers@users.noreply.b-seed-ab1a632b.example>")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "softhsm2, p11-kit-modules")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)

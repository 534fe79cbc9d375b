# What `cmake --install` lays down: header, libraries, the command line, and the ways to find them (find_package,
# pkg-config).  The wheel is a component of its own: the development variant inside the package, the command line beside it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kowari)

set(installed kowari_static)
if(has_shared)
  list(APPEND installed kowari)
endif()
install(FILES include/kowari.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS ${installed} EXPORT kowari INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS kowari_cli)

# Nothing else has to be found first, so the list of targets is the package's whole configuration.
install(EXPORT kowari FILE kowari-config.cmake NAMESPACE kowari:: DESTINATION ${package_dir})
write_basic_package_version_file(kowari-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kowari-config-version.cmake DESTINATION ${package_dir})

file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/kowari.pc.in kowari.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/kowari.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(DEFINED SKBUILD)
  install(TARGETS kowari_dev LIBRARY DESTINATION kowari COMPONENT wheel RUNTIME DESTINATION kowari COMPONENT wheel)
  install(TARGETS kowari_cli DESTINATION ${SKBUILD_SCRIPTS_DIR} COMPONENT wheel)
endif()

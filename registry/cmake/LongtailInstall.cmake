# cmake --install build --prefix P: P/bin/longtail, its library, headers, plugins, configs, templates and CMake package.
# Everything finds everything else by relative paths, so that P can be moved.
include(CMakePackageConfigHelpers)

set(longtail_package_folder lib/cmake/longtail)

set_target_properties(longtail PROPERTIES
  INSTALL_RPATH "$ORIGIN" INSTALL_RPATH_USE_LINK_PATH ON)
set_target_properties(longtail_app PROPERTIES
  EXPORT_NAME app INSTALL_RPATH "$ORIGIN/../lib" INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS longtail longtail_app EXPORT longtailTargets
  RUNTIME DESTINATION bin LIBRARY DESTINATION lib INCLUDES DESTINATION include)
install(EXPORT longtailTargets NAMESPACE longtail:: DESTINATION ${longtail_package_folder})

install(DIRECTORY registry/include/longtail core/include/longtail DESTINATION include FILES_MATCHING PATTERN "*.h")
install(DIRECTORY registry/templates configs DESTINATION share/longtail OPTIONAL)

# The documents lie as in the source tree, with all that they link to: a test follows the links.
set(longtail_documents share/doc/longtail)
install(FILES LICENSE README.md CONTRIBUTING.md CHANGELOG.md DESTINATION ${longtail_documents} OPTIONAL)
install(FILES plugins/REFERENCE.md plugins/WRITING_A_LOSS.md DESTINATION ${longtail_documents}/plugins)
install(DIRECTORY plugins/losses DESTINATION ${longtail_documents}/plugins
  FILES_MATCHING PATTERN "*.cpp" PATTERN "*.h" PATTERN "CMakeLists.txt")
install(FILES bench/README.md bench/RESULTS.md DESTINATION ${longtail_documents}/bench)
install(CODE "
  set(documents \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${longtail_documents}\")
  file(MAKE_DIRECTORY \${documents}/core/include)
  file(CREATE_LINK ../../longtail/configs \${documents}/configs SYMBOLIC)
  file(CREATE_LINK ../../../../../include/longtail \${documents}/core/include/longtail SYMBOLIC)")

# Not in the build folder itself: with its bin/ on PATH, find_package() would look there and find half a package.
set(longtail_package_build ${CMAKE_BINARY_DIR}/package)
configure_package_config_file(registry/cmake/longtailConfig.cmake.in ${longtail_package_build}/longtailConfig.cmake
  INSTALL_DESTINATION ${longtail_package_folder} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${longtail_package_build}/longtailConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${longtail_package_build}/longtailConfig.cmake ${longtail_package_build}/longtailConfigVersion.cmake
  registry/cmake/LongtailPlugin.cmake DESTINATION ${longtail_package_folder})

# The program in the build folder looks for its configs and templates where an installed one does.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/longtail)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/registry/templates ${CMAKE_BINARY_DIR}/share/longtail/templates SYMBOLIC)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/configs ${CMAKE_BINARY_DIR}/share/longtail/configs SYMBOLIC)

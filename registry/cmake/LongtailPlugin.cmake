# longtail_add_plugin(NAME source... [LIBRARIES library...])
#
# Builds the plugin NAME.longtail.so with every flag it needs, in this tree as well as in a project of your own after
# find_package(longtail). NAME is the file's name and has to be unique; what the plugin offers is said in its sources.
#
# Two CTests come with it: that it loads and describes itself, and that its defaults pass its own constraints, where a
# loss is also called as training calls it. A project of your own has none of them with -DBUILD_TESTING=OFF. Within this
# tree, NAME_test.cpp beside it becomes a test program that runs when all plugins are built.
macro(longtail_add_plugin name)
  longtail_build_plugin(${name} ${ARGN})
  longtail_wants_tests()
  if(longtail_tests_wanted)
    enable_testing()  # in a function it would have no effect on its caller, and a test could not be found
    longtail_check_plugin(${name})
  endif()
endmacro()

# longtail_add_plugin_test(NAME source... [LIBRARIES library...])
#
# A GoogleTest program for the plugin NAME, run as the CTest plugin.NAME.test. LONGTAIL_TEST_PLUGIN_DIR is the folder of
# NAME.longtail.so in its sources. Without GoogleTest it is left out, and CMake says so.
function(longtail_add_plugin_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LIBRARIES")
  longtail_wants_tests()
  if(NOT longtail_tests_wanted)
    return()
  endif()
  find_package(GTest QUIET)
  if(NOT GTest_FOUND)
    message(STATUS "longtail: ${name}'s test is left out, for GoogleTest is not installed (Debian: libgtest-dev)")
    return()
  endif()
  add_executable(${name}_test ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name}_test PRIVATE longtail::longtail ${ARG_LIBRARIES} GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE LONGTAIL_TEST_PLUGIN_DIR="$<TARGET_FILE_DIR:${name}_plugin>")
  longtail_foreign_project(${name}_test)
  add_dependencies(${name}_test ${name}_plugin)
  add_test(NAME plugin.${name}.test COMMAND ${name}_test)
  set_tests_properties(plugin.${name}.test PROPERTIES LABELS plugin TIMEOUT 300)
endfunction()

# Sets longtail_tests_wanted. Projects of others say it with CTest's own variable, BUILD_TESTING.
macro(longtail_wants_tests)
  set(longtail_tests_wanted ON)
  if(TARGET longtail_core)  # within longtail's own tree
    set(longtail_tests_wanted ${LONGTAIL_TESTS})
  elseif(DEFINED BUILD_TESTING)
    set(longtail_tests_wanted ${BUILD_TESTING})
  endif()
endmacro()

function(longtail_build_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LIBRARIES")
  set(target ${name}_plugin)
  add_library(${target} MODULE ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${target} PRIVATE longtail::longtail ${ARG_LIBRARIES})
  longtail_plugin_settings(${target})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} SUFFIX ".longtail.so" NO_SONAME ON)
  if(LONGTAIL_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${LONGTAIL_PLUGIN_OUTPUT_DIRECTORY}")
  endif()

  if(TARGET longtail_core)
    longtail_own_plugin(${name} ${target})
  else()
    longtail_foreign_project(${target})
  endif()
endfunction()

function(longtail_check_plugin name)
  set(target ${name}_plugin)
  foreach(check loads defaults)
    add_test(NAME plugin.${name}.${check}
      COMMAND $<TARGET_FILE:longtail::app> --plugin-dir $<TARGET_FILE_DIR:${target}> plugins check --${check} $<TARGET_FILE:${target}>)
    set_tests_properties(plugin.${name}.${check} PROPERTIES LABELS plugin TIMEOUT 60)
  endforeach()
endfunction()

function(longtail_plugin_settings target)
  # Nothing of a plugin but its entry and marker is visible, so that two plugins may have classes of the same name.
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL "")
  # --no-as-needed: libtorch_cpu registers operators when it is loaded, although nothing in a plugin may name it.
  target_link_options(${target} PRIVATE -Wl,--no-as-needed)
  # A missing function is an error of the linker, not of the user who loads the plugin. Clang's sanitizer runtimes are
  # in the program only, so that their functions are missing here on purpose.
  if(NOT (LONGTAIL_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang"))
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
endfunction()

# What a plugin in a project of its own needs to be like those of this tree.
function(longtail_foreign_project target)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    target_compile_options(${target} PRIVATE -O2)
  endif()
  if(LONGTAIL_SANITIZE)  # as longtail itself: one cannot be loaded into the other otherwise
    target_compile_options(${target} PRIVATE -fsanitize=${LONGTAIL_SANITIZE})
    target_link_options(${target} PRIVATE -fsanitize=${LONGTAIL_SANITIZE})
  endif()
endfunction()

# What only plugins of this tree have: the shared precompiled header, warnings, their own unit test, installation.
function(longtail_own_plugin name target)
  if(NOT TARGET longtail_plugin_pch)
    file(WRITE ${CMAKE_BINARY_DIR}/plugin_pch.cpp "")
    add_library(longtail_plugin_pch OBJECT ${CMAKE_BINARY_DIR}/plugin_pch.cpp)
    target_link_libraries(longtail_plugin_pch PRIVATE longtail longtail_warnings)
    longtail_plugin_settings(longtail_plugin_pch)
    target_precompile_headers(longtail_plugin_pch PRIVATE ${LONGTAIL_PCH_HEADERS})
  endif()
  target_link_libraries(${target} PRIVATE longtail_warnings)
  target_precompile_headers(${target} REUSE_FROM longtail_plugin_pch)
  set_target_properties(${target} PROPERTIES
    INSTALL_RPATH "$ORIGIN/../.." INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS ${target} LIBRARY DESTINATION lib/longtail/plugins)
  if(LONGTAIL_TESTS AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}_test.cpp)
    longtail_add_test(${name}_test ${name}_test.cpp)
    add_dependencies(${name}_test longtail_plugins)
  endif()
endfunction()

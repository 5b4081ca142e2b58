# longtail_add_plugin(NAME source... [LIBRARIES library...])
#
# Builds the plugin NAME.longtail.so with every flag it needs, in this tree as well as in a project of your own after
# find_package(longtail). NAME is the file's name and has to be unique; what the plugin offers is said in its sources.
#
# Where tests are on, two CTests come with it: that it loads and describes itself, and that its defaults pass its own
# constraints, where a loss is also called as training calls it. Within this tree, NAME_test.cpp beside it becomes a test program that runs when all plugins are built.
function(longtail_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LIBRARIES")
  set(target ${name}_plugin)
  add_library(${target} MODULE ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${target} PRIVATE longtail::longtail ${ARG_LIBRARIES})
  longtail_plugin_settings(${target})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} SUFFIX ".longtail.so" NO_SONAME ON)
  if(LONGTAIL_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${LONGTAIL_PLUGIN_OUTPUT_DIRECTORY}")
  endif()

  if(TARGET longtail_core)  # within longtail's own tree
    longtail_own_plugin(${name} ${target})
  else()
    longtail_foreign_project(${target})
  endif()
  if(LONGTAIL_TESTS)
    foreach(check loads defaults)
      add_test(NAME plugin.${name}.${check}
        COMMAND $<TARGET_FILE:longtail::app> --plugin-dir $<TARGET_FILE_DIR:${target}> plugins check --${check} $<TARGET_FILE:${target}>)
      set_tests_properties(plugin.${name}.${check} PROPERTIES LABELS plugin TIMEOUT 60)
    endforeach()
  endif()
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

# Compiler settings that all targets of this tree share, and the helpers that make tests.
add_library(longtail_warnings INTERFACE)
target_compile_options(longtail_warnings INTERFACE -Wall -Wextra -Wno-unused-parameter)
if(LONGTAIL_WERROR)
  target_compile_options(longtail_warnings INTERFACE -Werror)
endif()
if(LONGTAIL_SANITIZE)
  add_compile_options(-fsanitize=${LONGTAIL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LONGTAIL_SANITIZE})
endif()

# One precompiled header for code in shared libraries, one for executables: the compiler does not share them.
set(LONGTAIL_PCH_HEADERS <ATen/ATen.h> <torch/nn/module.h> <fmt/format.h> <string> <vector> <map> <filesystem>)

function(longtail_use_library_pch target)
  if(target STREQUAL longtail_core)
    target_precompile_headers(${target} PRIVATE ${LONGTAIL_PCH_HEADERS})
  else()
    target_precompile_headers(${target} REUSE_FROM longtail_core)
  endif()
endfunction()

function(longtail_use_program_pch target)
  if(NOT TARGET longtail_program_pch)
    file(WRITE ${CMAKE_BINARY_DIR}/program_pch.cpp "int main() {}\n")
    add_executable(longtail_program_pch ${CMAKE_BINARY_DIR}/program_pch.cpp)
    target_link_libraries(longtail_program_pch PRIVATE longtail fmt::fmt longtail_warnings)
    target_precompile_headers(longtail_program_pch PRIVATE ${LONGTAIL_PCH_HEADERS})
  endif()
  target_precompile_headers(${target} REUSE_FROM longtail_program_pch)
endfunction()

# longtail_add_test(NAME sources... [LIBRARIES lib...]): a GoogleTest program whose cases are CTests.
function(longtail_add_test name)
  cmake_parse_arguments(ARG "NO_TORCH" "" "LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gmock GTest::gtest GTest::gtest_main longtail_warnings)
  target_compile_definitions(${name} PRIVATE
    LONGTAIL_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    LONGTAIL_BINARY_DIR="${CMAKE_BINARY_DIR}"
    LONGTAIL_TEST_PLUGIN_DIR="${LONGTAIL_PLUGIN_OUTPUT_DIRECTORY}")
  if(NOT ARG_NO_TORCH)
    target_link_libraries(${name} PRIVATE longtail fmt::fmt)
    longtail_use_program_pch(${name})
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

# A project of somebody that has something else to do than plugins: find_package(longtail) may add neither options nor tests
# to it, nor longtail_add_plugin() tests where it wants none.
set(project ${FOLDER}/foreign)
file(REMOVE_RECURSE ${project})
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

function(configure build)
  run(${CMAKE_COMMAND} -S foreign -B foreign/${build} -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${FOLDER}/prefix
      -DCMAKE_CXX_COMPILER=${COMPILER} ${ARGN})
endfunction()
function(expect_no_tests build)
  if(EXISTS ${project}/${build}/CTestTestfile.cmake)
    message(FATAL_ERROR "tests were added to ${build}")
  endif()
endfunction()

set(head "cmake_minimum_required(VERSION 3.22)\nproject(foreign LANGUAGES CXX)\nfind_package(longtail REQUIRED)\n")
file(WRITE ${project}/main.cpp "int main() {}\n")
file(WRITE ${project}/CMakeLists.txt "${head}add_executable(foreign main.cpp)\n")
configure(alone)
expect_no_tests(alone)
file(STRINGS ${project}/alone/CMakeCache.txt options REGEX "^(LONGTAIL_|BUILD_TESTING)")
if(options)
  message(FATAL_ERROR "options were added: ${options}")
endif()

file(WRITE ${project}/CMakeLists.txt "${head}longtail_add_plugin(mine main.cpp)\n")
configure(without_tests -DBUILD_TESTING=OFF)
expect_no_tests(without_tests)
configure(with_tests)
run(${CMAKE_CTEST_COMMAND} --test-dir foreign/with_tests -N)
if(NOT output MATCHES "plugin.mine.loads" OR NOT output MATCHES "plugin.mine.defaults")
  message(FATAL_ERROR "longtail_add_plugin() added no tests:\n${output}")
endif()

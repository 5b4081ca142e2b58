# Compile through ccache where it is installed. Its settings travel with the command, so that they hold however the build
# is started: precompiled headers need the two sloppinesses, and the base folder lets several checkouts share a cache.
find_program(LONGTAIL_CCACHE ccache)
mark_as_advanced(LONGTAIL_CCACHE)
if(LONGTAIL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${LONGTAIL_CCACHE})
endif()

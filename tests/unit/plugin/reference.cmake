# plugins/REFERENCE.md has to say what the plugins say of themselves.
execute_process(COMMAND ${PROGRAM} plugins describe --format md OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
file(READ ${REFERENCE} written)
if(NOT said STREQUAL written)
  message(FATAL_ERROR "${REFERENCE} is not what the plugins say of themselves (a plugin of another branch in the build \
folder is one too). Refresh it:\n  ${PROGRAM} plugins describe --format md > ${REFERENCE}")
endif()

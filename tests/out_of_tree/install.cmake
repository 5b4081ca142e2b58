# Installs BUILD into FOLDER/prefix and moves that: an installation may not depend on where it was put first.
file(REMOVE_RECURSE ${FOLDER})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/first OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${FOLDER}/first ${FOLDER}/prefix)

foreach(file bin/longtail lib/liblongtail.so lib/cmake/longtail/longtailConfig.cmake include/longtail/loss.h
        include/longtail/plugin.h include/longtail/config/node.h share/longtail/templates/loss/CMakeLists.txt)
  if(NOT EXISTS ${FOLDER}/prefix/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()
execute_process(COMMAND ${FOLDER}/prefix/bin/longtail plugins list COMMAND_ERROR_IS_FATAL ANY)
# The images of the quick experiments, which the new plugins train on.
execute_process(COMMAND ${FOLDER}/prefix/bin/longtail data make-emoji --task classification --out ${FOLDER}/images
                        --classes 5 --size 16 --max-count 40 --imbalance 8 --test-count 6
                COMMAND_ERROR_IS_FATAL ANY)

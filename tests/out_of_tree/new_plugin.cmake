# `longtail new KIND`, then what its README says, word for word, with the longtail installed in FOLDER/prefix.
set(longtail ${FOLDER}/prefix/bin/longtail)
set(name my_${KIND})
file(REMOVE_RECURSE ${FOLDER}/${name})

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${code}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${longtail} new ${KIND} ${name})
run(${CMAKE_COMMAND} -S ${name} -B ${name}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${FOLDER}/prefix
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=-Werror)
run(${CMAKE_COMMAND} --build ${name}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${name}/build --output-on-failure --no-tests=error)
run(${longtail} --plugin-dir ${name}/build plugins describe ${KIND}/${name})
message("${output}")
set(description "${output}")
set(ENV{LONGTAIL_QUICK} ${FOLDER}/images)
run(${longtail} --plugin-dir ${name}/build train ${name}/${name}.yaml --work-dir ${name}/run --limit-batches 3)
if(KIND STREQUAL loss)
  # PCB over a loss that it has never seen, from YAML alone.
  run(${longtail} --plugin-dir ${name}/build train quick/pcb --set loss.base=${name} --work-dir ${name}/pcb --limit-batches 3)
endif()
if(NOT description MATCHES "from ${FOLDER}/${name}/build/${name}.longtail.so")
  message(FATAL_ERROR "the description does not say which file the plugin is from")
endif()

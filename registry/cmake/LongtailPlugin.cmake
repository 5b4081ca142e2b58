# longtail_add_plugin(NAME sources...): a plugin as a shared library NAME.longtail.so.
function(longtail_add_plugin name)
  add_library(${name}_plugin MODULE ${ARGN})
  target_link_libraries(${name}_plugin PRIVATE longtail::longtail)
  target_link_options(${name}_plugin PRIVATE -Wl,-z,defs -Wl,--no-as-needed)
  set_target_properties(${name}_plugin PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX ".longtail.so"
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY "${LONGTAIL_PLUGIN_OUTPUT_DIRECTORY}")
endfunction()

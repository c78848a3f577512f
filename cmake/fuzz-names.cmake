# A link fuzz_NAME to the fuzzer for each target that there is.
get_filename_component(folder "${FUZZ}" DIRECTORY)
execute_process(COMMAND "${REPLAY}" OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\n" ";" names "${names}")
foreach(name IN LISTS names)
  if(name)
    file(CREATE_LINK "${FUZZ}" "${folder}/fuzz_${name}" SYMBOLIC)
  endif()
endforeach()

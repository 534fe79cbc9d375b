# The target `coverage` of the preset of that name: runs the C tests and prints which lines of src/ they reached.
find_program(LLVM_PROFDATA NAMES llvm-profdata llvm-profdata-14)
find_program(LLVM_COV NAMES llvm-cov llvm-cov-14)
set(profiles ${PROJECT_BINARY_DIR}/profiles)
get_property(programs DIRECTORY tests/c PROPERTY BUILDSYSTEM_TARGETS)
get_property(fuzz_programs DIRECTORY fuzz PROPERTY BUILDSYSTEM_TARGETS)
list(APPEND programs ${fuzz_programs})
list(TRANSFORM programs REPLACE ".+" "-object;$<TARGET_FILE:\\0>")
add_custom_target(coverage
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${profiles}
  COMMAND ${CMAKE_COMMAND} -E env LLVM_PROFILE_FILE=${profiles}/%p.profraw ${CMAKE_CTEST_COMMAND} --output-on-failure
  COMMAND sh -c "${LLVM_PROFDATA} merge -o profiles/all.profdata profiles/*.profraw"
  COMMAND ${LLVM_COV} report $<TARGET_FILE:golden> ${programs} -instr-profile=profiles/all.profdata ${PROJECT_SOURCE_DIR}/src
  WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
  COMMAND_EXPAND_LISTS VERBATIM)

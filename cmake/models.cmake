# KOWARI_MODELS: a build whose library has the operators of these files only.  A command line for this machine, compiled here
# with the host's compiler (KOWARI_HOST_CC) or given as KOWARI_HOST_CLI, reads the files and says what they use.
if(NOT KOWARI_HOST_CLI)
  find_program(KOWARI_HOST_CC NAMES cc gcc clang REQUIRED)
  set(KOWARI_HOST_CLI ${PROJECT_BINARY_DIR}/kowari_host)
  file(GLOB host_sources ${PROJECT_SOURCE_DIR}/cli/*.c)
  message(STATUS "Compiling a command line for this machine, to read KOWARI_MODELS")
  execute_process(
    COMMAND ${KOWARI_HOST_CC} -std=c11 -O1 -DKOWARI_DEV -I${PROJECT_SOURCE_DIR}/include
            ${PROJECT_SOURCE_DIR}/src/kowari_all.c ${host_sources} -o ${KOWARI_HOST_CLI} -lm -lpthread
    COMMAND_ERROR_IS_FATAL ANY)
endif()

set(uses "")
foreach(model IN LISTS KOWARI_MODELS)
  get_filename_component(path ${model} ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
  execute_process(COMMAND ${KOWARI_HOST_CLI} ops --uses ${path} OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "\n$" "" lines "${lines}")
  string(REPLACE "\n" ";" lines "${lines}")
  list(APPEND uses ${lines})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
endforeach()
list(REMOVE_DUPLICATES uses)
list(LENGTH uses used)
list(SORT uses)
list(JOIN uses "\n" uses)
set(KOWARI_SELECTED ${PROJECT_BINARY_DIR}/selected_operators.h)
file(CONFIGURE OUTPUT ${KOWARI_SELECTED} CONTENT "/* What KOWARI_MODELS need. */\n@uses@\n" @ONLY)
message(STATUS "KOWARI_MODELS need ${used} operators")

# Flags of every file: the same bits everywhere, few exported names, warnings.  Linked privately, so that nothing of them
# reaches who uses the library.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)

add_library(kowari_flags INTERFACE)
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  # No fused multiply-add.  No SLP vectoriser: gcc's loses the rounding to float32 of some elements of small arrays.
  target_compile_options(kowari_flags INTERFACE
    -ffp-contract=off $<IF:$<C_COMPILER_ID:GNU>,-fno-tree-slp-vectorize,-fno-slp-vectorize>
    $<$<CONFIG:Release>:-O2> -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes $<$<BOOL:${KOWARI_WERROR}>:-Werror>)
  # What is shipped is small: -O3 and symbols would make the library half as large again.  No tables for unwinding, as nothing
  # throws through C: they were an eighth of it.
  target_compile_options(kowari_flags INTERFACE
    $<$<CONFIG:Release>:-fno-asynchronous-unwind-tables> $<$<CONFIG:Release>:-fno-unwind-tables>)
  # -Os for what runs once a file or once a session: a tenth of the size for 2 or 3 microseconds of opening.
  file(GLOB translator src/tflite/*.c)
  set_source_files_properties(${translator} src/arena.c src/check.c src/error.c src/memory.c src/model.c src/signature.c
    src/state.c src/tflite.c src/verify.c src/verify_graph.c src/worker.c src/system_posix.c
    PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-Os>)
  # -O3 only where it was measured to pay: matrix products, also of integers, and forests.
  set_source_files_properties(src/ops/dense.c src/ops/forest.c src/ops/product.c src/ops/hybrid.c
    PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
  # Loops over selections vectorise only where no floating-point flag counts; no result depends on that.
  set_source_files_properties(src/ops/activation.c src/ops/fold.c
    PROPERTIES COMPILE_OPTIONS "-fno-math-errno;-fno-trapping-math;-ftree-vectorize;$<$<C_COMPILER_ID:GNU>:-fvect-cost-model=dynamic>")
  if(UNIX AND NOT APPLE) # no symbols, no gaps between code and constants, calls within go straight
    set(strip_option $<$<CONFIG:Release>:LINKER:-s,-z,noseparate-code,-Bsymbolic-functions>)
  endif()
endif()
if(KOWARI_MUTATE)
  target_compile_definitions(kowari_flags INTERFACE KW_MUTATE=${KOWARI_MUTATE})
endif()

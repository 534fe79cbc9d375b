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
  # What is shipped is small: -O3 and symbols would make the library half as large again.  -O3 only where it was measured to
  # pay: matrix products, also of integers, and forests.
  set_source_files_properties(src/ops/dense.c src/ops/forest.c src/ops/product.c src/ops/hybrid.c
    PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
  # Loops over selections vectorise only where no floating-point flag counts; no result depends on that.
  set_source_files_properties(src/ops/activation.c src/ops/fold.c src/ops/sequence.c
    PROPERTIES COMPILE_OPTIONS "-fno-math-errno;-fno-trapping-math;-ftree-vectorize;$<$<C_COMPILER_ID:GNU>:-fvect-cost-model=dynamic>")
  if(UNIX AND NOT APPLE)
    set(strip_option $<$<CONFIG:Release>:LINKER:-s>)
  endif()
endif()
if(KOWARI_MUTATE)
  target_compile_definitions(kowari_flags INTERFACE KW_MUTATE=${KOWARI_MUTATE})
endif()

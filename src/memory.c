/* The one allocator that everything goes through, and the check of the options that bring it. */
#include <stdlib.h>

#include "internal.h"

static void *default_resize(void *context, void *old, size_t old_size, size_t size) {
  (void)context;
  (void)old_size;
  if (size == 0) {
    free(old);
    return NULL;
  }
  return realloc(old, size);
}

kw_status kw__check_options(const kw_options *options, kw_error *error) {
  if (!options || options->bytes == sizeof *options) return KW_OK;
  return kw__fail(error, KW_ARGUMENT, "options.bytes is %u, must be %zu", options->bytes,
                  sizeof *options);
}

void kw__init_memory(kw__memory *memory, const kw_allocator *allocator) {
  memory->allocator = allocator ? *allocator : (kw_allocator){default_resize, NULL};
}

void *kw__resize(const kw__memory *memory, void *old, size_t old_size, size_t size) {
  if (!old && size == 0) return NULL;
  return memory->allocator.resize(memory->allocator.context, old, old_size, size);
}

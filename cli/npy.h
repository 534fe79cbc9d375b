/* Arrays in NumPy's .npy files, both ways.  A file is hostile until every number in its header
 * agrees with its length.  Little-endian hosts, like the model files. */
#ifndef KOWARI_CLI_NPY_H
#define KOWARI_CLI_NPY_H
#include <stdint.h>

#include "common.h"
#include "kowari.h"

typedef struct npy {
  kw_type type; /* datetime64[us] reads as I64, the time stamps of models */
  int32_t rank;
  int64_t size[KW_MAX_RANK];
  const void *data; /* row-major, aligned; TEXT: const char *[elements], in UTF-8 */
} npy;

/* Reads versions 1 to 3.  The path is for messages; the array is a copy. */
bool npy_parse(npy *out, const char *path, const file_bytes *file, cli_error *error);
void npy_free(npy *array);
int64_t npy_elements(const npy *array);

/* Writes version 1; TEXT as <U of the longest element. */
bool npy_write(const char *path, const npy *array, cli_error *error);
#endif

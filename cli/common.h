/* What every file of the command line shares: errors, memory, whole files, UTF-8.
 * A function that can fail returns false and leaves one sentence in the caller's cli_error. */
#ifndef KOWARI_CLI_COMMON_H
#define KOWARI_CLI_COMMON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CLI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

typedef struct cli_error {
  char text[1024];
} cli_error;

typedef struct file_bytes {
  char *data; /* one NUL follows the last byte */
  size_t length;
} file_bytes;

/* Writes the error and returns false, so that `return fail(...)` reads as what it does. */
bool fail(cli_error *error, const char *format, ...) CLI_PRINTF(2, 3);

/* Memory for `count` items of `size` bytes, also for none, to be freed; NULL: "out of memory".
 * resize keeps the items of `old`, and leaves them alone where it fails. */
void *allocate(size_t count, size_t size, cli_error *error);
void *resize(void *old, size_t count, size_t size, cli_error *error);

/* Reads a file or a pipe to its end; nothing in it is an error.  The caller frees out->data. */
bool read_file(const char *path, file_bytes *out, cli_error *error);

bool is_character(uint32_t code); /* of Unicode */

/* Takes the next character of a text in UTF-8; false if it is none, or not in its shortest form. */
bool take_character(const char **at, uint32_t *out);

/* The length of `text`, at most `limit`, that does not cut a UTF-8 character: for "%.*s". */
int clip_text(const char *text, int limit);
#endif

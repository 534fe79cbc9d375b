/* Errors, memory, whole files and UTF-8 for the command line.  All memory of the command line comes
 * from resize(), so that running out of it is handled, and tested, in one place. */
#include "common.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_READ = 1 << 16 };

bool fail(cli_error *error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  return false;
}

void *resize(void *old, size_t count, size_t size, cli_error *error) {
  size_t bytes = count * size;
  void *memory = NULL;
  if (size == 0 || count <= SIZE_MAX / size) memory = realloc(old, bytes > 0 ? bytes : 1);
  if (memory == NULL) fail(error, "out of memory");
  return memory;
}

void *allocate(size_t count, size_t size, cli_error *error) {
  return resize(NULL, count, size, error);
}

/* Reads until the end into memory that doubles: a pipe cannot say how long it is. */
static bool read_stream(FILE *file, const char *path, file_bytes *out, cli_error *error) {
  size_t capacity = FIRST_READ;
  out->data = allocate(capacity, 1, error);
  if (out->data == NULL) return false;
  for (;;) {
    out->length += fread(out->data + out->length, 1, capacity - 1 - out->length, file);
    if (ferror(file)) return fail(error, "%s: cannot read: %s", path, strerror(errno));
    if (feof(file)) break;
    if (out->length < capacity - 1) continue;
    char *larger = resize(out->data, capacity, 2, error);
    if (larger == NULL) return false;
    out->data = larger;
    capacity *= 2;
  }
  out->data[out->length] = '\0';
  return out->length > 0 ? true : fail(error, "%s: the file is empty", path);
}

bool read_file(const char *path, file_bytes *out, cli_error *error) {
  *out = (file_bytes){0};
  FILE *file = fopen(path, "rb");
  if (file == NULL) return fail(error, "%s: cannot open: %s", path, strerror(errno));
  bool good = read_stream(file, path, out, error);
  fclose(file);
  if (!good) {
    free(out->data);
    *out = (file_bytes){0};
  }
  return good;
}

bool is_character(uint32_t code) { return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

bool take_character(const char **at, uint32_t *out) {
  static const uint32_t LEAST[] = {0, 0x80, 0x800, 0x10000}; /* by the number of bytes */
  const unsigned char *byte = (const unsigned char *)*at;
  uint32_t lead = byte[0], code = lead;
  int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  if (lead >= 0x80 && (lead < 0xC0 || lead >= 0xF8)) return false;
  if (more > 0) code = lead & (0x3Fu >> more);
  for (int i = 1; i <= more; i++) {
    if ((byte[i] & 0xC0) != 0x80) return false;
    code = code << 6 | (byte[i] & 0x3F);
  }
  *at += more + 1;
  *out = code;
  return code >= LEAST[more] && is_character(code);
}

int clip_text(const char *text, int limit) {
  int length = 0;
  while (length < limit && text[length] != '\0') length++;
  if (text[length] == '\0') return length;
  while (length > 0 && ((unsigned char)text[length] & 0xC0u) == 0x80u) length--;
  return length;
}

/* kowari strip: a file without what only its developers need. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "kowari_dev.h"

static bool write_file(const char *path, const void *data, size_t bytes, cli_error *error) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) return fail(error, "%s: cannot open: %s", path, strerror(errno));
  bool good = fwrite(data, 1, bytes, file) == bytes;
  good = fclose(file) == 0 && good;
  return good ? true : fail(error, "%s: cannot write: %s", path, strerror(errno));
}

static bool strip(const char *from, const char *to, const file_bytes *file, void *room,
                  cli_error *error) {
  kw_error reason;
  size_t bytes = file->length;
  if (kw_dev_strip(file->data, file->length, room, &bytes, &reason) != KW_OK) {
    cli_error text;
    fail_model(&text, &reason);
    return fail(error, "%s: %s", from, text.text);
  }
  if (!write_file(to, room, bytes, error)) return false;
  printf("%s: %zu bytes, %s: %zu bytes\n", from, file->length, to, bytes);
  return true;
}

static int strip_file(char **words, cli_error *error) {
  static const option NO_OPTIONS[] = {{0}};
  const char *paths[2];
  file_bytes file;
  if (!parse_words(words, NO_OPTIONS, paths, 2, 2, error)) return USED_WRONGLY;
  if (!read_file(paths[0], &file, error)) return FAILED;
  void *room = allocate(file.length, 1, error);
  bool good = room != NULL && strip(paths[0], paths[1], &file, room, error);
  free(room);
  free(file.data);
  return good ? DONE : FAILED;
}

const command COMMAND_STRIP = {"strip", "remove examples, source lines and source paths",
                               "usage: kowari strip FILE OUT\n\n"
                               "Writes FILE without its examples, source lines and source paths to "
                               "OUT.  What it computes\nstays the same.\n",
                               strip_file};

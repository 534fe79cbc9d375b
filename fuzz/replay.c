/* Runs a fuzz target over files, or all files of folders, without libFuzzer: what was found once is
 * tried everywhere. A finding ends the program; so does a file that cannot be read, or none. */
#define _FILE_OFFSET_BITS 64 /* 32-bit programs, under an emulator too, read 64-bit folders */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t replayed;

static void stop(const char *path, const char *why) {
  fprintf(stderr, "%s: %s\n", path, why);
  exit(EXIT_FAILURE);
}

static void replay_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) stop(path, "cannot open");
  long size = ftell(file);
  rewind(file);
  uint8_t *data =
      size < 0 ? NULL : malloc((size_t)size + !size); /* exactly: one byte further is a finding */
  if (!data || fread(data, 1, (size_t)size, file) != (size_t)size) stop(path, "cannot read");
  fclose(file);
  LLVMFuzzerTestOneInput(data, (size_t)size);
  free(data);
  replayed++;
}

static void replay_folder(const char *path, DIR *folder) {
  for (struct dirent *entry; (entry = readdir(folder));) {
    char whole[1024];
    if (entry->d_name[0] == '.') continue;
    int length = snprintf(whole, sizeof whole, "%s/%s", path, entry->d_name);
    if (length < 0 || (size_t)length >= sizeof whole) stop(path, "the path is too long");
    replay_file(whole);
  }
  closedir(folder);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    DIR *folder = opendir(argv[i]);
    if (folder)
      replay_folder(argv[i], folder);
    else
      replay_file(argv[i]);
  }
  if (!replayed) stop(argv[0], "no file was given");
  printf("%zu passed, 0 failed\n", replayed);
  return EXIT_SUCCESS;
}

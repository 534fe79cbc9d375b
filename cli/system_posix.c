/* Folders and time on POSIX systems and WASI. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "system.h"

bool make_directory(const char *path, cli_error *error) {
  if (mkdir(path, 0777) == 0 || errno == EEXIST) return true;
  return fail(error, "%s: cannot make the folder: %s", path, strerror(errno));
}

char *join_path(const char *directory, const char *name, cli_error *error) {
  size_t size = strlen(directory) + strlen(name) + 2;
  char *path = allocate(size, 1, error);
  if (path != NULL) (void)snprintf(path, size, "%s/%s", directory, name);
  return path;
}

double read_clock(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

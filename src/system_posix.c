/* POSIX files, mapped read-only.  Where there is no mmap (WASI) they are read into memory instead.
 */
#if defined(_WIN32)
#error "system_posix.c: files and memory maps of Windows are not written yet"
#else
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* 64-bit off_t and sysconf under -std=c11 */
#endif
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__wasi__)
#define HAVE_MMAP 0
#else
#include <sys/mman.h>
#define HAVE_MMAP 1
#endif

#include "internal.h"

#if HAVE_MMAP
static kw_status take_range(kw__map *out, int fd, int64_t offset, size_t bytes, kw_error *error) {
  int64_t page = (int64_t)sysconf(_SC_PAGESIZE);
  size_t before = (size_t)(offset % page);
  void *data =
      mmap(NULL, bytes + before, PROT_READ, MAP_PRIVATE, fd, (off_t)(offset - (int64_t)before));
  if (data == MAP_FAILED) return kw__fail(error, KW_IO, "cannot map the file: error %d", errno);
  *out = (kw__map){
      .base = data, .base_bytes = bytes + before, .data = (char *)data + before, .bytes = bytes};
  return KW_OK;
}

void kw__unmap(kw__map *map) {
  if (map->base) munmap(map->base, map->base_bytes);
  *map = (kw__map){0};
}
#else
static kw_status take_range(kw__map *out, int fd, int64_t offset, size_t bytes, kw_error *error) {
  const kw__memory *memory = out->memory;
  char *data = kw__resize(memory, NULL, 0, bytes);
  if (!data) return kw__fail(error, KW_NO_MEMORY, "out of memory for a file of %zu bytes", bytes);
  *out =
      (kw__map){.base = data, .base_bytes = bytes, .data = data, .bytes = bytes, .memory = memory};
  for (size_t done = 0; done < bytes;) {
    ssize_t got = pread(fd, data + done, bytes - done, (off_t)offset + (off_t)done);
    if (got <= 0) return kw__fail(error, KW_IO, "cannot read the file: error %d", errno);
    done += (size_t)got;
  }
  return KW_OK;
}

void kw__unmap(kw__map *map) {
  if (map->base) kw__resize(map->memory, map->base, map->base_bytes, 0);
  *map = (kw__map){0};
}
#endif

kw_status kw__map_fd(kw__map *out, int32_t fd, int64_t offset, int64_t length, kw_error *error) {
  struct stat file;
  if (fstat(fd, &file) != 0) return kw__fail(error, KW_IO, "cannot stat the file: error %d", errno);
  int64_t bytes = S_ISREG(file.st_mode) ? (int64_t)file.st_size : -1;
  if (bytes < 0) return kw__fail(error, KW_IO, "not a regular file");
  if (length < 0) length = bytes - offset; /* to the end */
  if (offset > bytes || length > bytes - offset || length < 1)
    return kw__fail(error, KW_IO, "the file has %lld bytes, cannot read %lld from %lld",
                    (long long)bytes, (long long)length, (long long)offset);
  if ((uint64_t)length > SIZE_MAX / 2)
    return kw__fail(error, KW_NO_MEMORY, "the file is larger than memory");
  return take_range(out, fd, offset, (size_t)length, error);
}

kw_status kw__map_path(kw__map *out, const char *path, kw_error *error) {
  int fd;
  do fd = open(path, O_RDONLY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    const char *reason = errno == ENOENT   ? "no such file"
                         : errno == EACCES ? "no permission"
                                           : "open failed";
    return kw__fail(error, KW_IO, "cannot open '%s': %s", path, reason);
  }
  kw_status status = kw__map_fd(out, fd, 0, -1, error);
  close(fd);
  return status;
}
#endif

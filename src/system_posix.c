/* POSIX: files, mapped read-only or, where there is no mmap (WASI), read into memory; the clock;
 * threads, where there are any. */
#if defined(_WIN32)
#error "system_posix.c: files, memory maps and threads of Windows are not written yet"
#else
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* 64-bit off_t and sysconf under -std=c11 */
#endif
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/resource.h>
#endif
#if defined(__wasi__)
#define HAVE_MMAP 0
#else
#include <sys/mman.h>
#define HAVE_MMAP 1
#endif

#include "thread.h"

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

/* ---- the clock ---- */
int64_t kw__read_clock(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t kw__deadline_in(int64_t milliseconds) {
  if (milliseconds < 0 || milliseconds > INT64_C(1000000000000)) return 0; /* 30 years */
  int64_t deadline = kw__read_clock() + milliseconds * 1000000;
  return deadline > 0 ? deadline : 1;
}

/* ---- threads ---- */
#if KW__THREADS
#if defined(__APPLE__) /* its conditions wait for a span of time, and know no clock */
static int init_condition(pthread_cond_t *condition) { return pthread_cond_init(condition, NULL); }

static int wait_until(kw__gate *gate, int64_t deadline) {
  int64_t left = deadline - kw__read_clock();
  if (left < 0) left = 0;
  struct timespec span = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
  return pthread_cond_timedwait_relative_np(&gate->changed, &gate->lock, &span);
}
#else
static int init_condition(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  int failed = pthread_condattr_init(&attributes);
  if (failed) return failed;
  (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  failed = pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
  return failed;
}

static int wait_until(kw__gate *gate, int64_t deadline) {
  struct timespec until = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)};
  return pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
}
#endif

bool kw__init_gate(kw__gate *gate) {
  if (pthread_mutex_init(&gate->lock, NULL)) return false;
  if (!init_condition(&gate->changed)) return true;
  pthread_mutex_destroy(&gate->lock);
  return false;
}

void kw__end_gate(kw__gate *gate) {
  pthread_cond_destroy(&gate->changed);
  pthread_mutex_destroy(&gate->lock);
}

void kw__lock(kw__gate *gate) { pthread_mutex_lock(&gate->lock); }
void kw__unlock(kw__gate *gate) { pthread_mutex_unlock(&gate->lock); }
void kw__wake(kw__gate *gate) { pthread_cond_broadcast(&gate->changed); }

bool kw__sleep(kw__gate *gate, int64_t deadline) {
  if (deadline) return wait_until(gate, deadline) != ETIMEDOUT;
  pthread_cond_wait(&gate->changed, &gate->lock);
  return true;
}

/* kw_run is content with 16 KB: the rest is for done(), which is the app's. */
enum { STACK_BYTES = 512 << 10, BACKGROUND_NICE = 10 };

static void *enter_thread(void *argument) {
  const kw__thread *thread = argument;
#if defined(__linux__)
  if (thread->background) (void)setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE); /* of this thread */
#endif
  thread->body(thread->argument);
  return NULL;
}

kw_status kw__start_thread(kw__thread *thread, kw_error *error) {
  pthread_attr_t attributes;
  int failed = pthread_attr_init(&attributes);
  if (!failed) {
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES); /* or what is usual here */
    failed = pthread_create(&thread->id, &attributes, enter_thread, thread);
    pthread_attr_destroy(&attributes);
  }
  return failed ? kw__fail(error, KW_NO_MEMORY, "cannot start a thread: error %d", failed) : KW_OK;
}

bool kw__is_this_thread(const kw__thread *thread) {
  return pthread_equal(thread->id, pthread_self());
}

void kw__join_thread(kw__thread *thread) { pthread_join(thread->id, NULL); }
void kw__detach_thread(kw__thread *thread) { pthread_detach(thread->id); }
#else
bool kw__init_gate(kw__gate *gate) { return (void)gate, true; }
void kw__end_gate(kw__gate *gate) { (void)gate; }
void kw__lock(kw__gate *gate) { (void)gate; }
void kw__unlock(kw__gate *gate) { (void)gate; }
void kw__wake(kw__gate *gate) { (void)gate; }
bool kw__sleep(kw__gate *gate, int64_t deadline) { return (void)gate, (void)deadline, false; }
kw_status kw__start_thread(kw__thread *thread, kw_error *error) {
  return (void)thread, kw__fail(error, KW_UNSUPPORTED, "there are no threads here");
}
bool kw__is_this_thread(const kw__thread *thread) { return (void)thread, false; }
void kw__join_thread(kw__thread *thread) { (void)thread; }
void kw__detach_thread(kw__thread *thread) { (void)thread; }
#endif
#endif

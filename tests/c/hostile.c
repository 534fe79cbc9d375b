/* Damages every byte of the files named to it: `hostile FILE...`.  Each truncation, and each byte
 * xor 0x01, 0x80 and 0xFF with the digests sealed again, is refused, or opens and does all that
 * exercise.h does with it.  Without sealing, each flip is refused under KW_DIGEST.  Meant for a
 * build with sanitizers; the last case is named when one of them ends it. */
#include "exercise.h"
#include "test.h"

#if defined(__GNUC__) && !defined(_WIN32) && !defined(__wasi__)
#include <signal.h>
#include <unistd.h>
#define HAS_ALARM 1
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
#endif

enum { PATIENCE = 20 }; /* seconds that no case may take */

static struct {
  const char *path;
  size_t at;
  int flip;
  bool sealed;
} now;
static int64_t refused, opened;

#ifdef HAS_ALARM
static void print_case(void) {
  printf("%s: %s %zu, xor 0x%02X, %s\n", now.path, now.flip ? "byte" : "cut to", now.at,
         (unsigned)now.flip, now.sealed ? "sealed" : "not sealed");
  fflush(stdout);
}

static void give_up(int signal_number) {
  (void)signal_number;
  print_case();
  _exit(EXIT_FAILURE);
}
#endif

static kw_status try_case(const void *file, size_t bytes, uint32_t flags) {
#ifdef HAS_ALARM
  alarm(PATIENCE);
#endif
  kw_status status = exercise_file(file, bytes, flags);
  *(status ? &refused : &opened) += 1;
  return status;
}

/* A copy of its own for each case, so that a read beyond its end is one beyond a block. */
static kw_status try_bytes(const void *file, size_t bytes, int flip, size_t at, bool seal) {
  now.flip = flip;
  now.at = at;
  now.sealed = seal;
  uint8_t *copy = malloc(bytes ? bytes : 1);
  if (!copy) abort();
  memcpy(copy, file, bytes);
  if (flip) copy[at] ^= (uint8_t)flip;
  if (seal) kw_dev_seal(copy, bytes);
  kw_status status = try_case(copy, bytes, seal ? 0 : KW_DIGEST);
  free(copy);
  return status;
}

static void damage(const uint8_t *file, size_t bytes) {
  static const int flips[] = {0x01, 0x80, 0xFF};
  CHECK_EQUAL(try_bytes(file, bytes, 0, bytes, false), KW_OK);
  for (size_t at = 0; at < bytes; at++) {
    CHECK(try_bytes(file, at, 0, at, false) != KW_OK);
    try_bytes(file, at, 0, at, true);
    for (size_t f = 0; f < sizeof flips / sizeof flips[0]; f++) {
      CHECK(try_bytes(file, bytes, flips[f], at, false) != KW_OK);
      try_bytes(file, bytes, flips[f], at, true);
    }
  }
}

static void damage_file(const char *path) {
  static union {
    uint64_t align;
    uint8_t bytes[1 << 16];
  } file;
  now.path = path;
  FILE *in = fopen(path, "rb");
  if (!CHECK(in != NULL)) return;
  size_t bytes = fread(file.bytes, 1, sizeof file, in);
  fclose(in);
  CHECK(bytes > 0 && bytes < sizeof file);
  damage(file.bytes, bytes);
}

int main(int argc, char **argv) {
#ifdef HAS_ALARM
  signal(SIGALRM, give_up);
  signal(SIGABRT, give_up);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(print_case);
#endif
  for (int i = 1; i < argc; i++) damage_file(argv[i]);
  printf("%" PRId64 " damaged files: %" PRId64 " refused, %" PRId64 " opened and used\n",
         refused + opened, refused, opened);
  return failed_checks || argc < 2 ? EXIT_FAILURE : EXIT_SUCCESS;
}

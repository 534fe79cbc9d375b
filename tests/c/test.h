/* The whole of the C tests' framework: checks that count and say where they failed, tests that are
 * functions, and a closing line `N passed, N failed`.  A failed check does not end its test:
 * REQUIRE does, where going on makes no sense. */
#ifndef KOWARI_TEST_H
#define KOWARI_TEST_H
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed_checks, passed_tests, failed_tests;

static inline bool check(bool good, const char *file, int line, const char *what) {
  if (good) return true;
  failed_checks++;
  printf("%s:%d: not true: %s\n", file, line, what);
  return false;
}

static inline void check_equal(int64_t is, int64_t must, const char *file, int line,
                               const char *what) {
  if (is == must) return;
  failed_checks++;
  printf("%s:%d: %s is %" PRId64 ", must be %" PRId64 "\n", file, line, what, is, must);
}

static inline void check_text(const char *is, const char *must, const char *file, int line,
                              const char *what) {
  if (is && strcmp(is, must) == 0) return;
  failed_checks++;
  printf("%s:%d: %s is \"%s\", must be \"%s\"\n", file, line, what, is ? is : "NULL", must);
}

#define CHECK(condition) check((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(is, must) check_equal((int64_t)(is), (int64_t)(must), __FILE__, __LINE__, #is)
#define CHECK_TEXT(is, must) check_text((is), (must), __FILE__, __LINE__, #is)
#define REQUIRE(condition) \
  if (!CHECK(condition)) return

static inline void run(void (*test)(void), const char *name) {
  int before = failed_checks;
  test();
  if (failed_checks == before)
    passed_tests++;
  else
    failed_tests++, printf("FAILED %s\n", name);
}
#define RUN(test) run(test, #test)

/* What main returns. */
static inline int finish(void) {
  printf("%d passed, %d failed\n", passed_tests, failed_tests);
  return failed_tests ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

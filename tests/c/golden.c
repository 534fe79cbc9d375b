/* Replays the examples that the named files carry, on any machine: `golden FILE...`. */
#include "kowari.h"
#include "test.h"

/* Adds to the totals; a file that does not open, or proves nothing, counts as one failure. */
static void replay(const char *path, int64_t *passed, int64_t *failed) {
  const kw_options options = {.bytes = sizeof options, .flags = KW_DIGEST};
  kw_error error = {0};
  kw_model *model;
  int64_t good = 0, bad = 0;
  kw_status status = kw_open(&model, path, &options, &error);
  if (!status) {
    status = kw_check(model, NULL, &good, &bad, &error);
    kw_model_free(model);
  }
  if (status || bad)
    printf("%s: %s: %s\n", path, kw_status_text(error.status), error.message);
  else if (good == 0)
    printf("%s: carries no examples\n", path);
  *passed += good;
  *failed += bad + (status || good + bad == 0);
}

int main(int argc, char **argv) {
  int64_t passed = 0, failed = 0;
  for (int i = 1; i < argc; i++) replay(argv[i], &passed, &failed);
  printf("%" PRId64 " passed, %" PRId64 " failed\n", passed, failed);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

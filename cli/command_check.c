/* kowari check: replays the examples that a file carries. */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"

static int check_file(char **words, cli_error *error) {
  static const option NO_OPTIONS[] = {{0}};
  const char *path;
  kw_model *model;
  if (!parse_words(words, NO_OPTIONS, &path, 1, 1, error)) return USED_WRONGLY;
  if (!open_model(&model, path, KW_DIGEST, error)) return FAILED;

  int64_t passed, failed;
  kw_error first;
  kw_status status = kw_check(model, NULL, &passed, &failed, &first);
  kw_model_free(model);
  if (status != KW_OK || failed > 0) fail_model(error, &first);
  if (status != KW_OK) return FAILED;
  if (passed + failed == 0) printf("%s carries no examples\n", path);
  printf("%" PRId64 " passed, %" PRId64 " failed\n", passed, failed);
  return failed == 0 ? DONE : FAILED;
}

const command COMMAND_CHECK = {
    "check", "replay the examples in a file, and compare with Python's results",
    "usage: kowari check FILE\n\n"
    "Runs the examples that the file carries, compares each output with what Python gave, within\n"
    "the bounds stored in the file, and tells the first difference.  The last line is\n"
    "'N passed, N failed'; the exit status is 1 where one failed.\n",
    check_file};

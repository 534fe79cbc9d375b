/* Somebody else's program: prints the version, and why a file that is not there does not open. */
#include <kowari.h>
#include <stdio.h>

int main(void) {
  kw_model *model;
  kw_error error;
  kw_status status = kw_open(&model, "missing.kow", NULL, &error);
  printf("%d %s: %s\n", (int)kw_version(), kw_status_text(status), error.message);
  return 0;
}

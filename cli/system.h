/* What C11 does not have: folders, and a clock that never runs backwards.  One file a platform. */
#ifndef KOWARI_CLI_SYSTEM_H
#define KOWARI_CLI_SYSTEM_H
#include "common.h"

bool make_directory(const char *path, cli_error *error); /* one that exists is fine */
char *join_path(const char *directory, const char *name, cli_error *error); /* to be freed */
double read_clock(void);                                                    /* microseconds */
#endif

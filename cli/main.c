/* The program: finds the command, runs it, and says what went wrong.  It never calls setlocale, and
 * numbers are read and printed by number.c, so that its answers are the same everywhere. */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const command *const COMMANDS[] = {&COMMAND_INSPECT, &COMMAND_RUN, &COMMAND_CHECK,
                                          &COMMAND_BENCH,   &COMMAND_OPS, &COMMAND_STRIP};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static void print_help(FILE *to) {
  (void)fputs("usage: kowari COMMAND ...\n\n", to);
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    (void)fprintf(to, "  %-9s%s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
  }
  (void)fputs(
      "\n'kowari COMMAND --help' explains one; 'kowari --version' tells the version.\n"
      "exit status: 0 done, 1 failed, 2 used wrongly, 3 a run failed\n",
      to);
}

static int print_version(void) {
  int version = (int)kw_version();
  printf("kowari %d.%d.%d\n", version / 10000, version / 100 % 100, version % 100);
  return DONE;
}

static int run_command(const command *chosen, char **words) {
  for (char **at = words; *at != NULL; at++) {
    if (strcmp(*at, "--help") == 0) return fputs(chosen->help, stdout) < 0;
  }
  cli_error error = {""};
  int result = chosen->run(words, &error);
  if (error.text[0] != '\0') (void)fprintf(stderr, "kowari %s: %s\n", chosen->name, error.text);
  if (result == USED_WRONGLY) (void)fprintf(stderr, "see 'kowari %s --help'\n", chosen->name);
  return result;
}

static int choose(int count, char **words) {
  bool asked = count >= 2 && strcmp(words[1], "--help") == 0;
  if (count < 2 || asked) {
    print_help(asked ? stdout : stderr);
    return asked ? DONE : USED_WRONGLY;
  }
  if (strcmp(words[1], "--version") == 0) return print_version();
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    if (strcmp(words[1], COMMANDS[i]->name) == 0) return run_command(COMMANDS[i], words + 2);
  }
  (void)fprintf(stderr, "kowari: there is no command '%s'; see 'kowari --help'\n", words[1]);
  return USED_WRONGLY;
}

int main(int count, char **words) {
  int result = choose(count, words);
  if (fflush(stdout) == 0 && ferror(stdout) == 0) return result;
  (void)fputs("kowari: cannot write to standard output\n", stderr);
  return FAILED;
}

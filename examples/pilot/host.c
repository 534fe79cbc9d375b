/* What an app does with the pilot, without its screen: gathers the samples of a minute, lends the
 * session to a worker, gathers the next minute meanwhile, writes the score down, keeps the state.
 *
 * usage: host MODEL FOLDER [NAME=NUMBER]...    inputs that stay the same, such as age=39
 *
 * FOLDER/samples.csv   lines MINUTE,INPUT,NUMBER in order of minutes; an array has a line a sample
 * FOLDER/scores.csv    a line a minute is appended
 * FOLDER/state.bin     after which minute to go on, and with what: replaced as a whole
 *
 * Killed at any moment and started again, it goes on where it was. A score counts once the state
 * that knows the length of scores.csv lies on the disk; what was written behind it is cut off and
 * scored again, from the state before, to the same numbers. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kowari.h"

enum { LINE = 8192, PATH = 1024 };

typedef struct samples { /* of one input and minute */
  double *values;
  int64_t count, room;
} samples;

typedef struct saved { /* the head of state.bin; the session's state follows */
  char magic[8];
  uint64_t digest;                    /* of all that follows it */
  int64_t minute, score_bytes, bytes; /* of scores.csv; of all */
} saved;
static const char MAGIC[8] = "PILOT 1";

typedef struct host {
  const char *folder;
  kw_model *model;
  kw_session *session;
  kw_worker *worker;
  int32_t inputs, outputs, minute_input;
  double *fixed;     /* by input: from the command line, else NaN */
  samples *gathered; /* by input */
  FILE *source, *scores;
  int64_t line_number, line_minute; /* of the line that was read last */
  char line[LINE];
  char *state; /* `saved` and the session's state: what state.bin holds */
  size_t state_bytes, state_room;
} host;

static void stop(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)fputs("host: ", stderr);
  (void)vfprintf(stderr, format, arguments);
  (void)fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static void *take(void *old, size_t bytes) {
  void *memory = realloc(old, bytes);
  if (memory == NULL) stop("there is no memory for %zu bytes", bytes);
  return memory;
}

static const char *place(const host *h, const char *name, char path[PATH]) {
  if (snprintf(path, PATH, "%s/%s", h->folder, name) >= PATH) stop("%s: too long", h->folder);
  return path;
}

/* ---- the state on the disk ---- */

static uint64_t digest_bytes(const char *bytes, size_t count) { /* FNV-1a */
  uint64_t digest = 14695981039346656037u;
  for (size_t i = 0; i < count; i++) digest = (digest ^ (unsigned char)bytes[i]) * 1099511628211u;
  return digest;
}

static uint64_t digest_state(const host *h) {
  const size_t start = offsetof(saved, minute);
  return digest_bytes(h->state + start, h->state_bytes - start);
}

static void make_room(host *h, size_t bytes) {
  if (bytes > h->state_room) h->state = take(h->state, h->state_room = bytes);
  h->state_bytes = bytes;
}

/* The head, and the session's state behind it. */
static void pack_state(host *h, int64_t minute, int64_t score_bytes) {
  size_t bytes = 0;
  saved head = {.minute = minute, .score_bytes = score_bytes};
  memcpy(head.magic, MAGIC, sizeof MAGIC);
  kw_status status = kw_state_save(h->session, NULL, &bytes);
  make_room(h, sizeof head + bytes);
  if (status != KW_OK || kw_state_save(h->session, h->state + sizeof head, &bytes) != KW_OK)
    stop("the state: %s", kw_session_error(h->session)->message);
  head.bytes = (int64_t)h->state_bytes;
  memcpy(h->state, &head, sizeof head);
  head.digest = digest_state(h);
  memcpy(h->state, &head, sizeof head);
}

/* All of it under another name, onto the disk, then under its own: there is an old or a new one. */
static void save_state(host *h, int64_t minute) {
  char path[PATH], fresh[PATH];
  if (fflush(h->scores) != 0 || fsync(fileno(h->scores)) != 0)
    stop("scores.csv: cannot be written");
  pack_state(h, minute, ftell(h->scores));
  FILE *file = fopen(place(h, "state.new", fresh), "wb");
  if (file == NULL || fwrite(h->state, h->state_bytes, 1, file) != 1 || fflush(file) != 0 ||
      fsync(fileno(file)) != 0 || fclose(file) != 0 ||
      rename(fresh, place(h, "state.bin", path)) != 0)
    stop("%s: cannot be written", fresh);
  int folder = open(h->folder, O_RDONLY);
  if (folder < 0 || fsync(folder) != 0) stop("%s: cannot be written", h->folder);
  (void)close(folder);
}

/* Why the scores do not belong to the state, or NULL: they may be one line ahead, not more. */
static const char *compare_scores(const host *h, int64_t score_bytes) {
  char path[PATH];
  FILE *file = fopen(place(h, "scores.csv", path), "rb");
  if (file == NULL) return "its scores are gone";
  int lines = 0, letter = 0;
  bool short_of = fseek(file, 0, SEEK_END) != 0 || ftell(file) < score_bytes;
  if (fseek(file, (long)score_bytes, SEEK_SET) == 0)
    while ((letter = fgetc(file)) != EOF) lines += letter == '\n';
  (void)fclose(file);
  if (short_of) return "some of its scores are gone";
  return lines > 1 ? "it is older than the scores" : NULL;
}

static bool read_state(host *h) {
  char path[PATH];
  struct stat about;
  FILE *file = fopen(place(h, "state.bin", path), "rb");
  if (file == NULL) return false;
  if (fstat(fileno(file), &about) != 0) stop("%s: cannot be read", path);
  make_room(h, (size_t)about.st_size);
  if (fread(h->state, 1, h->state_bytes, file) != h->state_bytes) stop("%s: cannot be read", path);
  (void)fclose(file);
  return true;
}

/* Why the session has no state to go on with; "": there is no file. NULL: it has, with this head.
 */
static const char *load_state(host *h, saved *head) {
  if (!read_state(h)) return "";
  if (h->state_bytes < sizeof *head) return "it is torn: shorter than its head";
  memcpy(head, h->state, sizeof *head);
  if (memcmp(head->magic, MAGIC, sizeof MAGIC) != 0) return "it is not a state of this program";
  if (head->bytes != (int64_t)h->state_bytes) return "it is torn: its length is not what it says";
  if (head->digest != digest_state(h)) return "it is torn: its digest does not fit";
  const char *why = compare_scores(h, head->score_bytes);
  if (why != NULL) return why;
  if (kw_state_load(h->session, h->state + sizeof *head, h->state_bytes - sizeof *head) != KW_OK)
    return kw_session_error(h->session)->message;
  return NULL;
}

/* ---- scores ---- */

static void print_value(host *h, int32_t index) {
  kw_view view;
  if (kw_output(h->session, index, &view) != KW_OK)
    stop("an output: %s", kw_session_error(h->session)->message);
  (void)fputc(',', h->scores);
  if (view.rank != 0 || !view.present) return; /* scores are single values */
  if (view.type == KW_TEXT) {
    (void)fputs(kw_output_text(h->session, index, 0, NULL), h->scores);
  } else if (view.type == KW_BOOL) {
    (void)fputs(*(const uint8_t *)view.data ? "yes" : "no", h->scores);
  } else if (view.type == KW_I64) {
    (void)fprintf(h->scores, "%" PRId64, *(const int64_t *)view.data);
  } else if (view.type == KW_F64) {
    (void)fprintf(h->scores, "%.17g", *(const double *)view.data);
  }
}

/* A minute that Python would refuse, say for a nonsensical profile, has its reason in its line. */
static void write_score(host *h, int64_t minute, kw_status status) {
  const kw_error *error = kw_session_error(h->session);
  (void)fprintf(h->scores, "%" PRId64 ",", minute);
  if (status != KW_OK) {
    for (const char *at = error->message; *at != '\0'; at++)
      if (*at != ',' && *at != '\n') (void)fputc(*at, h->scores);
  }
  for (int32_t i = 0; status == KW_OK && i < h->outputs; i++) print_value(h, i);
  (void)fputc('\n', h->scores);
}

static void write_names(host *h) {
  kw_info info;
  (void)fputs("minute,error", h->scores);
  for (int32_t i = 0; i < h->outputs; i++) {
    (void)kw_describe(h->model, KW_OUTPUT, i, &info);
    (void)fprintf(h->scores, ",%s", info.name);
  }
  (void)fputc('\n', h->scores);
}

/* What scores there are, and no state that knows them, are kept under a name of their own. */
static void move_aside(const char *path) {
  char aside[PATH + 32];
  for (int i = 1; access(path, F_OK) == 0; i++) {
    (void)snprintf(aside, sizeof aside, "%s.old%d", path, i);
    if (access(aside, F_OK) == 0) continue;
    if (rename(path, aside) != 0) stop("%s: cannot be moved aside", path);
  }
}

/* Goes on behind the minute that it returns, or begins anew. */
static int64_t restore(host *h) {
  char path[PATH];
  saved head = {.minute = INT64_MIN};
  const char *why = load_state(h, &head);
  place(h, "scores.csv", path);
  if (why == NULL) {
    if (truncate(path, (off_t)head.score_bytes) != 0) stop("%s: cannot be cut", path);
  } else {
    if (*why != '\0') (void)fprintf(stderr, "host: state.bin is refused: %s; a clean start\n", why);
    move_aside(path);
  }
  h->scores = fopen(path, "ab");
  if (h->scores == NULL || fseek(h->scores, 0, SEEK_END) != 0) stop("%s: cannot be written", path);
  if (why == NULL) return head.minute;
  write_names(h);
  save_state(h, INT64_MIN);
  return INT64_MIN;
}

/* ---- samples ---- */

static void add_sample(samples *s, double value) {
  if (s->count == s->room) {
    s->room = s->room > 0 ? 2 * s->room : 64;
    s->values = take(s->values, (size_t)s->room * sizeof *s->values);
  }
  s->values[s->count++] = value;
}

/* Reads a line into h->line and h->line_minute; false at the end. */
static bool read_line(host *h) {
  if (fgets(h->line, LINE, h->source) == NULL) return false;
  char *end;
  h->line_number++;
  int64_t minute = strtoll(h->line, &end, 10);
  if (end == h->line || *end != ',') stop("samples.csv:%" PRId64 ": no minute", h->line_number);
  if (minute < h->line_minute)
    stop("samples.csv:%" PRId64 ": minute %" PRId64 " after %" PRId64, h->line_number, minute,
         h->line_minute);
  h->line_minute = minute;
  memmove(h->line, end + 1, strlen(end + 1) + 1);
  return true;
}

static void gather_line(host *h) {
  char *comma = strchr(h->line, ','), *end;
  if (comma == NULL) stop("samples.csv:%" PRId64 ": not MINUTE,INPUT,NUMBER", h->line_number);
  *comma = '\0';
  int32_t input = kw_find(h->model, KW_INPUT, h->line);
  double value = strtod(comma + 1, &end);
  if (input < 0) stop("samples.csv:%" PRId64 ": there is no input %s", h->line_number, h->line);
  if (end == comma + 1 || (*end != '\n' && *end != '\0'))
    stop("samples.csv:%" PRId64 ": no number", h->line_number);
  add_sample(&h->gathered[input], value);
}

/* The samples of the next minute that has some; `more` tells whether a line is waiting. */
static int64_t gather_minute(host *h, bool *more) {
  for (int32_t i = 0; i < h->inputs; i++) h->gathered[i].count = 0;
  int64_t minute = h->line_minute;
  do gather_line(h);
  while ((*more = read_line(h)) && h->line_minute == minute);
  return minute;
}

static void set_inputs(host *h, int64_t minute) {
  for (int32_t i = 0; i < h->inputs; i++) {
    kw_info info;
    const samples *s = &h->gathered[i];
    (void)kw_describe(h->model, KW_INPUT, i, &info);
    double single = s->count > 0 ? s->values[s->count - 1] : h->fixed[i];
    kw_status status = i == h->minute_input ? kw_set(h->session, i, KW_I64, &minute, NULL, 0)
                       : info.rank == 0     ? kw_set(h->session, i, KW_F64, &single, NULL, 0)
                                        : kw_set(h->session, i, KW_F64, s->values, &s->count, 1);
    if (status != KW_OK) stop("%s: %s", info.name, kw_session_error(h->session)->message);
  }
}

/* The worker scores a minute while the next one is gathered. */
static void score_all(host *h, int64_t after) {
  bool more = read_line(h);
  while (more && h->line_minute <= after) more = read_line(h);
  bool gathered = more;
  int64_t next = more ? gather_minute(h, &more) : 0;
  while (gathered) {
    const int64_t minute = next;
    set_inputs(h, minute);
    if (kw_submit(h->worker, h->session, -1) != KW_OK)
      stop("%s", kw_session_error(h->session)->message);
    gathered = more;
    if (more) next = gather_minute(h, &more);
    kw_status status = kw_wait(h->session, -1);
    if (status != KW_OK && status != KW_RAISED)
      stop("minute %" PRId64 ": %s", minute, kw_session_error(h->session)->message);
    write_score(h, minute, status);
    save_state(h, minute);
  }
}

/* ---- life ---- */

static void read_fixed(host *h, char **words, int count) {
  for (int i = 0; i < count; i++) {
    char *equals = strchr(words[i], '='), *end;
    if (equals == NULL) stop("%s: not NAME=NUMBER", words[i]);
    *equals = '\0';
    int32_t input = kw_find(h->model, KW_INPUT, words[i]);
    if (input < 0) stop("there is no input %s", words[i]);
    h->fixed[input] = strtod(equals + 1, &end);
    if (end == equals + 1 || *end != '\0') stop("%s: not a number", words[i]);
  }
}

static void open_host(host *h, const char *model) {
  char path[PATH];
  kw_error error;
  if (kw_open(&h->model, model, NULL, &error) != KW_OK ||
      kw_session_new(&h->session, h->model, NULL, &error) != KW_OK ||
      kw_worker_new(&h->worker, NULL, &error) != KW_OK)
    stop("%s: %s", model, error.message);
  h->inputs = kw_count(h->model, KW_INPUT);
  h->outputs = kw_count(h->model, KW_OUTPUT);
  h->minute_input = kw_find(h->model, KW_INPUT, "minute");
  h->gathered = take(NULL, (size_t)h->inputs * sizeof *h->gathered);
  h->fixed = take(NULL, (size_t)h->inputs * sizeof *h->fixed);
  memset(h->gathered, 0, (size_t)h->inputs * sizeof *h->gathered);
  for (int32_t i = 0; i < h->inputs; i++) h->fixed[i] = (double)NAN;
  h->source = fopen(place(h, "samples.csv", path), "rb");
  h->line_minute = INT64_MIN;
  if (h->source == NULL) stop("%s: cannot be read", path);
}

static void close_host(host *h) {
  kw_session_free(h->session);
  kw_worker_free(h->worker);
  kw_model_free(h->model);
  for (int32_t i = 0; i < h->inputs; i++) free(h->gathered[i].values);
  free(h->gathered);
  free(h->fixed);
  free(h->state);
  (void)fclose(h->source);
  if (fclose(h->scores) != 0) stop("scores.csv: cannot be written");
}

int main(int argc, char **argv) {
  if (argc < 3) stop("usage: host MODEL FOLDER [NAME=NUMBER]...");
  host h = {.folder = argv[2]};
  open_host(&h, argv[1]);
  read_fixed(&h, argv + 3, argc - 3);
  score_all(&h, restore(&h));
  close_host(&h);
  return 0;
}

/* kowari inspect: all that a file says about itself. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "kowari_dev.h"
#include "number.h"

enum { LONGEST_NOTE = 400 };

/* Notes by key; further lines of one are indented. */
static void print_notes(const kw_model *model) {
  for (const char *key = kw_meta(model, "keys"); *key != '\0';) {
    char name[256];
    int length = (int)strcspn(key, "\n");
    (void)snprintf(name, sizeof name, "%.*s", length, key);
    key += length + 1;
    const char *note = kw_meta(model, name);
    if (note == NULL || *note == '\0') continue;
    int shown = clip_text(note, LONGEST_NOTE);
    printf("  %s: ", name);
    for (const char *at = note; at < note + shown; at++) {
      (void)putchar(*at);
      if (*at == '\n') (void)fputs("    ", stdout);
    }
    puts(note[shown] == '\0' ? "" : "...");
  }
}

static void print_range(const kw_info *info) {
  char low[NUMBER_SIZE], high[NUMBER_SIZE];
  if (isnan(info->low) && isnan(info->high)) return;
  print_g(low, info->low, 6);
  print_g(high, info->high, 6);
  printf("  %s to %s", low, high);
}

/* How far from Python an output may be; of bounds by column, the widest. */
static void print_tier(const kw_model *model, int32_t index) {
  static const char *const TIERS[] = {"EXACT", "CLOSE", "CONDITIONED"};
  int32_t tier = 0, pairs = 0;
  const double *bounds = NULL;
  (void)kw_dev_bounds(model, index, &tier, &bounds, &pairs);
  if (tier == 0 || pairs > 0) printf("  %s", TIERS[tier]); /* .tflite files know no Python */
  double widest[2] = {0, 0};
  for (int32_t i = 0; i < 2 * pairs; i++) widest[i % 2] = fmax(widest[i % 2], bounds[i]);
  if (pairs > 0) printf(" within %.3g + %.3g |value|", widest[0], widest[1]);
}

/* A value is scale * (stored - zero point). */
static void print_quantization(const kw_info *info) {
  char scale[NUMBER_SIZE];
  if (info->quantized == 0) return;
  print_f32(scale, info->scale[0]);
  if (info->quantized == 1) {
    printf("  scale %s, zero at %" PRId64, scale, info->zero_point[0]);
  } else {
    printf("  %d scales along axis %d", (int)info->quantized, (int)info->axis);
  }
}

static void print_ports(const kw_model *model, kw_kind kind, const char *title) {
  int32_t count = kw_count(model, kind);
  if (count > 0) puts(title);
  for (int32_t i = 0; i < count; i++) {
    kw_info info;
    char shape[SHAPE_TEXT_SIZE];
    (void)kw_describe(model, kind, i, &info);
    describe_shape(shape, model, &info);
    printf("  %-24s %-12s", info.name, shape);
    if (kind == KW_OUTPUT) print_tier(model, i);
    if (info.optional) printf("  or none");
    if (info.unit[0] != '\0') printf("  %s", info.unit);
    print_range(&info);
    print_quantization(&info);
    if (info.doc[0] != '\0') printf("  %s", info.doc);
    (void)putchar('\n');
  }
}

static void print_sizes(const kw_model *model) {
  int32_t count = kw_count(model, KW_SIZE);
  if (count > 0) puts("sizes: room for");
  for (int32_t i = 0; i < count; i++) {
    kw_info info;
    (void)kw_describe(model, KW_SIZE, i, &info);
    printf("  %-24s %" PRId64, info.name, info.size[0]);
    if (info.size[1] >= 0) printf(", at most %" PRId64, info.size[1]);
    (void)putchar('\n');
  }
}

static void print_names(const kw_model *model, kw_kind kind, const char *entry) {
  port_range ports = find_ports(model, kind, entry);
  for (int32_t i = ports.first; i < ports.end; i++) {
    kw_info info;
    (void)kw_describe(model, kind, i, &info);
    printf("%s%s", i > ports.first ? ", " : "", info.name);
  }
}

/* The entries that a .tflite file names; all have outputs. */
static void print_signatures(const kw_model *model) {
  kw_dev_port port;
  const char *last = NULL;
  for (int32_t i = 0; kw_dev_port_at(model, KW_OUTPUT, i, &port) == KW_OK; i++) {
    if (!port.is_signed || (last != NULL && strcmp(last, port.entry) == 0)) continue;
    if (last == NULL) puts("signatures");
    last = port.entry;
    printf("  %-24s ", port.entry);
    print_names(model, KW_INPUT, port.entry);
    (void)fputs(" -> ", stdout);
    print_names(model, KW_OUTPUT, port.entry);
    (void)putchar('\n');
  }
}

static void print_operators(const kw_model *model) {
  int32_t nodes = kw_dev_node_count(model);
  printf("operators: %d nodes\n", (int)nodes);
  kw_dev_operator row;
  for (int32_t i = 0; kw_dev_operator_at(i, &row) == KW_OK; i++) {
    int uses = 0;
    kw_dev_node node;
    for (int32_t k = 0; k < nodes; k++) {
      uses += kw_dev_node_at(model, k, &node) == KW_OK && strcmp(node.operator_name, row.name) == 0;
    }
    if (uses > 0) printf("  %-24s %d\n", row.name, uses);
  }
}

static void print_bytes(const kw_model *model, const kw_session *session, int64_t size) {
  printf("file: %" PRId64 " bytes\n", size);
  kw_dev_section section;
  for (int32_t i = 0; kw_dev_section_at(i, &section) == KW_OK; i++) {
    int64_t bytes = 0;
    (void)kw_dev_section_bytes(model, section.kind, &bytes);
    if (bytes > 0) printf("  %-24s %" PRId64 "\n", section.name, bytes);
  }
  printf("session: %zu bytes\n", kw_dev_session_bytes(session));
}

static int inspect_file(char **words, cli_error *error) {
  static const option NO_OPTIONS[] = {{0}};
  const char *path;
  kw_model *model = NULL;
  kw_session *session = NULL;
  int64_t size;
  if (!parse_words(words, NO_OPTIONS, &path, 1, 1, error)) return USED_WRONGLY;
  bool good = open_model(&model, path, KW_DIGEST, error) &&
              open_session(&session, model, NULL, error) && find_file_size(&size, path, error);
  if (good) {
    puts(path);
    print_notes(model);
    print_ports(model, KW_INPUT, "inputs");
    print_ports(model, KW_OUTPUT, "outputs");
    print_ports(model, KW_STATE, "states");
    print_sizes(model);
    print_signatures(model);
    print_operators(model);
    print_bytes(model, session, size);
  }
  kw_session_free(session);
  kw_model_free(model);
  return good ? DONE : FAILED;
}

const command COMMAND_INSPECT = {
    "inspect", "what a file takes, gives, computes and weighs",
    "usage: kowari inspect FILE\n\n"
    "Verifies the file and prints its notes; inputs, outputs and states with type, sizes, unit,\n"
    "range seen in training, scale and zero point; how far from Python each output may be; the\n"
    "named sizes with the room that a session has for them; signatures; operators; bytes by\n"
    "section, and of a session.\n",
    inspect_file};

/* Text to values.  A float32 is rounded from its decimal digits once, not through a float64. */
#include "value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

enum { SHOWN = 40 }; /* bytes of a text that a message repeats */

void name_type(char out[TYPE_NAME_SIZE], kw_type type) {
  static const struct {
    kw_type type;
    char name[TYPE_NAME_SIZE];
  } NAMES[] = {
#define X(name, value) {value, #name},
      KW_TYPES(X)
#undef X
  };
  strcpy(out, "unknown");
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    if (NAMES[i].type == type) strcpy(out, NAMES[i].name);
  }
  for (; *out != '\0'; out++) {
    if (*out >= 'A' && *out <= 'Z') *out = (char)(*out - 'A' + 'a');
  }
}

kw_type kept_type(kw_type type) {
  switch (type) {
    case KW_I32:
    case KW_I16:
    case KW_I8:
    case KW_U64:
    case KW_U32:
    case KW_U16:
    case KW_U8:
      return KW_I64;
    default:
      return type;
  }
}

size_t kept_bytes(kw_type type) {
  switch (kept_type(type)) {
    case KW_F32:
      return sizeof(float);
    case KW_BOOL:
      return sizeof(uint8_t);
    case KW_TEXT:
      return sizeof(const char *);
    default:
      return sizeof(int64_t);
  }
}

/* Fails with the text and what is wrong with it. */
static bool fail_text(cli_error *error, const char *text, const char *problem) {
  int length = clip_text(text, SHOWN);
  return fail(error, "'%.*s'%s %s", length, text, text[length] == '\0' ? "" : "...", problem);
}

static bool parse_integer(kw_type type, const char *text, int64_t *out, cli_error *error) {
  static const struct {
    kw_type type;
    int64_t low, high;
  } RANGES[] = {{KW_I64, INT64_MIN, INT64_MAX}, {KW_I32, INT32_MIN, INT32_MAX},
                {KW_I16, INT16_MIN, INT16_MAX}, {KW_I8, INT8_MIN, INT8_MAX},
                {KW_U64, 0, INT64_MAX},         {KW_U32, 0, UINT32_MAX},
                {KW_U16, 0, UINT16_MAX},        {KW_U8, 0, UINT8_MAX}};
  size_t i = 0;
  while (i + 1 < sizeof RANGES / sizeof *RANGES && RANGES[i].type != type) i++;
  ptrdiff_t bad = parse_i64(text, strlen(text), out);
  if (bad >= 0) return fail_text(error, text, "is not an integer");
  if (bad == PARSE_GOOD && *out >= RANGES[i].low && *out <= RANGES[i].high) return true;
  char problem[80];
  (void)snprintf(problem, sizeof problem, "is not from %" PRId64 " to %" PRId64, RANGES[i].low,
                 RANGES[i].high);
  return fail_text(error, text, problem);
}

static bool parse_bool(const char *text, uint8_t *out, cli_error *error) {
  static const char *const WORDS[] = {"0", "1", "False", "True", "false", "true"};
  for (uint8_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    *out = i % 2;
    if (strcmp(text, WORDS[i]) == 0) return true;
  }
  return fail_text(error, text, "is not a truth value: 0, 1, False, True, false or true");
}

bool parse_value(kw_type type, const char *text, void *out, cli_error *error) {
  size_t length = strlen(text);
  bool good = false;
  switch (type) {
    case KW_TEXT:
      memcpy(out, &text, sizeof text);
      return true;
    case KW_BOOL:
      return parse_bool(text, out, error);
    case KW_F64:
      *(double *)out = (double)NAN;
      good = length == 0 || parse_f64(text, length, out) == PARSE_GOOD;
      break;
    case KW_F32:
      *(float *)out = NAN;
      good = length == 0 || parse_f32(text, length, out) == PARSE_GOOD;
      break;
    default:
      if (kept_type(type) == KW_I64) return parse_integer(type, text, out, error);
      return fail(error, "values of this type are not read from text, give a .npy file");
  }
  return good ? true : fail_text(error, text, "is not a number");
}

/* Reads the signatures of ops.h ("x:f[n] -> y:f[n]") into the form that planning checks against. */
#include "internal.h"

typedef struct cursor {
  const char *at;
  char name[8][16]; /* of sizes */
  char variable[4][3];
  kw__signature *out;
} cursor;

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

static void skip_spaces(cursor *c) {
  while (*c->at == ' ') c->at++;
}

static bool read_word(cursor *c, char *out, size_t capacity) {
  skip_spaces(c);
  size_t length = 0;
  while (is_word(*c->at)) {
    if (length + 1 >= capacity) return false;
    out[length++] = *c->at++;
  }
  out[length] = 0;
  return length > 0;
}

/* Index of `word` in a list of names of fixed width, added when new; -1 when the list is full. */
static int find_name(char *names, size_t width, uint8_t *count, size_t capacity, const char *word) {
  for (uint8_t i = 0; i < *count; i++)
    if (!strcmp(names + i * width, word)) return i;
  if (*count == capacity || strlen(word) >= width) return -1;
  memcpy(names + *count * width, word, strlen(word) + 1);
  return (*count)++;
}

/* The types a class letter stands for, a bit each; 0 for no class. */
static uint16_t class_types(char letter) {
#define BIT(type) (uint16_t)(1u << KW_##type)
  const uint16_t floats = BIT(F64) | BIT(F32), integers = BIT(I64) | BIT(I32),
                 numbers = floats | integers;
  const uint16_t fixed = 0xFFFE & (uint16_t)~BIT(TEXT) & (uint16_t)~BIT(C64) &
                         (uint16_t)~BIT(C128) & (uint16_t)~BIT(F16);
  switch (letter) {
    case 'f':
      return floats;
    case 'i':
      return integers;
    case 'n':
      return numbers;
    case 'b':
      return numbers | BIT(BOOL);
    case 'a':
      return fixed;
    case 't':
      return fixed | BIT(F16) | BIT(TEXT);
    case 'w':
      return BIT(F32) | BIT(I8);
    case 'q':
      return BIT(I32) | BIT(I16) | BIT(I8) | BIT(U8);
    default:
      return 0;
  }
#undef BIT
}

static bool read_type(cursor *c, kw__argument *argument) {
  static const char names[][5] = {"f64",  "f32",  "i64", "i32", "i16", "i8", "u8",
                                  "bool", "text", "f16", "u16", "u32", "u64"};
  char word[16];
  if (!read_word(c, word, sizeof word)) return false;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (!strcmp(word, names[i])) {
      argument->type = (uint8_t)(i + 1);
      return true;
    }
  argument->types = class_types(word[0]);
  int index = find_name(c->variable[0], sizeof c->variable[0], &c->out->variables, 4, word);
  argument->variable = (uint8_t)index;
  return argument->types && index >= 0;
}

static bool read_dims(cursor *c, kw__argument *argument) {
  argument->rank = -1;
  if (*c->at != '[') return true;
  c->at++;
  argument->rank = 0;
  while (*c->at != ']') {
    char word[16];
    if (argument->rank == 4 || !read_word(c, word, sizeof word)) return false;
    if (word[0] >= '0' && word[0] <= '9') {
      int value = 0;
      for (const char *digit = word; *digit; digit++) value = value * 10 + (*digit - '0');
      argument->dims[argument->rank++] = (int16_t)value;
    } else {
      int index = find_name(c->name[0], sizeof c->name[0], &c->out->names, 8, word);
      if (index < 0) return false;
      argument->dims[argument->rank++] = (int16_t)~index;
    }
    skip_spaces(c);
    if (*c->at == ',') c->at++;
  }
  c->at++;
  return true;
}

bool kw__parse_signature(const char *text, kw__signature *out) {
  memset(out, 0, sizeof *out);
  cursor c = {.at = text, .out = out};
  bool in_outputs = false;
  for (;;) {
    skip_spaces(&c);
    if (!*c.at) return in_outputs;
    if (c.at[0] == '-' && c.at[1] == '>') {
      if (in_outputs) return false;
      in_outputs = true;
      c.at += 2;
      continue;
    }
    int total = out->inputs + out->outputs;
    if (total == KW__ARGUMENTS) return false;
    kw__argument *argument = &out->argument[total];
    char word[16];
    if (!read_word(&c, word, sizeof word)) return false;
    if (*c.at == '?') argument->optional = 1, c.at++;
    while (*c.at == '*' && argument->variadic < 2) argument->variadic++, c.at++;
    if (*c.at++ != ':' || !read_type(&c, argument) || !read_dims(&c, argument)) return false;
    if (in_outputs)
      out->outputs++;
    else
      out->inputs++;
    skip_spaces(&c);
    if (*c.at == ',') c.at++;
  }
}

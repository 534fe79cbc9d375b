/* The signature parser: every row of the table against a count of the text's own punctuation, a few
 * read by hand, and texts that are none. */
#include "ops/ops.h"
#include "test.h"

static int count_of(const char *from, const char *to, char letter) {
  int count = 0;
  for (; from < to; from++) count += *from == letter;
  return count;
}

static void every_row_parses(void) {
  for (int32_t i = 0; i < kw__row_count(); i++) {
    const char *text = kw__row_signature(kw__row_at(i)), *arrow = strstr(text, "->"),
               *end = text + strlen(text);
    kw__signature s;
    if (!arrow || !kw__parse_signature(text, &s)) {
      CHECK_TEXT("does not parse", kw__row_name(kw__row_at(i)));
      continue;
    }
    CHECK_EQUAL(s.inputs, count_of(text, arrow, ':'));
    CHECK_EQUAL(s.outputs, count_of(arrow, end, ':'));
    int ranked = 0, variadic = 0, optional = 0;
    for (int32_t k = 0; k < s.inputs + s.outputs; k++) {
      const kw__argument *argument = &s.argument[k];
      ranked += argument->rank >= 0;
      variadic += argument->variadic;
      optional += argument->optional;
      CHECK(argument->type ? kw__type_bytes(argument->type) > 0 : argument->types != 0);
    }
    CHECK_EQUAL(ranked, count_of(text, end, '['));
    CHECK_EQUAL(variadic, count_of(text, end, '*'));
    CHECK_EQUAL(optional, count_of(text, end, '?'));
  }
}

static void reads_every_part(void) {
  kw__signature s;
  REQUIRE(kw__parse_signature("x:f[n, 3], y?:i64[], z*:f2 -> out:f[3,n], work:f64[n]", &s));
  CHECK_EQUAL(s.inputs, 3);
  CHECK_EQUAL(s.outputs, 2);
  CHECK_EQUAL(s.variables, 2);
  CHECK_EQUAL(s.names, 1);
  const kw__argument *x = &s.argument[0], *y = &s.argument[1], *z = &s.argument[2],
                     *out = &s.argument[3], *work = &s.argument[4];
  CHECK_EQUAL(x->types, 1 << KW_F64 | 1 << KW_F32);
  CHECK_EQUAL(x->rank, 2);
  CHECK_EQUAL(x->dims[0], ~0);
  CHECK_EQUAL(x->dims[1], 3);
  CHECK_EQUAL(y->type, KW_I64);
  CHECK_EQUAL(y->rank, 0);
  CHECK(y->optional && !x->optional && z->variadic && !y->variadic);
  CHECK_EQUAL(z->rank, -1);
  CHECK(z->variable != x->variable && out->variable == x->variable);
  CHECK_EQUAL(out->dims[0], 3);
  CHECK_EQUAL(out->dims[1], ~0);
  CHECK(work->type == KW_F64 && work->rank == 1);
}

static void knows_every_type(void) {
  static const struct {
    const char *text;
    int type;
  } rows[] = {{"f64", KW_F64},  {"f32", KW_F32}, {"f16", KW_F16}, {"i64", KW_I64},
              {"i32", KW_I32},  {"i16", KW_I16}, {"i8", KW_I8},   {"u64", KW_U64},
              {"u32", KW_U32},  {"u16", KW_U16}, {"u8", KW_U8},   {"bool", KW_BOOL},
              {"text", KW_TEXT}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char text[40];
    (void)snprintf(text, sizeof text, "x:%s -> y:%s[]", rows[i].text, rows[i].text);
    kw__signature s;
    REQUIRE(kw__parse_signature(text, &s));
    CHECK_EQUAL(s.argument[0].type, rows[i].type);
    CHECK_EQUAL(s.argument[1].type, rows[i].type);
  }
}

static void refuses_other_texts(void) {
  static const char *const texts[] = {"",
                                      "x",
                                      "x:f",
                                      "x:f -",
                                      "x -> y:f",
                                      ":f -> y:f",
                                      "x:k -> y:f",
                                      "x:f[n -> y:f",
                                      "x:f[n,,] -> y:f",
                                      "x:f[-1] -> y:f",
                                      "x:f -> y:f -> z:f",
                                      "x:f[a,b,c,d,e] -> y:f",
                                      "abcdefghijklmnopqrst:f -> y:f",
                                      "x:f64f -> y:f64",
                                      "a:f,b:f,c:f,d:f,e:f,f:f,g:f,h:f -> i:f"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    kw__signature s;
    bool taken = kw__parse_signature(texts[i], &s);
    if (taken) printf("taken: \"%s\"\n", texts[i]);
    CHECK(!taken);
  }
}

int main(void) {
  RUN(every_row_parses);
  RUN(reads_every_part);
  RUN(knows_every_type);
  RUN(refuses_other_texts);
  return finish();
}

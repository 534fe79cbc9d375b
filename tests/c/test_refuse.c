/* What the verifier refuses, rule by rule: one field of a sound file is changed, the file sealed
 * again, and the sentence compared that opening it gives.  Damage at random (hostile.c, fuzz/)
 * finds crashes; this finds rules that went missing. */
#include "corpus.h"
#include "internal.h"

static union {
  uint64_t align;
  uint8_t data[8192];
} file;
static size_t file_bytes;

static void begin(const char *name) {
  const corpus_file *sound = read_corpus(name);
  memcpy(file.data, sound->at.data, sound->bytes);
  file_bytes = sound->bytes;
}

static kw__section_record *section_of(int32_t kind) {
  const kw__header_record *header = (const void *)file.data;
  kw__section_record *table = (void *)(file.data + sizeof *header);
  for (uint32_t i = 0; i < header->sections; i++)
    if (table[i].kind == (uint32_t)kind) return &table[i];
  return NULL;
}

/* A field of record `index` of a section; of the header and of the table of sections under those
 * names. */
static uint8_t *find_field(const char *section, uint32_t index, const char *name, size_t *width) {
  kw_dev_section kind = {.record = section};
  for (int32_t i = 0; kw_dev_section_at(i, &kind) == KW_OK && strcmp(kind.name, section) != 0;) i++;
  const bool is_section = kind.name && !strcmp(kind.name, section);
  kw_dev_field field;
  for (int32_t i = 0; kw_dev_field_at(i, &field) == KW_OK; i++) {
    if (strcmp(field.record, is_section ? kind.record : section) != 0 ||
        strcmp(field.field, name) != 0)
      continue;
    *width = (size_t)field.bytes;
    if (!strcmp(section, "header")) return file.data + field.offset;
    if (!strcmp(section, "section"))
      return file.data + sizeof(kw__header_record) + index * sizeof(kw__section_record) +
             (size_t)field.offset;
    const kw__section_record *record = section_of(kind.kind);
    return file.data + record->offset + (size_t)index * record->record_bytes + (size_t)field.offset;
  }
  printf("there is no field %s.%s\n", section, name);
  exit(EXIT_FAILURE);
}

static int64_t get(const char *section, uint32_t index, const char *name) {
  size_t width;
  int64_t value = 0;
  const uint8_t *at = find_field(section, index, name, &width);
  memcpy(&value, at, width);
  return value;
}

static void set(const char *section, uint32_t index, const char *name, int64_t value) {
  size_t width;
  uint8_t *at = find_field(section, index, name, &width);
  memcpy(at, &value, width);
}

static void expect(kw_status must, const char *message, uint32_t flags) {
  const kw_options options = {.bytes = sizeof options, .flags = flags};
  kw_model *model;
  kw_error error;
  const kw_status status = kw_load(&model, file.data, file_bytes, NULL, &options, &error);
  CHECK_EQUAL(status, must);
  if (!strstr(error.message, message))
    printf("\"%s\" does not say \"%s\"\n", error.message, message);
  CHECK(strstr(error.message, message) != NULL);
  kw_model_free(model);
}

static void expect_refusal(const char *message) {
  kw_dev_seal(file.data, file_bytes);
  expect(KW_FORMAT, message, 0);
}

/* ---- one field each ---- */
#define LARGE INT32_MAX
#define NO_RECORD UINT32_MAX
static const struct rule {
  const char *name, *section;
  uint32_t index;
  const char *field;
  int64_t value;
  const char *message;
} rules[] = {
    {"calls", "header", 0, "magic", 0, "neither a .kow nor a .tflite file"},
    {"calls", "header", 0, "format", 2, "format 2, this library reads 1"},
    {"calls", "header", 0, "header_bytes", 80, "header of 80 bytes"},
    {"calls", "header", 0, "file_bytes", 64, "its header says 64"},
    {"calls", "header", 0, "index_bytes", 63, "ends before its index"},
    {"calls", "header", 0, "index_bytes", LARGE, "ends before its index"},
    {"calls", "header", 0, "index_bytes", 72, "do not fit"},
    {"calls", "section", 0, "kind", 0, "section kind 0 is not known"},
    {"calls", "section", 0, "kind", 17, "section kind 17 is not known"},
    {"calls", "section", 1, "kind", KW__TEXT, "section TEXT stands twice"},
    {"calls", "section", 0, "offset", 0, "section TEXT is out of place"},
    {"calls", "section", 0, "offset", 513, "section TEXT is out of place"},
    {"calls", "section", 0, "bytes", LARGE, "section TEXT is out of place"},
    {"calls", "section", 0, "bytes", 64, "section SIZES is out of place"}, /* they overlap */
    {"calls", "section", 0, "record_bytes", 1, "section TEXT has records of 1 bytes"},
    {"calls", "section", 1, "record_bytes", 24, "section SIZES has records of 24 bytes"},
    {"calls", "section", 1, "record_bytes", 0, "section SIZES has records of 0 bytes"},
    {"selection", "META", 0, "key", LARGE, "meta 0 is out of range"},
    {"calls", "SIZES", 0, "name", LARGE, "size 0 is out of range"},
    {"calls", "SIZES", 0, "fallback", -1, "size 0 is out of range"},
    {"selection", "SIZES", 0, "fallback", 65, "size 0 is out of range"}, /* above its maximum */
    {"calls", "SIZES", 0, "maximum", -2, "size 0 is out of range"},
    {"calls", "SIZES", 0, "source", 0, "size 0 is out of range"}, /* of an earlier one only */
    {"calls", "SIZES", 0, "line", 0x80000000, "size 0 is out of range"},
    {"state", "DATA", 0, "section", KW__TEXT, "data 0 is in no section of data"},
    {"state", "DATA", 0, "offset", 4, "data 0 is out of range"},
    {"state", "DATA", 0, "bytes", LARGE, "data 0 is out of range"},
    {"calls", "TENSORS", 0, "type", 0, "tensor 0 is out of range"},
    {"calls", "TENSORS", 0, "type", 16, "tensor 0 is out of range"},
    {"calls", "TENSORS", 0, "rank", 9, "tensor 0 is out of range"},
    {"calls", "TENSORS", 0, "flags", 2, "tensor 0 is out of range"},
    {"calls", "TENSORS", 0, "dims", LARGE, "tensor 0 is out of range"},
    {"calls", "INTS", 0, "value", -9, "tensor 0 has no such size"},
    {"calls", "TENSORS", 0, "data", LARGE, "constant 0 is out of range"},
    {"calls", "TENSORS", 0, "flags", 1, "argument 0 may be None, the parameter not"},
    {"calls", "PORTS", 0, "name", LARGE, "port 0 is out of range"},
    {"calls", "PORTS", 0, "tensor", LARGE, "port 0 is out of range"},
    {"calls", "PORTS", 0, "tier", 3, "port 0 is out of range"},
    {"calls", "PORTS", 0, "kind", KW_SIZE, "port 0 has no such kind"},
    {"calls", "PORTS", 0, "kind", KW_OUTPUT, "port 1 is out of order"},
    {"calls", "PORTS", 0, "tensor", 1, "port 0 is not input 0 of graph 0"},
    {"state", "PORTS", 0, "data", 0, "input 0 has data"},
    {"selection", "PORTS", 4, "data", 0, "the bounds of output 4 do not fit"},
    {"state", "PORTS", 3, "source", LARGE, "state 3 is out of range"},
    {"state", "PORTS", 4, "source", 0, "state 4 has a source"},
    {"state", "PORTS", 4, "data", 0, "the first value of state 4 has the wrong size"},
    {"calls", "EXAMPLES", 0, "raises", LARGE, "example 0 is out of range"},
    {"calls", "EXAMPLES", 0, "port", 4, "example 0 is out of range"},
    {"calls", "EXAMPLES", 0, "port", NO_RECORD,
     "example 0 is out of range"}, /* it raises nothing */
    {"calls", "EXAMPLES", 0, "present", 2, "example 0 is out of range"},
    {"calls", "EXAMPLES", 0, "rank", 2, "example 0 is out of range"},
    {"calls", "EXAMPLES", 0, "dims", LARGE, "example 0 is out of range"},
    {"state", "EXAMPLES", 0, "port", 3, "example 0 is of a state"},
    {"calls", "NODES", 0, "inputs", 0, "is defined twice"}, /* a call may have none */
    {"selection", "NODES", 0, "inputs", 0, "less: 0 inputs"},
    {"calls", "NODES", 0, "operands", LARGE, "node 0 is out of range"},
    {"calls", "NODES", 0, "slots", LARGE, "node 0 is out of range"},
    {"calls", "NODES", 0, "line", 0x80000000, "node 0 is out of range"},
    {"calls", "SLOTS", 0, "bits", 3, "call: attributes that it does not have"},
    {"calls", "SLOTS", 0, "bits", 0, "call: attribute graph is missing"},
    {"calls", "SLOTS", 1, "bits", 3, "call: attribute graph is out of range"},
    {"calls", "SLOTS", 1, "bits", 0, "graph 0 calls graph 0, must call a later one"},
    {"calls", "SLOTS", 1, "bits", 2, "call: 1 arguments and 1 results, the graph has 1 and 2"},
    {"calls", "GRAPHS", 0, "tensors", LARGE, "graph 0 is out of range"},
    {"calls", "GRAPHS", 0, "nodes", LARGE, "graph 0 is out of range"},
    {"calls", "GRAPHS", 0, "inputs", LARGE, "graph 0 is out of range"},
    {"calls", "GRAPHS", 0, "output_count", LARGE, "graph 0 is out of range"},
    {"calls", "GRAPHS", 1, "first_tensor", 0, "graph 1 overlaps the one before"},
    {"calls", "GRAPHS", 1, "first_node", 0, "graph 1 leaves out nodes"},
    {"calls", "GRAPHS", 0, "nodes", 2, "graph 1 leaves out nodes"},
    {"calls", "GRAPHS", 2, "nodes", 1, "graph 2 leaves out nodes"},
    {"calls", "GRAPHS", 0, "input_count", 0, "before it is defined"},
    {"calls", "GRAPHS", 0, "output_count", 0, "is no result of graph 0"},
};

static void each_rule(void) {
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    begin(rules[i].name);
    set(rules[i].section, rules[i].index, rules[i].field, rules[i].value);
    const int before = failed_checks;
    expect_refusal(rules[i].message);
    if (failed_checks != before)
      printf("  rule %zu: %s.%s of %s\n", i, rules[i].section, rules[i].field, rules[i].name);
  }
}

static void other_builds(void) {
  begin("calls");
  set("NODES", 0, "op", 1023);
  kw_dev_seal(file.data, file_bytes);
  expect(KW_UNSUPPORTED, "operator 1023 is not in this build", 0);
  set("NODES", 0, "op", 1);
  set("NODES", 0, "version", 2);
  kw_dev_seal(file.data, file_bytes);
  expect(KW_UNSUPPORTED, "operator call has version 2, this library runs 1", 0);
}

/* ---- rules between records ---- */
static uint32_t operand_of(uint32_t node, uint32_t index) {
  return (uint32_t)get("OPERANDS", (uint32_t)get("NODES", node, "operands") + index, "tensor");
}

/* An output that the graph does not give would be overwritten while the graph still runs. */
static void outputs_are_results(void) {
  begin("selection");
  const uint32_t inner = operand_of(1, 2); /* x / y: also float64 of one dimension */
  CHECK(get("PORTS", 3, "kind") == KW_OUTPUT && get("PORTS", 3, "tensor") != inner);
  set("PORTS", 3, "tensor", inner);
  set("PORTS", 3, "data", KW__NONE);
  expect_refusal("port 3 is no result of graph 0");
}

static void states_take_over_results(void) {
  begin("state");
  set("PORTS", 3, "source", get("PORTS", 3, "tensor"));
  expect_refusal("is no result of graph 0");
}

static void tensors_are_defined_once(void) {
  begin("calls");
  set("OPERANDS", (uint32_t)get("NODES", 0, "operands") + 1, "tensor", 0);
  expect_refusal("tensor 0 is defined twice");
  begin("calls");
  set("OPERANDS", (uint32_t)get("NODES", 0, "operands"), "tensor", operand_of(0, 1));
  expect_refusal("before it is defined");
  begin("calls");
  set("OPERANDS", (uint32_t)get("NODES", 0, "operands") + 1, "tensor",
      get("GRAPHS", 1, "first_tensor"));
  expect_refusal("defines a tensor that it does not own");
}

/* copy, if_none and call hand on what may be None; what they hand it to must say so. */
static void none_is_declared(void) {
  begin("texts");
  for (uint32_t node = 0; node < section_of(KW__NODES)->bytes / section_of(KW__NODES)->record_bytes;
       node++)
    if (get("NODES", node, "op") == 2) set("TENSORS", operand_of(node, 1), "flags", 0);
  expect_refusal("copy: output 0 may be None, was not declared so");
}

static void arguments_fit_parameters(void) {
  begin("calls");
  set("TENSORS", (uint32_t)get("OPERANDS", (uint32_t)get("GRAPHS", 1, "inputs"), "tensor"), "type",
      KW_I64);
  expect_refusal("argument 0 is not of the parameter's type and rank");
}

/* ---- text ---- */
static uint8_t *find_text(const char *text) {
  const kw__section_record *section = section_of(KW__TEXT);
  for (size_t i = 0; i + strlen(text) < section->bytes; i++)
    if (!memcmp(file.data + section->offset + i, text, strlen(text)))
      return file.data + section->offset + i;
  printf("there is no text %s\n", text);
  exit(EXIT_FAILURE);
}

static void text_is_utf8(void) {
  begin("texts");
  uint8_t *word = find_text("h\xC3\xA4");
  word[1] = 0xFF;
  expect_refusal("section TEXT is not UTF-8 ended by NUL");
  begin("texts");
  set("PORTS", 0, "name",
      word + 2 - (file.data + section_of(KW__TEXT)->offset)); /* within a character */
  expect_refusal("port 0 is out of range");
  begin("texts");
  file.data[section_of(KW__TEXT)->offset + section_of(KW__TEXT)->bytes - 1] = 'x';
  expect_refusal("section TEXT is not UTF-8 ended by NUL");
  begin("texts");
  file.data[section_of(KW__TEXT)->offset] = 'x';
  expect_refusal("section TEXT is not UTF-8 ended by NUL");
  begin("texts");
  memset(file.data + section_of(KW__INDICES)->offset, 0x7F, 4);
  expect_refusal("has a text out of range");
}

/* ---- trees ---- */
static void trees_are_sound(void) {
  begin("forests");
  uint32_t *nodes = (void *)(file.data + section_of(KW__INDICES)->offset);
  for (size_t word = 0; word < 6; word++) { /* of three narrow nodes */
    const uint32_t kept = nodes[word];
    nodes[word] = word % 2 ? 7u << 12 | 9
                           : 0x7FC00000; /* a step out of the tree and a slot out of the row; NaN */
    kw_dev_seal(file.data, file_bytes);
    if (word == 0)
      expect(KW_OK, "", 0); /* a threshold may be anything */
    else
      expect(KW_FORMAT, "forest: the trees are damaged", 0);
    nodes[word] = kept;
  }
}

/* ---- digests ---- */
static void padding_is_zero(void) {
  begin("calls");
  const kw__section_record *text = section_of(KW__TEXT);
  CHECK(text->bytes % 8 != 0);
  file.data[text->offset + text->bytes] = 1;
  expect(KW_OK, "", 0);
  expect(KW_FORMAT, "there are bytes before section SIZES", KW_DIGEST);
}

static void digests_tell_damage(void) {
  static const struct {
    int32_t kind;
    const char *message;
  } rows[] = {{KW__TEXT, "the digest of section TEXT is wrong"},
              {KW__NODES, "the digest of section NODES is wrong"},
              {KW__INDICES, "the digest of section INDICES is wrong"},
              {KW__VALUES, "the digest of section VALUES is wrong"},
              {KW__EXAMPLE_VALUES, "the digest of section EXAMPLE_VALUES is wrong"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    begin("forests");
    file.data[section_of(rows[i].kind)->offset] ^= 4;
    expect(KW_FORMAT, rows[i].message, KW_DIGEST);
  }
  begin("forests");
  section_of(KW__TEXT)->digest ^= 1;
  expect(KW_FORMAT, "the header's digest is wrong", 0);
}

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(each_rule);
  RUN(other_builds);
  RUN(outputs_are_results);
  RUN(states_take_over_results);
  RUN(tensors_are_defined_once);
  RUN(none_is_declared);
  RUN(arguments_fit_parameters);
  RUN(text_is_utf8);
  RUN(trees_are_sound);
  RUN(padding_is_zero);
  RUN(digests_tell_damage);
  return finish();
}

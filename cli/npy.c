/* The .npy format: magic, version, length of the header, header, elements.  The header is a Python
 * dict of descr, fortran_order and shape, read here strictly: no other key, no other expression. */
#include "npy.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

static const char MAGIC[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};
enum { HEADER_ALIGNMENT = 64, SHOWN = 24 };

/* The first row of a type is how it is written. */
static const struct {
  const char *name;
  kw_type type;
  size_t bytes;
} DTYPES[] = {{"<f8", KW_F64, 8}, {"<f4", KW_F32, 4},    {"<f2", KW_F16, 2},    {"<i8", KW_I64, 8},
              {"<i4", KW_I32, 4}, {"<i2", KW_I16, 2},    {"|i1", KW_I8, 1},     {"|u1", KW_U8, 1},
              {"<u2", KW_U16, 2}, {"<u4", KW_U32, 4},    {"<u8", KW_U64, 8},    {"|b1", KW_BOOL, 1},
              {"<c8", KW_C64, 8}, {"<c16", KW_C128, 16}, {"<M8[us]", KW_I64, 8}};
enum { DTYPE_COUNT = sizeof DTYPES / sizeof *DTYPES };

typedef struct header {
  char dtype[SHOWN + 1];
  bool fortran;
  kw_type type;
  size_t bytes; /* of one element in the file */
  size_t elements;
} header;

typedef struct reader {
  const char *path;
  const unsigned char *at, *end;
  cli_error *error;
} reader;

static bool fail_header(const reader *in, const char *problem) {
  return fail(in->error, "%s: not a valid .npy file: %s", in->path, problem);
}

static void skip_spaces(reader *in) {
  while (in->at < in->end && *in->at == ' ') in->at++;
}

/* Takes a token that stands next, after spaces. */
static bool take(reader *in, const char *token) {
  size_t length = strlen(token);
  skip_spaces(in);
  if ((size_t)(in->end - in->at) < length || memcmp(in->at, token, length) != 0) return false;
  in->at += length;
  return true;
}

/* A quoted string of at most SHOWN characters without escapes. */
static bool take_string(reader *in, char out[SHOWN + 1]) {
  const char *quote = take(in, "'") ? "'" : take(in, "\"") ? "\"" : NULL;
  size_t length = 0;
  if (quote == NULL) return false;
  for (; in->at < in->end && *in->at != (unsigned char)*quote; in->at++) {
    if (length == SHOWN || *in->at < ' ' || *in->at > '~' || *in->at == '\\') return false;
    out[length++] = (char)*in->at;
  }
  out[length] = '\0';
  return take(in, quote);
}

static bool take_size(reader *in, int64_t *out) {
  skip_spaces(in);
  const unsigned char *start = in->at;
  while (in->at < in->end && *in->at >= '0' && *in->at <= '9') in->at++;
  return parse_i64((const char *)start, (size_t)(in->at - start), out) == PARSE_GOOD;
}

/* (), (3,) or (3, 4): a comma is optional behind the last of two or more. */
static bool read_shape(reader *in, npy *out) {
  bool comma = true;
  if (!take(in, "(")) return fail_header(in, "the shape is not a tuple");
  for (out->rank = 0; !take(in, ")"); out->rank++) {
    if (out->rank == KW_MAX_RANK) return fail_header(in, "it has more than 8 dimensions");
    if (!comma || !take_size(in, &out->size[out->rank])) {
      return fail_header(in, "the shape is not a tuple of sizes");
    }
    comma = take(in, ",");
  }
  if (out->rank == 1 && !comma) return fail_header(in, "the shape is not a tuple");
  return true;
}

static bool read_entry(reader *in, const char *key, header *head, npy *out) {
  if (strcmp(key, "descr") == 0) {
    if (take(in, "[")) return fail(in->error, "%s: structured arrays are not supported", in->path);
    return take_string(in, head->dtype) ? true : fail_header(in, "the dtype is not a name");
  }
  if (strcmp(key, "shape") == 0) return read_shape(in, out);
  head->fortran = take(in, "True");
  if (head->fortran || take(in, "False")) return true;
  return fail_header(in, "fortran_order is neither True nor False");
}

static bool read_dict(reader *in, header *head, npy *out) {
  static const char *const KEYS[] = {"descr", "fortran_order", "shape"};
  bool seen[3] = {false, false, false};
  if (!take(in, "{")) return fail_header(in, "the header is not a dict");
  while (!take(in, "}")) {
    char key[SHOWN + 1];
    int which = 0;
    if (!take_string(in, key) || !take(in, ":")) return fail_header(in, "the header is not a dict");
    while (which < 3 && strcmp(key, KEYS[which]) != 0) which++;
    if (which == 3 || seen[which]) return fail_header(in, "an unknown or repeated header key");
    seen[which] = true;
    if (!read_entry(in, key, head, out)) return false;
    if (!take(in, ",") && (in->at == in->end || *in->at != '}')) {
      return fail_header(in, "the header is not a dict");
    }
  }
  if (!seen[0] || !seen[1] || !seen[2]) return fail_header(in, "a header key is missing");
  (void)take(in, "\n");
  return in->at == in->end ? true : fail_header(in, "text behind the header");
}

/* Reads what stands before the elements; leaves `in` at the first of them. */
static bool read_header(reader *in, header *head, npy *out) {
  size_t bytes = 0;
  if (in->end - in->at < 8 || memcmp(in->at, MAGIC, sizeof MAGIC) != 0) {
    return fail_header(in, "it does not begin as one");
  }
  int major = in->at[6], minor = in->at[7], digits = major == 1 ? 2 : 4;
  if (major < 1 || major > 3 || minor != 0) {
    return fail(in->error, "%s: .npy version %d.%d is not supported", in->path, major, minor);
  }
  in->at += 8;
  if (in->end - in->at < digits) return fail_header(in, "it ends in the header");
  for (int i = digits - 1; i >= 0; i--) bytes = bytes << 8 | in->at[i];
  in->at += digits;
  if (bytes > (size_t)(in->end - in->at)) return fail_header(in, "it ends in the header");

  reader dict = *in;
  in->at += bytes;
  dict.end = in->at;
  return read_dict(&dict, head, out);
}

static bool is_text(const char *dtype) { return dtype[0] == '<' && dtype[1] == 'U'; }

static bool find_dtype(const reader *in, header *head) {
  const char *name = head->dtype;
  int64_t width = 0;
  for (int i = 0; i < DTYPE_COUNT; i++) {
    if (strcmp(name, DTYPES[i].name) != 0) continue;
    head->type = DTYPES[i].type;
    head->bytes = DTYPES[i].bytes;
    return true;
  }
  if (is_text(name) && strspn(name + 2, "0123456789") == strlen(name + 2) &&
      parse_i64(name + 2, strlen(name + 2), &width) == PARSE_GOOD && width > 0 &&
      width <= INT32_MAX / 4) {
    head->type = KW_TEXT;
    head->bytes = 4 * (size_t)width;
    return true;
  }
  if (name[0] == '>') {
    return fail(in->error, "%s: big-endian '%s' is not supported, convert with astype('<%s')",
                in->path, name, name + 1);
  }
  if (strcmp(name, "|O") == 0) {
    return fail(in->error, "%s: Python objects are not supported, convert to numbers or text",
                in->path);
  }
  return fail(in->error, "%s: dtype '%s' is not supported", in->path, name);
}

static bool check_length(const reader *in, header *head, const npy *out) {
  uint64_t product = 1, limit = PTRDIFF_MAX / head->bytes;
  bool empty = false;
  for (int32_t i = 0; i < out->rank; i++) {
    uint64_t size = (uint64_t)out->size[i];
    empty = empty || size == 0;
    if (size == 0) continue;
    if (product > limit / size) return fail_header(in, "the shape is too large");
    product *= size;
  }
  head->elements = empty ? 0 : (size_t)product;
  size_t present = (size_t)(in->end - in->at), needed = head->elements * head->bytes;
  if (present == needed) return true;
  return fail(in->error, "%s: not a valid .npy file: %zu bytes of data, its shape needs %zu",
              in->path, present, needed);
}

/* The place in row-major order of element i of the file. */
static size_t find_place(const header *head, const npy *array, size_t i) {
  size_t place = 0;
  if (!head->fortran) return i;
  for (int32_t axis = 0; axis < array->rank; axis++) {
    size_t size = (size_t)array->size[axis];
    place = place * size + i % size;
    i /= size;
  }
  return place;
}

static bool copy_numbers(const reader *in, const header *head, npy *out) {
  unsigned char *data = allocate(head->elements, head->bytes, in->error);
  out->data = data;
  if (data == NULL) return false;
  for (size_t i = 0; i < head->elements; i++) {
    const unsigned char *element = in->at + i * head->bytes;
    if (head->type == KW_BOOL && *element > 1) {
      return fail_header(in, "a bool is neither 0 nor 1");
    }
    memcpy(data + find_place(head, out, i) * head->bytes, element, head->bytes);
  }
  return true;
}

static char *put_character(char *to, uint32_t c) {
  int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char LEAD[] = {0, 0xC0, 0xE0, 0xF0};
  *to++ = (char)(LEAD[more] | c >> (6 * more));
  while (more-- > 0) *to++ = (char)(0x80 | (c >> (6 * more) & 0x3F));
  return to;
}

/* One element of <U: UTF-32, filled up with zeros.  Returns behind its UTF-8, or NULL. */
static char *copy_text(const unsigned char *element, size_t bytes, char *to) {
  while (bytes > 0 && memcmp(element + bytes - 4, "\0\0\0", 4) == 0) bytes -= 4;
  for (size_t i = 0; i < bytes; i += 4) {
    uint32_t c;
    memcpy(&c, element + i, sizeof c);
    if (c == 0 || !is_character(c)) return NULL;
    to = put_character(to, c);
  }
  *to = '\0';
  return to + 1;
}

static bool copy_texts(const reader *in, const header *head, npy *out) {
  char **texts = allocate(head->elements, sizeof *texts + head->bytes + 1, in->error);
  out->data = texts;
  if (texts == NULL) return false;
  char *to = (char *)(texts + head->elements);
  for (size_t i = 0; i < head->elements; i++) {
    texts[find_place(head, out, i)] = to;
    to = copy_text(in->at + i * head->bytes, head->bytes, to);
    if (to == NULL) return fail(in->error, "%s: text %zu is not Unicode", in->path, i);
  }
  return true;
}

bool npy_parse(npy *out, const char *path, const file_bytes *file, cli_error *error) {
  const unsigned char *data = (const unsigned char *)file->data;
  reader in = {path, data, data + file->length, error};
  header head = {0};
  *out = (npy){0};
  bool good =
      read_header(&in, &head, out) && find_dtype(&in, &head) && check_length(&in, &head, out);
  if (good) {
    out->type = head.type;
    good = head.type == KW_TEXT ? copy_texts(&in, &head, out) : copy_numbers(&in, &head, out);
  }
  if (!good) npy_free(out);
  return good;
}

void npy_free(npy *array) {
  free((void *)array->data);
  *array = (npy){0};
}

int64_t npy_elements(const npy *array) {
  int64_t elements = 1;
  for (int32_t i = 0; i < array->rank; i++) elements *= array->size[i];
  return elements;
}

/* The characters of the longest text, at least 1; 0 where one is missing or not UTF-8. */
static size_t measure_texts(const npy *array) {
  const char *const *texts = array->data;
  size_t width = 1;
  for (int64_t i = 0; i < npy_elements(array); i++) {
    const char *at = texts[i];
    size_t length = 0;
    uint32_t c;
    if (at == NULL) return 0;
    for (; *at != '\0'; length++) {
      if (!take_character(&at, &c)) return 0;
    }
    if (length > width) width = length;
  }
  return width;
}

static void write_texts(FILE *file, const npy *array, size_t width) {
  const char *const *texts = array->data;
  for (int64_t i = 0; i < npy_elements(array); i++) {
    const char *at = texts[i];
    for (size_t k = 0; k < width; k++) {
      uint32_t c = 0;
      if (*at != '\0') (void)take_character(&at, &c);
      (void)fwrite(&c, sizeof c, 1, file);
    }
  }
}

static void write_header(FILE *file, const npy *array, const char *dtype) {
  char text[320]; /* 10 bytes, the dtype, 8 sizes of 20 digits, the words between them */
  int length =
      snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", dtype);
  for (int32_t i = 0; i < array->rank; i++) {
    length += snprintf(text + length, sizeof text - (size_t)length, "%" PRId64 ",", array->size[i]);
  }
  length += snprintf(text + length, sizeof text - (size_t)length, "), }");
  int padded = length + 11; /* magic, version, length; a line feed at the end */
  padded += (HEADER_ALIGNMENT - padded % HEADER_ALIGNMENT) % HEADER_ALIGNMENT;
  int bytes = padded - 10;
  (void)fwrite(MAGIC, sizeof MAGIC, 1, file);
  (void)fwrite((const unsigned char[4]){1, 0, (unsigned char)bytes, (unsigned char)(bytes >> 8)}, 4,
               1, file);
  (void)fprintf(file, "%-*s\n", bytes - 1, text);
}

bool npy_write(const char *path, const npy *array, cli_error *error) {
  char dtype[SHOWN + 1];
  size_t width = 0, bytes = 0;
  if (array->type == KW_TEXT) {
    width = measure_texts(array);
    if (width == 0) return fail(error, "%s: a text is missing or not UTF-8", path);
    (void)snprintf(dtype, sizeof dtype, "<U%zu", width);
  } else {
    int i = 0;
    while (i < DTYPE_COUNT && DTYPES[i].type != array->type) i++;
    assert(i < DTYPE_COUNT);
    strcpy(dtype, DTYPES[i].name);
    bytes = DTYPES[i].bytes;
  }
  FILE *file = fopen(path, "wb");
  if (file == NULL) return fail(error, "%s: cannot open: %s", path, strerror(errno));
  write_header(file, array, dtype);
  if (array->type == KW_TEXT)
    write_texts(file, array, width);
  else if (npy_elements(array) > 0)
    (void)fwrite(array->data, bytes, (size_t)npy_elements(array), file);
  bool good = ferror(file) == 0;
  good = fclose(file) == 0 && good;
  return good ? true : fail(error, "%s: cannot write: %s", path, strerror(errno));
}

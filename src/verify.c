/* Trusts nothing, first half: the sections lie in order, and every number of every record is in
 * range. */
#include "verify.h"

static const uint32_t record_bytes[] = {
#define RECORD(name, fields) sizeof(kw__##name##_record),
    KW__RECORDS(RECORD)
#undef RECORD
};
enum {
#define RECORD(name, fields) record_##name,
  KW__RECORDS(RECORD)
#undef RECORD
      record_none
};

static const struct {
  uint8_t record, in_index;
  char name[15];
} section_rules[KW__SECTION_KINDS] = {
#define SECTION(kind, name, record, in_index) [kind] = {record_##record, in_index, #name},
    KW__SECTIONS(SECTION)
#undef SECTION
};

uint32_t kw__record_bytes(int32_t kind) {
  uint8_t record = section_rules[kind].record;
  return record == record_none ? 0 : record_bytes[record];
}

uint32_t kw__record_count(const kw_model *model, int32_t kind) {
  const kw__section_record *s = model->section[kind];
  return s && s->record_bytes ? (uint32_t)(s->bytes / s->record_bytes) : 0;
}

uint64_t kw__section_bytes(const kw_model *model, int32_t kind) {
  return model->section[kind] ? model->section[kind]->bytes : 0;
}

const char *kw__string(const kw_model *model, uint32_t offset) {
  return (const char *)kw__records(model, KW__TEXT) + offset;
}

const int64_t *kw__ints(const kw_model *model, uint32_t offset) {
  static const int64_t nothing[1] = {0}; /* dims of a scalar in a file without INTS */
  const int64_t *ints = kw__records(model, KW__INTS);
  return ints ? ints + offset : nothing;
}

bool kw__is_utf8(const uint8_t *text, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes;) {
    uint8_t c = text[i];
    uint32_t more = c < 0x80                ? 0
                    : c >= 0xC2 && c < 0xE0 ? 1
                    : c >= 0xE0 && c < 0xF0 ? 2
                    : c >= 0xF0 && c < 0xF5 ? 3
                                            : 9;
    if (more == 9 || more >= bytes - i) return false;
    uint32_t code = more ? c & (0x3Fu >> more) : c;
    for (uint32_t k = 1; k <= more; k++) {
      if ((text[i + k] & 0xC0) != 0x80) return false;
      code = code << 6 | (text[i + k] & 0x3F);
    }
    if ((more == 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) ||
        (more == 3 && (code < 0x10000 || code > 0x10FFFF)))
      return false;
    i += more + 1;
  }
  return true;
}

static kw_status verify_header(kw_model *model, kw_error *error) {
  const kw__header_record *h = (const void *)model->index;
  if (h->format != KW__FORMAT) REFUSE("format %u, this library reads %d", h->format, KW__FORMAT);
  if (h->header_bytes != sizeof *h || h->section_bytes != sizeof(kw__section_record))
    REFUSE("header of %u bytes and sections of %u, must be %zu and %zu", h->header_bytes,
           h->section_bytes, sizeof *h, sizeof(kw__section_record));
  if (h->file_bytes != model->file_bytes)
    REFUSE("the file has %zu bytes, its header says %llu", model->file_bytes,
           (unsigned long long)h->file_bytes);
  if (h->sections > 64 ||
      !kw__is_range(sizeof *h, (uint64_t)h->sections * h->section_bytes, model->index_bytes))
    REFUSE("%u sections do not fit", h->sections);
  kw__header_record copy = *h;
  copy.digest = 0;
  uint64_t digest =
      kw__digest(&copy, sizeof copy) ^ kw__digest(h + 1, (size_t)h->sections * h->section_bytes);
  if (digest != h->digest) REFUSE("the header's digest is wrong: the file is damaged");
  model->digest = digest;
  return KW_OK;
}

/* A bound that no count of records reaches: what is computed from counts then fits size_t of 32
 * bits too. */
#define MOST_RECORDS (SIZE_MAX / 1024 < INT32_MAX ? SIZE_MAX / 1024 : INT32_MAX)

/* end: of the section before, behind which this one begins. */
static kw_status verify_section(kw_model *model, const kw__section_record *s, uint64_t *end,
                                kw_error *error) {
  if (s->kind == 0 || s->kind >= KW__SECTION_KINDS) REFUSE("section kind %u is not known", s->kind);
  const char *name = section_rules[s->kind].name;
  if (model->section[s->kind]) REFUSE("section %s stands twice", name);
  bool in_index = section_rules[s->kind].in_index;
  if (s->offset % 8 || s->offset < *end ||
      !kw__is_range(s->offset, s->bytes, in_index ? model->index_bytes : model->file_bytes) ||
      (!in_index && s->offset < model->index_bytes))
    REFUSE("section %s is out of place", name);
  uint32_t least = kw__record_bytes((int32_t)s->kind);
  if (least ? s->record_bytes < least || s->record_bytes > 4096 || s->bytes % s->record_bytes ||
                  s->record_bytes % (least % 8 ? 4 : 8) || s->bytes / s->record_bytes > MOST_RECORDS
            : s->record_bytes != 0)
    REFUSE("section %s has records of %u bytes, must be %u", name, s->record_bytes, least);
  if (s->kind == KW__INTS || s->kind == KW__SLOTS || s->kind == KW__OPERANDS) {
    if (s->record_bytes != least)
      REFUSE("section %s has records of %u bytes, must be %u", name, s->record_bytes, least);
  }
  if (in_index && kw__digest(model->index + s->offset, (size_t)s->bytes) != s->digest)
    REFUSE("the digest of section %s is wrong: the file is damaged", name);
  model->section[s->kind] = s;
  if (in_index) model->records[s->kind] = model->index + s->offset;
  *end = s->offset + s->bytes;
  return KW_OK;
}

/* Not one that begins within a character. */
bool kw__is_text(const kw_model *model, uint32_t offset) {
  return offset < kw__section_bytes(model, KW__TEXT) &&
         ((uint8_t)*kw__string(model, offset) & 0xC0) != 0x80;
}
static bool is_data(const kw_model *model, uint32_t data) {
  return data < kw__record_count(model, KW__DATA);
}
static bool is_dims(const kw_model *model, uint32_t dims, uint32_t rank) {
  return rank <= KW_MAX_RANK && kw__is_range(dims, rank, kw__record_count(model, KW__INTS));
}

static kw_status verify_pools(kw_model *model, kw_error *error) {
  const char *text = kw__records(model, KW__TEXT);
  uint64_t bytes = kw__section_bytes(model, KW__TEXT);
  if (!text || bytes == 0 || bytes >= KW__TEXT_POOL || text[0] || text[bytes - 1] ||
      !kw__is_utf8((const uint8_t *)text, bytes))
    REFUSE("section TEXT is not UTF-8 ended by NUL");
  for (uint32_t i = 0; i < kw__record_count(model, KW__META); i++) {
    const kw__meta_record *meta = KW__AT(model, META, meta, i);
    if (!kw__is_text(model, meta->key) || !kw__is_text(model, meta->value))
      REFUSE("meta %u is out of range", i);
  }
  for (uint32_t i = 0; i < kw__record_count(model, KW__SIZES); i++) {
    const kw__size_record *size = KW__AT(model, SIZES, size, i);
    if (!kw__is_text(model, size->name) || !kw__is_text(model, size->file) ||
        size->line > INT32_MAX || size->fallback < 0 ||
        (size->maximum >= 0 && size->fallback > size->maximum) || size->maximum < -1 ||
        (size->source != KW__NONE && size->source >= i))
      REFUSE("size %u is out of range", i);
  }
  for (uint32_t i = 0; i < kw__record_count(model, KW__DATA); i++) {
    const kw__data_record *data = KW__AT(model, DATA, data, i);
    if (data->section != KW__INDICES && data->section != KW__VALUES &&
        data->section != KW__EXAMPLE_VALUES)
      REFUSE("data %u is in no section of data", i);
    if (data->offset % 4 ||
        !kw__is_range(data->offset, data->bytes, kw__section_bytes(model, (int32_t)data->section)))
      REFUSE("data %u is out of range", i);
  }
  return KW_OK;
}

enum {
  MOST_LANES = 1 << 20
}; /* of an empty constant: axes beside the empty one have no memory that bounds them */

/* Bytes that a constant of a type with these fixed sizes has in the file, where a text is the
 * offset of a string. */
static bool data_bytes(int32_t type, const int64_t *dims, uint32_t rank, uint64_t *out) {
  uint64_t lanes = type == KW_TEXT ? 4 : kw__type_bytes(type);
  bool empty = false;
  for (uint32_t d = 0; d < rank; d++) {
    if (dims[d] < 0 || dims[d] > INT32_MAX ||
        (dims[d] && lanes > (uint64_t)INT64_MAX / (uint64_t)dims[d]))
      return false;
    empty |= dims[d] == 0;
    lanes *= (uint64_t)(dims[d] ? dims[d] : 1);
  }
  *out = empty ? 0 : lanes;
  return !empty || lanes <= MOST_LANES;
}

static kw_status verify_tensor(kw_model *model, uint32_t i, kw_error *error) {
  const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, i);
  if (!kw__is_text(model, t->name) || kw__type_bytes(t->type) == 0 || (t->flags & ~KW__OPTIONAL) ||
      !is_dims(model, t->dims, t->rank))
    REFUSE("tensor %u is out of range", i);
  const int64_t *dims = kw__ints(model, t->dims);
  for (uint32_t d = 0; d < t->rank; d++)
    if (dims[d] < 0 && (uint64_t)~dims[d] >= kw__record_count(model, KW__SIZES))
      REFUSE("tensor %u has no such size", i);
  if (t->data == KW__NONE) return KW_OK;
  uint64_t bytes;
  if (!is_data(model, t->data) || !data_bytes(t->type, dims, t->rank, &bytes) || t->flags)
    REFUSE("constant %u is out of range", i);
  const kw__data_record *data = KW__AT(model, DATA, data, t->data);
  if (data->bytes != bytes || data->section == KW__EXAMPLE_VALUES ||
      (t->type == KW_TEXT && data->section != KW__INDICES))
    REFUSE("constant %u has %llu bytes, must have %llu", i, (unsigned long long)data->bytes,
           (unsigned long long)bytes);
  if (t->type != KW_TEXT || bytes == 0) return KW_OK;
  const uint32_t *text =
      (const void *)((const char *)kw__records(model, KW__INDICES) + data->offset);
  for (uint64_t k = 0; k < bytes / 4; k++)
    if (text[k] != KW__NONE && !kw__is_text(model, text[k]))
      REFUSE("constant %u has a text out of range", i);
  return KW_OK;
}

static kw_status verify_port(kw_model *model, uint32_t i, kw_error *error) {
  const kw__port_record *p = KW__AT(model, PORTS, port, i);
  uint32_t tensors = kw__record_count(model, KW__TENSORS);
  if (!kw__is_text(model, p->name) || !kw__is_text(model, p->unit) || !kw__is_text(model, p->doc) ||
      p->tensor >= tensors || (p->data != KW__NONE && !is_data(model, p->data)) ||
      p->tier > KW__CONDITIONED)
    REFUSE("port %u is out of range", i);
  if (p->kind != KW_INPUT && p->kind != KW_OUTPUT && p->kind != KW_STATE)
    REFUSE("port %u has no such kind", i);
  if (i && KW__AT(model, PORTS, port, i - 1)->kind > p->kind) REFUSE("port %u is out of order", i);
  const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, p->tensor);
  uint64_t bytes = p->data == KW__NONE ? 0 : KW__AT(model, DATA, data, p->data)->bytes, must;
  if (p->kind == KW_OUTPUT && p->data != KW__NONE) {
    const int64_t *dims = kw__ints(model, t->dims);
    uint64_t columns = bytes / 16;
    if (bytes == 0 || bytes % 16 ||
        (columns > 1 && (t->rank == 0 || dims[t->rank - 1] != (int64_t)columns)))
      REFUSE("the bounds of output %u do not fit its columns", i);
  }
  if (p->kind == KW_INPUT && p->data != KW__NONE) REFUSE("input %u has data", i);
  if (p->kind != KW_STATE) return KW_OK;
  if (p->source >= tensors || t->type == KW_TEXT || t->flags) REFUSE("state %u is out of range", i);
  const kw__tensor_record *source = KW__AT(model, TENSORS, tensor, p->source);
  if (source->type != t->type || source->rank != t->rank || source->flags)
    REFUSE("state %u has a source of another type", i);
  if (p->data != KW__NONE &&
      (!data_bytes(t->type, kw__ints(model, t->dims), t->rank, &must) || must != bytes))
    REFUSE("the first value of state %u has the wrong size", i);
  return KW_OK;
}

static kw_status verify_example(kw_model *model, uint32_t i, kw_error *error) {
  const kw__example_record *e = KW__AT(model, EXAMPLES, example, i);
  if (!kw__is_text(model, e->raises)) REFUSE("example %u is out of range", i);
  if (e->port == KW__NONE && *kw__string(model, e->raises)) return KW_OK; /* the row raises */
  if (e->port >= kw__record_count(model, KW__PORTS) || e->present > 1)
    REFUSE("example %u is out of range", i);
  const kw__port_record *port = KW__AT(model, PORTS, port, e->port);
  const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, port->tensor);
  if (port->kind == KW_STATE) REFUSE("example %u is of a state", i);
  if (!e->present) return KW_OK;
  uint64_t bytes;
  if (e->rank != t->rank || !is_dims(model, e->dims, e->rank) || !is_data(model, e->data) ||
      !data_bytes(t->type, kw__ints(model, e->dims), e->rank, &bytes))
    REFUSE("example %u is out of range", i);
  if (KW__AT(model, DATA, data, e->data)->bytes != bytes)
    REFUSE("example %u has the wrong size", i);
  return KW_OK;
}

static kw_status verify_quantization(kw_model *model, uint32_t i, kw_error *error) {
  const kw__quantization_record *q = KW__AT(model, QUANTIZATIONS, quantization, i);
  if (q->tensor >= kw__record_count(model, KW__TENSORS) || q->count == 0 || q->count > INT32_MAX ||
      q->axis >= KW_MAX_RANK || !is_data(model, q->scales) ||
      !kw__is_range(q->zero_points, q->count, kw__record_count(model, KW__INTS)) ||
      KW__AT(model, DATA, data, q->scales)->bytes != (uint64_t)q->count * sizeof(float))
    REFUSE("quantization %u is out of range", i);
  return KW_OK;
}

kw_status kw__verify_sections(kw_model *model, kw_error *error) {
  kw_status status = verify_header(model, error);
  const kw__header_record *h = (const void *)model->index;
  const kw__section_record *table = (const void *)(h + 1);
  uint64_t end = sizeof *h + (uint64_t)h->sections * sizeof *table;
  for (uint32_t i = 0; !status && i < h->sections; i++)
    status = verify_section(model, &table[i], &end, error);
  return status;
}

kw_status kw__verify_records(kw_model *model, kw_error *error) {
  kw_status status = verify_pools(model, error);
  for (uint32_t i = 0; !status && i < kw__record_count(model, KW__TENSORS); i++)
    status = verify_tensor(model, i, error);
  for (uint32_t i = 0; !status && i < kw__record_count(model, KW__PORTS); i++)
    status = verify_port(model, i, error);
  for (uint32_t i = 0; !status && i < kw__record_count(model, KW__EXAMPLES); i++)
    status = verify_example(model, i, error);
  for (uint32_t i = 0; !status && i < kw__record_count(model, KW__QUANTIZATIONS); i++)
    status = verify_quantization(model, i, error);
  return status;
}

static bool is_zero(const uint8_t *bytes, uint64_t from, uint64_t to) {
  for (; from < to; from++)
    if (bytes[from]) return false;
  return true;
}

/* The sections are in order: what lies between them is padding, which no digest covers. */
kw_status kw__verify_values(const kw_model *model, kw_error *error) {
  const kw__header_record *h = (const void *)model->index;
  const kw__section_record *table = (const void *)(h + 1);
  uint64_t end = sizeof *h + (uint64_t)h->sections * sizeof *table;
  for (uint32_t i = 0; i < h->sections; i++) {
    const kw__section_record *s = &table[i];
    if (!section_rules[s->kind].in_index &&
        kw__digest(model->file + s->offset, (size_t)s->bytes) != s->digest)
      REFUSE("the digest of section %s is wrong: the file is damaged", section_rules[s->kind].name);
    if (!is_zero(model->file, end, s->offset))
      REFUSE("there are bytes before section %s", section_rules[s->kind].name);
    end = s->offset + s->bytes;
  }
  if (!is_zero(model->file, end, model->file_bytes))
    REFUSE("there are bytes after the last section");
  return KW_OK;
}

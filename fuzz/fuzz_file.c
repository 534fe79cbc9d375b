/* Files for the whole engine: whatever the bytes are, the library refuses them or does all of
 * exercise.h with them.  The mutator knows the format: it takes a file apart into its sections,
 * changes fields, records and pools, puts it together again and seals it, so that what it makes
 * gets past the digests and deep into the verifier. */
#include "../tests/c/exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  void *file = malloc(size + !size); /* exactly: one byte further is a finding */
  if (!file) return 0;
  if (size) memcpy(file, data, size);
  exercise_file(file, size, size % 3 ? 0 : KW_COPY | KW_DIGEST);
  free(file);
  return 0;
}

#ifdef KOWARI_FUZZ
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t most, unsigned seed);

enum { ROOM = 1 << 15, PARTS = 16 };
typedef struct part {
  uint32_t kind, width;
  size_t bytes;
  uint8_t data[ROOM];
} part;
typedef struct parts {
  uint32_t count;
  part part[PARTS];
} parts;
static union {
  uint64_t align;
  uint8_t bytes[2 * ROOM];
} whole;

/* ---- apart, and together ---- */
static bool take_apart(const uint8_t *data, size_t size, parts *out) {
  kw__header_record header;
  if (size < sizeof header) return false;
  memcpy(&header, data, sizeof header);
  if (header.sections > PARTS ||
      size < sizeof header + header.sections * sizeof(kw__section_record))
    return false;
  out->count = header.sections;
  for (uint32_t i = 0; i < out->count; i++) {
    kw__section_record section;
    memcpy(&section, data + sizeof header + i * sizeof section, sizeof section);
    if (section.offset > size || section.bytes > size - section.offset || section.bytes > ROOM / 2)
      return false;
    part *p = &out->part[i];
    p->kind = section.kind;
    p->width = section.record_bytes;
    p->bytes = (size_t)section.bytes;
    memcpy(p->data, data + section.offset, p->bytes);
  }
  return true;
}

/* 0: it does not fit. */
static size_t put_together(const parts *in, uint8_t *out, size_t most) {
  kw__header_record header = {.format = KW__FORMAT,
                              .header_bytes = sizeof header,
                              .sections = in->count,
                              .section_bytes = sizeof(kw__section_record)};
  size_t end = sizeof header + in->count * sizeof(kw__section_record);
  memset(&whole, 0, sizeof whole);
  for (uint32_t i = 0; i < in->count; i++) {
    const part *p = &in->part[i];
    const size_t step = p->kind < KW__VALUES ? 8 : 64, offset = (end + step - 1) / step * step;
    if (offset + p->bytes > sizeof whole) return 0;
    const kw__section_record section = {
        .kind = p->kind, .record_bytes = p->width, .offset = offset, .bytes = p->bytes};
    memcpy(whole.bytes + sizeof header + i * sizeof section, &section, sizeof section);
    memcpy(whole.bytes + offset, p->data, p->bytes);
    end = offset + p->bytes;
    if (p->kind < KW__VALUES) header.index_bytes = end;
  }
  header.file_bytes = end;
  memcpy(&header.magic, KW__MAGIC, sizeof header.magic);
  memcpy(whole.bytes, &header, sizeof header);
  if (end > most) return 0;
  kw_dev_seal(whole.bytes, end);
  memcpy(out, whole.bytes, end);
  return end;
}

static size_t seal_as_it_is(uint8_t *data, size_t size) {
  if (size > sizeof whole) return size;
  memcpy(whole.bytes, data, size);
  kw_dev_seal(whole.bytes, size);
  memcpy(data, whole.bytes, size);
  return size;
}

/* ---- changes ---- */
static uint32_t state;
static uint32_t draw(uint32_t limit) {
  state = state * 1664525u + 1013904223u;
  return limit ? (uint32_t)((uint64_t)(state >> 4) * limit >> 28) : 0;
}

/* Offset and width of a random field of the records of this kind. */
static bool draw_field(const part *p, size_t *offset, size_t *width) {
  kw_dev_section section = {0};
  for (int32_t i = 0; kw_dev_section_at(i, &section) == KW_OK && section.kind != (int32_t)p->kind;)
    i++;
  kw_dev_field field;
  uint32_t seen = 0;
  for (int32_t i = 0; section.record && kw_dev_field_at(i, &field) == KW_OK; i++) {
    if (strcmp(field.record, section.record) != 0 || draw(++seen) != 0) continue;
    *offset = (size_t)field.offset;
    *width = (size_t)field.bytes;
  }
  return seen && p->width >= *offset + *width;
}

static void change_field(part *p) {
  static const int64_t edges[] = {0,    1,         2,         3,          7,         8,        9,
                                  15,   16,        64,        255,        -1,        -2,       -9,
                                  1024, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};
  size_t offset, width;
  if (!p->width || p->bytes < p->width || !draw_field(p, &offset, &width)) return;
  const uint32_t records = (uint32_t)(p->bytes / p->width);
  uint8_t *at = p->data + draw(records) * p->width + offset;
  uint64_t value = 0, other = 0;
  memcpy(&value, at, width);
  memcpy(&other, p->data + draw(records) * p->width + offset, width);
  switch (draw(6)) {
    case 0:
      value += 1;
      break;
    case 1:
      value -= 1;
      break;
    case 2:
      value = other;
      break;
    case 3:
      value ^= UINT64_C(1) << draw((uint32_t)width * 8);
      break;
    case 4:
      value = draw(64);
      break;
    default:
      value = (uint64_t)edges[draw(sizeof edges / sizeof edges[0])];
  }
  memcpy(at, &value, width);
}

static void change_records(part *p) {
  const size_t width = p->width;
  if (!width || p->bytes < width) return;
  const uint32_t records = (uint32_t)(p->bytes / width);
  uint8_t *a = p->data + draw(records) * width, *b = p->data + draw(records) * width;
  const size_t behind = (size_t)(p->data + p->bytes - a);
  switch (draw(4)) {
    case 0:
      memmove(a, b, width);
      break;
    case 1: /* one more */
      if (p->bytes + width > ROOM / 2) return;
      memmove(a + width, a, behind);
      p->bytes += width;
      break;
    case 2: /* one less */
      memmove(a, a + width, behind - width);
      p->bytes -= width;
      break;
    default:
      for (size_t i = 0; i < width; i++) {
        const uint8_t kept = a[i];
        a[i] = b[i];
        b[i] = kept;
      }
  }
}

static void change_part(parts *all) {
  part *p = &all->part[draw(all->count)];
  const uint32_t way = draw(16);
  if (p->width && way < 10)
    change_field(p);
  else if (p->width && way < 14)
    change_records(p);
  else if (way == 15)
    memmove(p, p + 1, (size_t)((char *)&all->part[all->count--] - (char *)(p + 1)));
  else
    p->bytes = LLVMFuzzerMutate(p->data, p->bytes, p->width ? p->bytes : ROOM / 2);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  static parts all;
  state = seed;
  if (draw(12) == 0 || !take_apart(data, size, &all))
    return seal_as_it_is(data, LLVMFuzzerMutate(data, size, most));
  for (uint32_t i = draw(4) + 1; i > 0 && all.count > 0; i--) change_part(&all);
  const size_t made = put_together(&all, data, most);
  return made ? made : size;
}

/* The first file with one section of the second. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t most, unsigned seed) {
  static parts first, second;
  state = seed;
  if (!take_apart(a, a_size, &first) || !take_apart(b, b_size, &second) || !second.count) return 0;
  const part *chosen = &second.part[draw(second.count)];
  for (uint32_t i = 0; i < first.count; i++)
    if (first.part[i].kind == chosen->kind) first.part[i] = *chosen;
  return put_together(&first, out, most);
}
#endif

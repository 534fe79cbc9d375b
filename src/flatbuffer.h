/* A bounds-checked reader of FlatBuffers: every offset that is followed is checked against the
 * bytes there are.  What is out of range reads as absent and marks the file as damaged, so that
 * readers check once, at the end of a step.  Numbers are little-endian, as this library's hosts. */
#ifndef KOWARI_FLATBUFFER_H
#define KOWARI_FLATBUFFER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "internal.h"

typedef struct kw__fb {
  const uint8_t *data;
  uint32_t size; /* offsets have 32 bits, and so has what they reach */
  bool damaged;
} kw__fb;

typedef struct kw__fb_table {
  kw__fb *file;
  uint32_t at, fields; /* at 0: absent; fields: bytes of the vtable */
  uint32_t vtable, bytes;
} kw__fb_table;

typedef struct kw__fb_vector {
  kw__fb *file;
  uint32_t at, count; /* of the first element; an absent vector has no elements */
  bool present;
} kw__fb_vector;

static inline bool kw__fb_has(kw__fb *file, uint64_t at, uint64_t bytes) {
  if (at <= file->size && bytes <= file->size - at) return true;
  file->damaged = true;
  return false;
}

static inline uint32_t kw__fb_u32(const kw__fb *file, uint32_t at) {
  uint32_t value;
  memcpy(&value, file->data + at, sizeof value);
  return value;
}

static inline uint16_t kw__fb_u16(const kw__fb *file, uint32_t at) {
  uint16_t value;
  memcpy(&value, file->data + at, sizeof value);
  return value;
}

/* Where the offset at `at` leads; 0: nowhere. */
static inline uint32_t kw__fb_follow(kw__fb *file, uint32_t at) {
  if (!kw__fb_has(file, at, 4)) return 0;
  uint64_t to = (uint64_t)at + kw__fb_u32(file, at);
  return to != at && kw__fb_has(file, to, 4) ? (uint32_t)to : 0;
}

static inline kw__fb_table kw__fb_table_at(kw__fb *file, uint32_t at) {
  kw__fb_table none = {file, 0, 0, 0, 0};
  if (!at || !kw__fb_has(file, at, 4)) return none;
  int64_t vtable = (int64_t)at - (int32_t)kw__fb_u32(file, at);
  if (vtable < 0 || !kw__fb_has(file, (uint64_t)vtable, 4)) {
    file->damaged = true;
    return none;
  }
  kw__fb_table t = {file, at, kw__fb_u16(file, (uint32_t)vtable), (uint32_t)vtable,
                    kw__fb_u16(file, (uint32_t)vtable + 2)};
  if (!kw__fb_has(file, t.vtable, t.fields) || !kw__fb_has(file, at, t.bytes)) return none;
  return t;
}

static inline kw__fb_table kw__fb_root(kw__fb *file) {
  return kw__fb_table_at(file, kw__fb_follow(file, 0));
}

/* Where a field of so many bytes lies; 0: absent. */
static inline uint32_t kw__fb_field(const kw__fb_table *t, int32_t field, uint32_t bytes) {
  uint32_t slot = 4 + 2 * (uint32_t)field;
  if (!t->at || slot + 2 > t->fields) return 0;
  uint32_t offset = kw__fb_u16(t->file, t->vtable + slot);
  if (!offset) return 0;
  if (offset + bytes > t->bytes) {
    t->file->damaged = true;
    return 0;
  }
  return t->at + offset;
}

#define KW__FB_SCALAR(name, type)                                                         \
  static inline type kw__fb_##name(const kw__fb_table *t, int32_t field, type fallback) { \
    uint32_t at = kw__fb_field(t, field, sizeof(type));                                   \
    if (at) memcpy(&fallback, t->file->data + at, sizeof fallback);                       \
    return fallback;                                                                      \
  }
KW__FB_SCALAR(byte, int8_t)
KW__FB_SCALAR(int, int32_t)
KW__FB_SCALAR(long, uint64_t)
KW__FB_SCALAR(real, float)
#undef KW__FB_SCALAR

static inline kw__fb_table kw__fb_child(const kw__fb_table *t, int32_t field) {
  uint32_t at = kw__fb_field(t, field, 4);
  return kw__fb_table_at(t->file, at ? kw__fb_follow(t->file, at) : 0);
}

/* A vector of elements of `width` bytes. */
static inline kw__fb_vector kw__fb_vector_of(const kw__fb_table *t, int32_t field, uint32_t width) {
  kw__fb_vector none = {t->file, 0, 0, false};
  uint32_t at = kw__fb_field(t, field, 4);
  at = at ? kw__fb_follow(t->file, at) : 0;
  if (!at) return none;
  uint32_t count = kw__fb_u32(t->file, at);
  if (!kw__fb_has(t->file, (uint64_t)at + 4, (uint64_t)count * width)) return none;
  return (kw__fb_vector){t->file, at + 4, count, true};
}

/* Elements of vectors: the index must be below count. */
static inline int32_t kw__fb_int_of(const kw__fb_vector *v, uint32_t index) {
  return (int32_t)kw__fb_u32(v->file, v->at + 4 * index);
}
static inline kw__fb_table kw__fb_table_of(const kw__fb_vector *v, uint32_t index) {
  return kw__fb_table_at(v->file, kw__fb_follow(v->file, v->at + 4 * index));
}

/* A string, which the format ends with NUL; "": absent, or not UTF-8, which names and errors are.
 */
static inline const char *kw__fb_string(const kw__fb_table *t, int32_t field) {
  kw__fb_vector v = kw__fb_vector_of(t, field, 1);
  if (!v.present) return "";
  if (!kw__fb_has(v.file, (uint64_t)v.at + v.count, 1) || v.file->data[v.at + v.count] ||
      memchr(v.file->data + v.at, 0, v.count)) {
    v.file->damaged = true;
    return "";
  }
  const char *text = (const char *)v.file->data + v.at;
  return kw__is_utf8((const uint8_t *)text, v.count) ? text : "";
}

#endif

/* The records of a .kow file, once: C structs for the reader and, through kowari_dev.h, the layout
 * tables from which Python's writer builds its dtypes, so that the two sides cannot drift.
 * docs/format.md explains them. Everything is little-endian; a section states the size of its
 * records, so that a later format may append fields. */
#ifndef KOWARI_FORMAT_H
#define KOWARI_FORMAT_H
#include <stdint.h>

#define KW__MAGIC "KOWARI\r\n" /* a transfer in text mode breaks it */
#define KW__FORMAT 1
#define KW__NONE 0xFFFFFFFFu /* no operand, no data, no graph */

/* clang-format off */
/* SECTION(kind, name, record, in_index): INDEX sections are copied and verified by kw_open; VALUE sections stay mapped. */
#define KW__SECTIONS(SECTION)                                                                    \
  SECTION(1, TEXT, none, 1)      /* UTF-8 strings, each ended by NUL; offset 0 is "" */          \
  SECTION(2, META, meta, 1)      /* key and value */                                             \
  SECTION(3, SIZES, size, 1)     /* the named sizes */                                           \
  SECTION(4, TENSORS, tensor, 1) /* constants, inputs and results of nodes */                    \
  SECTION(5, INTS, int, 1)       /* int64 pool: dimensions, INTS attributes */                   \
  SECTION(6, DATA, data, 1)      /* where the bytes of constants and of examples are */          \
  SECTION(7, GRAPHS, graph, 1)   /* ranges of tensors and nodes; graph 0 is the entry */         \
  SECTION(8, NODES, node, 1)     /* operators in the order in which they run */                  \
  SECTION(9, OPERANDS, operand, 1)                                                               \
  SECTION(10, SLOTS, slot, 1)    /* attribute structs of ops.h */                                \
  SECTION(11, PORTS, port, 1)    /* named inputs, outputs and state of graph 0 */                \
  SECTION(12, EXAMPLES, example, 1)                                                              \
  SECTION(13, INDICES, none, 1)  /* constants that steer memory accesses: tree nodes, text ids */\
  SECTION(14, VALUES, none, 0)   /* weights, each aligned to 64 bytes */                         \
  SECTION(15, EXAMPLE_VALUES, none, 0)                                                           \
  SECTION(16, QUANTIZATIONS, quantization, 1)

/* RECORD(name, fields): U32/U16/U8/I64/U64/F64(field).  No field is moved once released, fields are only appended. */
#define KW__RECORDS(RECORD)                                                                                      \
  RECORD(header, U64(magic) U32(format) U32(header_bytes) U64(file_bytes) U32(sections) U32(section_bytes)       \
                   U64(digest) U64(index_bytes) U64(reserved0) U64(reserved1))                                   \
  RECORD(section, U32(kind) U32(record_bytes) U64(offset) U64(bytes) U64(digest))                                \
  RECORD(meta, U32(key) U32(value))                                                                              \
  RECORD(size, U32(name) U32(line) U32(file) U32(source) I64(fallback) I64(maximum))                             \
  RECORD(tensor, U32(name) U8(type) U8(rank) U16(flags) U32(dims) U32(data))                                     \
  RECORD(int, I64(value))                                                                                        \
  RECORD(data, U32(section) U32(reserved) U64(offset) U64(bytes))                                                \
  RECORD(graph, U32(name) U32(first_tensor) U32(tensors) U32(first_node) U32(nodes) U32(inputs) U32(input_count) \
                  U32(outputs) U32(output_count) U32(entry))                                                     \
  RECORD(node, U16(op) U8(version) U8(reserved) U32(operands) U16(inputs) U16(outputs) U32(slots) U32(line)      \
                 U32(file))                                                                                      \
  RECORD(operand, U32(tensor))                                                                                   \
  RECORD(slot, U64(bits))                                                                                        \
  RECORD(port, U32(kind) U32(name) U32(tensor) U32(source) U32(unit) U32(doc) U32(data) U32(tier)              \
                 F64(low) F64(high))                                                                             \
  RECORD(example, U32(row) U32(port) U32(data) U32(dims) U8(rank) U8(present) U16(reserved) U32(raises))    \
  RECORD(quantization, U32(tensor) U32(axis) U32(count) U32(zero_points) U32(scales) U32(reserved))
/* clang-format on */

#define U8(f) uint8_t f;
#define U16(f) uint16_t f;
#define U32(f) uint32_t f;
#define U64(f) uint64_t f;
#define I64(f) int64_t f;
#define F64(f) double f;
#define RECORD(name, fields)           \
  typedef struct kw__##name##_record { \
    fields                             \
  } kw__##name##_record;
KW__RECORDS(RECORD)
#undef RECORD
#undef U8
#undef U16
#undef U32
#undef U64
#undef I64
#undef F64

enum {
#define SECTION(kind, name, record, in_index) KW__##name = kind,
  KW__SECTIONS(SECTION)
#undef SECTION
      KW__SECTION_KINDS
};

/* tensor.flags; tensor.dims: index into INTS of `rank` numbers, d >= 0 a fixed size, d < 0 the
 * named size ~d. */
enum { KW__OPTIONAL = 1 };
/* graph.entry: 1 where a session may begin there; graph 0 always is an entry.  A port belongs to
 * the entry that owns its tensor. */
/* quantization: of a tensor along `axis`, real = scale * (stored - zero point); scales: DATA of
 * float32; zero_points: index into INTS. */
/* size.source: an earlier size that this one grows with, or KW__NONE. */
/* port.data: of an output, (absolute, relative) float64 pairs, one a column or one for all; of a
 * state, its first value. port.tensor: of graph 0; port.source: of a state, the output it takes
 * over; port.tier: how far from Python it may be. */
enum { KW__EXACT = 0, KW__CLOSE = 1, KW__CONDITIONED = 2 };

#endif

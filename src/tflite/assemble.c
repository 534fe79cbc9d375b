/* Grown records into one block, in the order that files have: graphs one after the other, each with
 * its tensors and its nodes, ports by kind.  Graphs are made inside out, so that what belongs to
 * one lies scattered before. */
#include "translation.h"

/* Stable counting sort: place[i] is where element i of owner[i] goes, first[g] where g begins. */
static void sort_by_owner(const uint32_t *owner, uint32_t count, uint32_t graphs, uint32_t *first,
                          uint32_t *place) {
  memset(first, 0, (graphs + 1) * sizeof *first);
  for (uint32_t i = 0; i < count; i++) first[owner[i] + 1]++;
  for (uint32_t g = 0; g < graphs; g++) first[g + 1] += first[g];
  for (uint32_t i = 0; i < count; i++) place[i] = first[owner[i]]++;
  for (uint32_t g = graphs; g > 0; g--) first[g] = first[g - 1];
  first[0] = 0;
}

static void move_records(const kw__translation *t, int32_t kind, const uint32_t *place, void *to) {
  size_t width = kw__record_bytes(kind);
  for (uint32_t i = 0; i < kw__pool_count(t, kind); i++)
    memcpy((char *)to + place[i] * width, t->pool[kind].at + i * width, width);
}

static uint32_t placed(const uint32_t *place, uint32_t id) {
  return id == KW__NONE ? KW__NONE : place[id];
}

static void sort_ports(const kw__translation *t, const uint32_t *place, kw__port_record *to) {
  const kw__port_record *ports = (const void *)t->pool[KW__PORTS].at;
  for (uint32_t kind = KW_INPUT; kind <= KW_STATE; kind++)
    for (uint32_t i = 0; i < kw__pool_count(t, KW__PORTS); i++) {
      if (ports[i].kind != kind) continue;
      *to = ports[i];
      to->tensor = placed(place, to->tensor);
      to->source = placed(place, to->source);
      to++;
    }
}

typedef struct order {
  uint32_t *first_tensor, *first_node; /* [graphs + 1] */
  uint32_t *tensor, *node;             /* where each goes */
} order;

static void fill_section(const kw__translation *t, int32_t kind, const order *o, void *to) {
  uint32_t count = kw__pool_count(t, kind);
  if (kind == KW__TENSORS) {
    move_records(t, kind, o->tensor, to);
  } else if (kind == KW__NODES) {
    move_records(t, kind, o->node, to);
  } else if (kind == KW__PORTS) {
    sort_ports(t, o->tensor, to);
  } else if (count) {
    memcpy(to, t->pool[kind].at, t->pool[kind].bytes);
  }
  if (kind == KW__OPERANDS)
    for (uint32_t i = 0; i < count; i++)
      ((uint32_t *)to)[i] = placed(o->tensor, ((uint32_t *)to)[i]);
  if (kind == KW__QUANTIZATIONS)
    for (uint32_t i = 0; i < count; i++)
      ((kw__quantization_record *)to)[i].tensor =
          placed(o->tensor, ((kw__quantization_record *)to)[i].tensor);
  if (kind == KW__GRAPHS)
    for (uint32_t g = 0; g < count; g++) {
      kw__graph_record *graph = (kw__graph_record *)to + g;
      graph->first_tensor = o->first_tensor[g];
      graph->tensors = o->first_tensor[g + 1] - o->first_tensor[g];
      graph->first_node = o->first_node[g];
      graph->nodes = o->first_node[g + 1] - o->first_node[g];
    }
}

/* The block: section records, then the sections of INDEX. */
static kw_status fill_block(kw__translation *t, const order *o) {
  kw_model *model = t->model;
  size_t bytes = sizeof t->section;
  for (int32_t kind = 1; kind < KW__SECTION_KINDS; kind++)
    bytes += (t->pool[kind].bytes + 7) & ~(size_t)7;
  uint8_t *block = kw__resize(&model->memory, NULL, 0, bytes);
  if (!block) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for %zu bytes", bytes);
  memset(block, 0, bytes);
  kw__section_record *table = (void *)block;
  size_t at = sizeof t->section;
  for (int32_t kind = 1; kind < KW__SECTION_KINDS; kind++) {
    table[kind] = t->section[kind];
    if (kind != KW__VALUES) {
      fill_section(t, kind, o, block + at);
      table[kind].offset = at;
      model->records[kind] = block + at;
      at += (t->pool[kind].bytes + 7) & ~(size_t)7;
    }
    model->section[kind] = &table[kind];
  }
  model->index = block;
  model->index_bytes = bytes;
  model->digest = kw__digest(block, bytes) ^ model->file_bytes;
  return KW_OK;
}

kw_status kw__assemble_records(kw__translation *t) {
  if (t->status) return t->status;
  uint32_t tensors = kw__pool_count(t, KW__TENSORS), nodes = kw__pool_count(t, KW__NODES),
           graphs = kw__pool_count(t, KW__GRAPHS);
  size_t bytes = ((size_t)tensors + nodes + 2 * (graphs + 1)) * sizeof(uint32_t);
  uint32_t *scratch = kw__resize(&t->model->memory, NULL, 0, bytes);
  if (!scratch) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for %zu bytes", bytes);
  order o = {.first_tensor = scratch,
             .first_node = scratch + graphs + 1,
             .tensor = scratch + 2 * (graphs + 1),
             .node = scratch + 2 * (graphs + 1) + tensors};
  sort_by_owner((const void *)t->pool[KW__POOL_OWNERS].at, tensors, graphs, o.first_tensor,
                o.tensor);
  sort_by_owner((const void *)t->pool[KW__POOL_NODE_OWNERS].at, nodes, graphs, o.first_node,
                o.node);
  kw_status status = fill_block(t, &o);
  kw__resize(&t->model->memory, scratch, bytes, 0);
  return status;
}

/* Sessions: one caller's inputs, outputs, state and scratch.  Two blocks: the handle with its
 * tables, whose size the model decides, and the data, whose size the capacities decide and which
 * kw_grow replaces. */
#include "session.h"

static size_t align_up(size_t bytes) {
  return (bytes + KW__ALIGNMENT - 1) & ~(size_t)(KW__ALIGNMENT - 1);
}

/* ---- the handle's block ---- */
static size_t carve_tables(kw_session *s, const kw_model *model, char *base) {
  size_t used = align_up(sizeof *s), tensors = kw__record_count(model, KW__TENSORS);
  size_t nodes = kw__record_count(model, KW__NODES), sizes = kw__record_count(model, KW__SIZES);
#define CARVE(field, count)                   \
  if (base) s->field = (void *)(base + used); \
  used = align_up(used + (count) * sizeof *s->field)
  CARVE(frame.tensors, tensors);
  CARVE(frame.planned, nodes);
  CARVE(capacity, sizes);
  CARVE(next_capacity, sizes);
  CARVE(run_size, sizes);
  CARVE(wish, sizes);
  CARVE(layout.offset, tensors);
  CARVE(layout.wanted, nodes);
  CARVE(scratch, KW__PLANNER_SCRATCH * tensors);
  CARVE(base, kw__record_count(model, KW__GRAPHS));
  CARVE(output_wanted, (size_t)kw_count(model, KW_OUTPUT));
#undef CARVE
  return used;
}

static void init_tensors(kw_session *s) {
  const kw_model *model = s->model;
  for (uint32_t i = 0; i < kw__record_count(model, KW__TENSORS); i++) {
    const kw__tensor_record *record = KW__AT(model, TENSORS, tensor, i);
    const int64_t *dims = kw__ints(model, record->dims);
    kw__tensor *t = &s->frame.tensors[i];
    *t = (kw__tensor){.type = record->type, .rank = record->rank, .present = 1, .stamp = 1};
    for (int32_t d = 0; d < t->rank; d++) t->size[d] = dims[d] < 0 ? 0 : dims[d];
    t->count = kw__count(t->size, t->rank);
    t->data = (void *)(uintptr_t)model->constant[i];
  }
  for (int32_t i = 0; i < kw_count(model, KW_INPUT); i++)
    kw__port_tensor(s, KW_INPUT, i)->present = 0;
}

/* ---- options ---- */
/* A computed size that was not asked for grows in proportion with the size it comes from; 0: no
 * reason to. */
static int64_t scale_capacity(const kw_session *s, const kw__size_record *size) {
  if (size->source == KW__NONE) return 0;
  int64_t from = KW__AT(s->model, SIZES, size, size->source)->fallback,
          to = s->next_capacity[size->source];
  if (to <= from || from == 0) return 0;
  double scaled = (double)size->fallback * ((double)to / (double)from) + 1;
  if (scaled > 0x1p62) return 0;
  return size->maximum >= 0 && scaled > (double)size->maximum ? size->maximum : (int64_t)scaled;
}

static kw_status read_capacities(kw_session *s, const int64_t *given, int32_t count,
                                 const int64_t *now) {
  const kw_model *model = s->model;
  int32_t sizes = kw_count(model, KW_SIZE);
  if (count < 0 || count > sizes)
    return kw__fail(&s->error, KW_ARGUMENT, "%d capacities, the model has %d sizes", count, sizes);
  for (int32_t i = 0; i < sizes; i++) {
    const kw__size_record *size = KW__AT(model, SIZES, size, i);
    int64_t wish = given && i < count ? given[i] : 0, least = now ? now[i] : size->fallback;
    if (wish < 0 || (size->maximum >= 0 && wish > size->maximum)) {
      kw__fail(&s->error, KW_ARGUMENT,
               "capacity %lld of size '%s' is out of range, its maximum is %lld", (long long)wish,
               kw__string(model, size->name), (long long)size->maximum);
      kw__name_error(&s->error, kw__string(model, size->name));
      return KW_ARGUMENT;
    }
    if (wish == 0) wish = scale_capacity(s, size);
    s->next_capacity[i] = wish == 0 || (now && wish < least) ? least : wish;
  }
  return KW_OK;
}

static kw_status read_outputs(kw_session *s, const kw_options *options) {
  int32_t outputs = kw_count(s->model, KW_OUTPUT);
  bool all = !options || !options->outputs;
  for (int32_t i = 0; i < outputs; i++) s->output_wanted[i] = all && kw__is_active(s, KW_OUTPUT, i);
  for (int32_t i = 0; !all && i < options->output_count; i++) {
    int32_t index = options->outputs[i];
    if (index < 0 || index >= outputs)
      return kw__fail(&s->error, KW_ARGUMENT, "there is no output %d, the model has %d", index,
                      outputs);
    if (!kw__is_active(s, KW_OUTPUT, index))
      return kw__fail(&s->error, KW_ARGUMENT, "output %d is none of this entry", index);
    s->output_wanted[index] = 1;
  }
  return KW_OK;
}

static kw_status read_entry(kw_session *s, const char *name) {
  const kw_model *model = s->model;
  uint32_t graphs = kw__record_count(model, KW__GRAPHS);
  for (uint32_t g = 0; name && g < graphs; g++) {
    const kw__graph_record *graph = KW__AT(model, GRAPHS, graph, g);
    s->frame.entry = g;
    if ((g == 0 || graph->entry) && !strcmp(kw__string(model, graph->name), name)) return KW_OK;
  }
  s->frame.entry = 0;
  if (!name) return KW_OK;
  return kw__fail(&s->error, KW_ARGUMENT, "there is no entry '%s', the first of the file is '%s'",
                  name, kw__string(model, KW__AT(model, GRAPHS, graph, 0)->name));
}

static kw_status read_options(kw_session *s, const kw_options *options) {
  kw_status status = read_entry(s, options ? options->entry : NULL);
  if (status) return status;
  s->max_steps = options && options->max_steps > 0 ? options->max_steps : (int64_t)1 << 30;
  status = read_outputs(s, options);
  return status ? status
                : read_capacities(s, options ? options->capacity : NULL,
                                  options ? options->capacities : 0, NULL);
}

/* ---- the data's block: inputs, states, text, arena ---- */
static bool add_bytes(size_t *total, size_t bytes) {
  if (bytes > SIZE_MAX / 4 || *total > SIZE_MAX / 4) return false;
  *total += bytes;
  return true;
}

static size_t port_bytes(const kw_session *s, kw_kind kind, int32_t index) {
  return kw__tensor_bytes(s->model, s->next_capacity, kw__port(s->model, kind, index)->tensor);
}

static size_t text_capacity(const kw_session *s) {
  return s->text_size < 0 ? 0 : align_up((size_t)s->next_capacity[s->text_size]);
}

static bool measure_data(kw_session *s, size_t *bytes) {
  const kw_model *model = s->model;
  *bytes = 0;
  for (int32_t i = 0; i < kw_count(model, KW_INPUT); i++)
    if (!add_bytes(bytes, port_bytes(s, KW_INPUT, i))) return false;
  for (int32_t i = 0; i < kw_count(model, KW_STATE); i++)
    if (!add_bytes(bytes, port_bytes(s, KW_STATE, i))) return false;
  if (s->text_size >= 0 && s->next_capacity[s->text_size] >= (int64_t)KW__TEXT_POOL) return false;
  return add_bytes(bytes, text_capacity(s)) &&
         kw__plan_arena(model, s->next_capacity, s->frame.entry, s->scratch, s->base, &s->layout) &&
         add_bytes(bytes, s->layout.bytes);
}

static void move_value(kw__tensor *t, char *to) {
  size_t bytes = t->data && t->count > 0 ? (size_t)t->count * kw__type_bytes(t->type) : 0;
  if (bytes) memmove(to, t->data, bytes);
  t->data = to;
}

static char *place_at(const kw_session *s, char *arena, uint32_t tensor) {
  size_t offset = s->layout.offset[tensor];
  return offset == SIZE_MAX ? NULL : arena + offset;
}

/* Inputs, states and text move, from the last to the first: capacities only grow, so that in memory
 * given for all time each moves up, over what has moved already.  Behind them lies the arena. */
static void place_data(kw_session *s, char *at, size_t bytes) {
  const kw_model *model = s->model;
  at += bytes - s->layout.bytes;
  for (uint32_t i = 0; i < kw__record_count(model, KW__NODES); i++) {
    const kw__node *node = &model->nodes[i];
    for (int32_t k = 0; k < node->outputs; k++)
      kw__out(&s->frame, node, k)->data = place_at(s, at, node->operand[node->inputs + k]);
  }
  for (uint32_t g = 0; g < kw__record_count(model, KW__GRAPHS); g++) {
    const kw__graph_record *graph = KW__AT(model, GRAPHS, graph, g);
    for (uint32_t k = 0; model->body[g] && k < graph->input_count; k++) {
      uint32_t id = KW__AT(model, OPERANDS, operand, graph->inputs + k)->tensor;
      s->frame.tensors[id].data = place_at(s, at, id);
    }
  }
  at -= text_capacity(s);
  if (s->text_used) memmove(at, s->frame.text_pool, s->text_used);
  s->frame.text_pool = at;
  for (int32_t i = kw_count(model, KW_STATE); i-- > 0;)
    move_value(kw__port_tensor(s, KW_STATE, i), at -= port_bytes(s, KW_STATE, i));
  for (int32_t i = kw_count(model, KW_INPUT); i-- > 0;)
    move_value(kw__port_tensor(s, KW_INPUT, i), at -= port_bytes(s, KW_INPUT, i));
  memcpy(s->capacity, s->next_capacity, kw__record_count(model, KW__SIZES) * sizeof *s->capacity);
}

static kw_status need_memory(kw_session *s, size_t bytes) {
  kw__fail(&s->error, KW_NO_MEMORY, "a session of these capacities needs %zu bytes", bytes);
  s->error.needed = (int64_t)bytes;
  return KW_NO_MEMORY;
}

/* Puts the data into new memory, which the caller gave for all time or the allocator gives. */
static kw_status take_data(kw_session *s) {
  size_t bytes;
  if (!measure_data(s, &bytes)) return need_memory(s, SIZE_MAX / 4);
  size_t whole = bytes + KW__ALIGNMENT;
  char *block;
  if (s->given) {
    if (bytes > s->given_bytes - s->table_bytes) return need_memory(s, s->table_bytes + bytes);
    block = (char *)s + s->table_bytes;
  } else {
    block = kw__resize(&s->memory, NULL, 0, whole);
    if (!block) return need_memory(s, whole);
  }
  char *aligned = block + (size_t)(-(uintptr_t)block & (KW__ALIGNMENT - 1));
  place_data(s, aligned, bytes);
  if (!s->given) kw__resize(&s->memory, s->data, s->data_bytes, 0);
  s->data = block;
  s->data_bytes = whole;
  s->has_run = false;
  return KW_OK;
}

/* ---- life ---- */
static kw_status create_session(kw_session **out, kw_model *model, const kw_options *options,
                                kw_error *error) {
  size_t bytes = carve_tables(NULL, model, NULL);
  bool given = options && options->memory;
  kw__memory memory;
  kw__init_memory(&memory, options ? options->allocator : NULL);
  if (given && (uintptr_t)options->memory % KW__ALIGNMENT)
    return kw__fail(error, KW_ARGUMENT, "the memory of a session must be aligned to %d bytes",
                    KW__ALIGNMENT);
  kw_session *s = NULL;
  if (!given)
    s = kw__resize(&memory, NULL, 0, bytes);
  else if (options->memory_bytes >= bytes)
    s = options->memory;
  if (!s) {
    kw__fail(error, KW_NO_MEMORY, "a session needs %zu bytes for its tables", bytes);
    if (error) error->needed = (int64_t)bytes;
    return KW_NO_MEMORY;
  }
  memset(s, 0, bytes);
  carve_tables(s, model, (char *)s);
  s->model = model;
  s->memory = memory;
  s->table_bytes = bytes;
  s->given = given;
  s->given_bytes = given ? options->memory_bytes : 0;
  s->text_size = kw_find(model, KW_SIZE, "text_bytes");
  atomic_init(&s->cancel, 0);
  atomic_init(&s->loan, KW__IDLE);
  atomic_init(&s->holders, 1);
  atomic_init(&s->freed, false);
  s->frame.model = model;
  s->frame.capacity = s->capacity;
  s->frame.error = &s->error;
  s->frame.cancel = &s->cancel;
  s->frame.wanted = s->layout.wanted;
  s->frame.stamp = 1;
  kw__clear_error(&s->error);
  if (kw__init_gate(&s->gate)) {
    *out = s;
    return KW_OK;
  }
  if (!given) kw__resize(&memory, s, bytes, 0);
  return kw__fail(error, KW_NO_MEMORY, "the system has no more locks");
}

static kw_status plan_fixed(kw_session *s) {
  s->frame.stage = KW__STAGE_SESSION;
  for (uint32_t i = 0; i < kw__record_count(s->model, KW__NODES); i++) {
    if (!s->model->nodes[i].fixed) continue;
    kw_status status = kw__plan_node(&s->frame, &s->model->nodes[i]);
    if (status) return status;
  }
  s->frame.stage = KW__STAGE_RUN;
  return KW_OK;
}

/* What is computed of constants alone. */
static kw_status run_constants(kw_session *s) {
  const kw__graph_record *g = KW__AT(s->model, GRAPHS, graph, s->frame.entry);
  for (uint32_t i = g->first_node; i < g->first_node + g->nodes; i++) {
    if (s->layout.wanted[i] != KW__ONCE) continue;
    kw_status status = s->model->nodes[i].run(&s->frame, &s->model->nodes[i]);
    if (status) return status;
  }
  return KW_OK;
}

kw_status kw_session_new(kw_session **out, kw_model *model, const kw_options *options,
                         kw_error *error) {
  kw__clear_error(error);
  if (out) *out = NULL;
  if (!out || !model) return kw__fail(error, KW_ARGUMENT, "%s is NULL", out ? "model" : "out");
  kw_session *s = NULL;
  kw_status status = kw__check_options(options, error);
  if (!status) status = create_session(&s, model, options, error);
  if (status) return status;
  kw_model_retain(model);
  init_tensors(s);
  status = read_options(s, options);
  if (!status)
    kw__mark_wanted(model, s->frame.entry, s->output_wanted, (uint8_t *)s->scratch,
                    s->layout.wanted);
  if (!status) status = take_data(s);
  if (!status) status = plan_fixed(s);
  if (!status) status = run_constants(s);
  if (status) {
    if (error) *error = s->error;
    kw_session_free(s);
    return status;
  }
  kw_reset(s);
  *out = s;
  return KW_OK;
}

static void end_session(kw_session *s) {
  kw__memory memory = s->memory;
  kw_model *model = s->model;
  kw__end_gate(&s->gate);
  if (!s->given) {
    kw__resize(&memory, s->data, s->data_bytes, 0);
    kw__resize(&memory, s, s->table_bytes, 0);
  }
  kw_model_free(model);
}

void kw__hold_session(kw_session *s) { atomic_fetch_add(&s->holders, 1); }

void kw__release_session(kw_session *s) {
  if (atomic_fetch_sub(&s->holders, 1) == 1) end_session(s);
}

void kw_session_free(kw_session *s) {
  if (!s || atomic_exchange(&s->freed, true)) return;
  kw_cancel(s);
  kw__release_session(s);
}

kw_status kw_grow(kw_session *s, const int64_t *capacity, int32_t capacities) {
  kw_status status = kw__enter_session(s);
  if (!status) status = read_capacities(s, capacity, capacity ? capacities : 0, s->capacity);
  if (!status) status = take_data(s);
  return status ? status : run_constants(s);
}

kw_status kw__grow_size(kw_session *s, int32_t size, int64_t needed) {
  for (int32_t i = 0; i <= size; i++) s->wish[i] = i == size ? needed : 0;
  return kw_grow(s, s->wish, size + 1);
}

/* ---- running ---- */
/* Values that share a named size must agree on it: kernels work in place where declared shapes are
 * equal. */
static kw_status check_shared(kw_session *s, kw_kind kind, int32_t index) {
  const kw__port_record *port = kw__port(s->model, kind, index);
  const int64_t *dims = kw__ints(s->model, KW__AT(s->model, TENSORS, tensor, port->tensor)->dims);
  const kw__tensor *t = kw__port_tensor(s, kind, index);
  for (int32_t d = 0; t->present && d < t->rank; d++) {
    if (dims[d] >= 0) continue;
    int64_t *size = &s->run_size[~dims[d]];
    if (*size < 0) *size = t->size[d];
    if (*size == t->size[d]) continue;
    return kw__fail(&s->error, KW_SHAPE,
                    "%s '%s' has size %lld along axis %d, must have %lld as those before it",
                    kind == KW_INPUT ? "input" : "state", kw__string(s->model, port->name),
                    (long long)t->size[d], d, (long long)*size);
  }
  return KW_OK;
}

static kw_status check_port(kw_session *s, kw_kind kind, int32_t index) {
  if (!kw__is_active(s, kind, index)) return KW_OK;
  const kw__port_record *port = kw__port(s->model, kind, index);
  const char *name = kw__string(s->model, port->name);
  bool optional = KW__AT(s->model, TENSORS, tensor, port->tensor)->flags & KW__OPTIONAL;
  kw_status status = check_shared(s, kind, index);
  if (!kw__port_tensor(s, kind, index)->present && !optional)
    status = kw__fail(&s->error, KW_ARGUMENT, "input '%s' has not been set", name);
  if (!status) return KW_OK;
  s->error.index = kind == KW_INPUT ? index : -1;
  kw__name_error(&s->error, name);
  return status;
}

static kw_status check_ports(kw_session *s) {
  for (int32_t i = 0; i < kw_count(s->model, KW_SIZE); i++) s->run_size[i] = -1;
  for (int32_t i = 0; i < kw_count(s->model, KW_INPUT); i++) {
    kw_status status = check_port(s, KW_INPUT, i);
    if (status) return status;
  }
  for (int32_t i = 0; i < kw_count(s->model, KW_STATE); i++) {
    kw_status status = check_port(s, KW_STATE, i);
    if (status) return status;
  }
  return KW_OK;
}

void kw__ready_session(kw_session *s, int64_t deadline) {
  s->frame.deadline = deadline;
  atomic_store_explicit(&s->cancel, 0, memory_order_relaxed);
}

kw_status kw__run_session(kw_session *s) {
  s->has_run = s->text_moved = false;
  s->frame.steps = s->max_steps;
  kw_status status = kw__poll(&s->frame);
  if (!status) status = check_ports(s);
  if (!status) status = kw__run_graph(&s->frame, s->frame.entry);
  if (!status) status = kw__commit_state(s);
  s->has_run = !status;
  if (status) /* sizes that it changed half: all is planned anew */
    memset(s->frame.planned, 0, kw__record_count(s->model, KW__NODES) * sizeof *s->frame.planned);
  return status;
}

kw_status kw_run(kw_session *s) {
  kw_status status = kw__enter_session(s);
  if (status) return status;
  kw__ready_session(s, 0);
  return kw__run_session(s);
}

void kw_cancel(kw_session *s) {
  if (s) atomic_store_explicit(&s->cancel, 1, memory_order_relaxed);
}

const kw_error *kw_session_error(const kw_session *s) {
  static const kw_error lent = {.status = KW_BUSY,
                                .node = -1,
                                .line = -1,
                                .index = -1,
                                .message = "the session is queued or running"};
  if (!s) return NULL;
  return kw__is_lent(s) ? &lent : &s->error;
}

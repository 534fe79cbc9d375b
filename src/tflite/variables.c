/* Variables: resources by name, tensors that the file marks as variable, and whether a CALL_ONCE
 * has happened.  A graph takes them as parameters and gives them back; sessions keep them from run
 * to run as state. */
#include "translation.h"

/* ---- finding them all, before the first graph ---- */
static int32_t code_of(const kw__translation *t, const kw__fb_table *op) {
  uint32_t index = (uint32_t)kw__fb_int(op, OPERATOR_CODE, 0);
  if (index >= t->codes.count) return -1;
  kw__fb_table code = kw__fb_table_of(&t->codes, index);
  return kw__builtin_of(&code);
}

static const char *resource_name(const kw__fb_table *op) {
  kw__fb_table options = kw__fb_child(op, OPERATOR_OPTIONS);
  return kw__fb_string(&options, 1); /* VarHandleOptions.shared_name */
}

static uint32_t find_resource(const kw__translation *t, const char *name) {
  for (uint32_t i = 0; i < kw__pool_count(t, KW__POOL_VARIABLES); i++) {
    const char *other = kw__variable_at(t, i)->name;
    if (other && !strcmp(other, name)) return i;
  }
  return KW__NONE;
}

static void add_variable(kw__translation *t, const char *name, uint32_t subgraph, uint32_t tensor,
                         const kw__tensor *shape) {
  kw__variable v = {.name = name, .subgraph = subgraph, .tensor = tensor};
  v.type = shape->type;
  v.rank = shape->rank;
  memcpy(v.size, shape->size, sizeof v.size);
  kw__append(t, KW__POOL_VARIABLES, sizeof v, &v);
}

/* The name of the resource that a tensor of the subgraph holds; "": it comes from a caller. */
static const char *name_of_handle(const kw__translation *t, const kw__subgraph *s, int32_t tensor) {
  for (uint32_t i = 0; i < s->operators.count; i++) {
    kw__fb_table op = kw__fb_table_of(&s->operators, i);
    kw__fb_vector out = kw__fb_vector_of(&op, OPERATOR_OUTPUTS, 4);
    if (code_of(t, &op) == KW__TFLITE_VAR_HANDLE && out.count == 1 &&
        kw__fb_int_of(&out, 0) == tensor)
      return resource_name(&op);
  }
  return "";
}

/* What is written to a resource, or read from it, tells its type and sizes. */
static void find_resource_use(kw__translation *t, const kw__subgraph *s, const kw__fb_table *op,
                              int32_t code) {
  kw__fb_vector in = kw__fb_vector_of(op, OPERATOR_INPUTS, 4),
                out = kw__fb_vector_of(op, OPERATOR_OUTPUTS, 4);
  bool is_read = code == KW__TFLITE_READ_VARIABLE;
  if (in.count < (is_read ? 1 : 2) || (is_read && out.count < 1)) return;
  const char *name = name_of_handle(t, s, kw__fb_int_of(&in, 0));
  uint32_t value = (uint32_t)(is_read ? kw__fb_int_of(&out, 0) : kw__fb_int_of(&in, 1));
  if (!*name || value >= s->tensors.count || find_resource(t, name) != KW__NONE) return;
  kw__fb_table tensor = kw__fb_table_of(&s->tensors, value);
  kw__tensor shape = kw__declared_shape(&tensor);
  add_variable(t, name, KW__NONE, KW__NONE, &shape);
}

static void find_in_operators(kw__translation *t, kw__subgraph *s, int32_t wanted) {
  for (uint32_t i = 0; i < s->operators.count; i++) {
    kw__fb_table op = kw__fb_table_of(&s->operators, i);
    int32_t code = code_of(t, &op);
    if (code == wanted) find_resource_use(t, s, &op, code);
    s->has_variables |= code == KW__TFLITE_READ_VARIABLE || code == KW__TFLITE_ASSIGN_VARIABLE ||
                        code == KW__TFLITE_CALL_ONCE;
    if (wanted != KW__TFLITE_CALL_ONCE || code != wanted) continue;
    kw__fb_table options = kw__fb_child(&op, OPERATOR_OPTIONS);
    uint32_t callee = (uint32_t)kw__fb_int(&options, 0, 0);
    if (kw__once_variable(t, callee) == KW__NONE)
      add_variable(t, NULL, callee, KW__NONE, &(kw__tensor){.type = KW_BOOL});
  }
}

static void find_in_tensors(kw__translation *t, kw__subgraph *s, uint32_t subgraph) {
  for (uint32_t i = 0; i < s->tensors.count; i++) {
    kw__fb_table tensor = kw__fb_table_of(&s->tensors, i);
    if (!kw__fb_byte(&tensor, TENSOR_IS_VARIABLE, 0)) continue;
    kw__tensor shape = kw__declared_shape(&tensor);
    add_variable(t, NULL, subgraph, i, &shape);
    s->has_variables = true;
  }
}

/* Who calls a graph with variables has them, too, and so has what is called in its stead: the other
 * branch, a loop's condition. */
static bool spread_use(kw__translation *t, kw__subgraph *caller, const kw__fb_table *op) {
  int32_t callee[2], count = kw__callees_of(code_of(t, op), op, callee);
  kw__subgraph *alike[3] = {caller};
  bool wanted = false, changed = false;
  int32_t n = 1;
  for (int32_t k = 0; k < count; k++)
    if (callee[k] >= 0 && (uint32_t)callee[k] < t->subgraph_count) {
      alike[n] = &t->subgraphs[callee[k]];
      wanted |= alike[n++]->has_variables;
    }
  for (int32_t k = 0; k < n && wanted; k++) {
    changed |= !alike[k]->has_variables;
    alike[k]->has_variables = true;
  }
  return changed;
}

static void spread_uses(kw__translation *t) {
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t g = 0; g < t->subgraph_count; g++) {
      kw__subgraph *s = &t->subgraphs[g];
      for (uint32_t i = 0; i < s->operators.count; i++) {
        kw__fb_table op = kw__fb_table_of(&s->operators, i);
        changed |= spread_use(t, s, &op);
      }
    }
  }
}

kw_status kw__find_variables(kw__translation *t) {
  for (uint32_t g = 0; g < t->subgraph_count; g++) {
    find_in_tensors(t, &t->subgraphs[g], g);
    find_in_operators(t, &t->subgraphs[g], KW__TFLITE_CALL_ONCE);
    find_in_operators(t, &t->subgraphs[g], KW__TFLITE_ASSIGN_VARIABLE);
  }
  for (uint32_t g = 0; g < t->subgraph_count; g++)
    find_in_operators(t, &t->subgraphs[g], KW__TFLITE_READ_VARIABLE);
  spread_uses(t);
  return t->file.damaged ? kw__damaged(t, "its operators") : t->status;
}

/* ---- while a graph is made ---- */
uint32_t kw__once_variable(const kw__translation *t, uint32_t subgraph) {
  for (uint32_t i = 0; i < kw__pool_count(t, KW__POOL_VARIABLES); i++) {
    const kw__variable *v = kw__variable_at(t, i);
    if (!v->name && v->tensor == KW__NONE && v->subgraph == subgraph) return i;
  }
  return KW__NONE;
}

static uint32_t find_tensor(const kw__translation *t, uint32_t id) {
  uint32_t tensor = id - t->scope->first;
  for (uint32_t i = 0; tensor < t->scope->tensors && i < kw__pool_count(t, KW__POOL_VARIABLES);
       i++) {
    const kw__variable *v = kw__variable_at(t, i);
    if (v->subgraph == t->scope->subgraph && v->tensor == tensor) return i;
  }
  return KW__NONE;
}

bool kw__is_variable_tensor(const kw__translation *t, uint32_t id) {
  return find_tensor(t, id) != KW__NONE;
}

void kw__enter_variables(kw__translation *t) {
  for (uint32_t i = 0; i < kw__pool_count(t, KW__POOL_VARIABLES); i++) {
    const kw__variable *v = kw__variable_at(t, i);
    kw__tensor shape = {.type = v->type, .rank = v->rank};
    memcpy(shape.size, v->size, sizeof shape.size);
    shape.stamp = KW__TAKEN;
    t->scope->current[i] = kw__define_value(t, v->name ? v->name : "", &shape, KW__NONE);
  }
}

uint32_t kw__variable_value(kw__translation *t, const kw__tflite_op *op, uint32_t tensor) {
  (void)op;
  uint32_t v = find_tensor(t, tensor);
  return v == KW__NONE ? tensor : t->scope->current[v];
}

/* A variable keeps its type and sizes. */
static kw_status assign(kw__translation *t, const kw__tflite_op *op, uint32_t index,
                        uint32_t value) {
  const kw__variable *v = kw__variable_at(t, index);
  const kw__tensor *x = kw__value(t, value);
  bool same = x->type == v->type && x->rank == v->rank;
  for (int32_t d = 0; same && d < x->rank; d++) same = x->size[d] < 0 || x->size[d] == v->size[d];
  if (!same) return kw__refuse_op(t, op, "the value does not have type and sizes of the variable");
  t->scope->current[index] = value;
  return KW_OK;
}

kw_status kw__assign_variable(kw__translation *t, const kw__tflite_op *op, uint32_t tensor,
                              uint32_t value) {
  uint32_t v = find_tensor(t, tensor);
  if (v == KW__NONE) return kw__refuse_op(t, op, "its state is no variable of the file");
  return assign(t, op, v, value);
}

/* ---- operators on resources ---- */
static uint32_t read_handle(const kw__translation *t, const kw__tflite_op *op) {
  return op->inputs && op->in[0] != KW__NONE && kw__is_resource(t, op->in[0])
             ? kw__handle_of(t, op->in[0])
             : KW__NONE;
}

kw_status kw__lower_var_handle(kw__translation *t, const kw__tflite_op *op) {
  const char *name = kw__fb_string(&op->options, 1);
  uint32_t v = find_resource(t, name);
  if (op->outputs != 1 || op->out[0] == KW__NONE || !kw__is_resource(t, op->out[0]))
    return kw__refuse_op(t, op, "its output is no resource");
  if (v == KW__NONE) return kw__refuse_op(t, op, "nothing tells the type of variable '%s'", name);
  t->scope->handle[op->out[0] - t->scope->first] = v;
  return KW_OK;
}

kw_status kw__lower_read_variable(kw__translation *t, const kw__tflite_op *op) {
  uint32_t v = read_handle(t, op);
  if (v == KW__NONE || op->outputs != 1 || op->out[0] == KW__NONE)
    return kw__refuse_op(t, op, "its input is no variable");
  t->scope->value[op->out[0] - t->scope->first] = t->scope->current[v];
  return KW_OK;
}

kw_status kw__lower_assign_variable(kw__translation *t, const kw__tflite_op *op) {
  uint32_t v = read_handle(t, op);
  if (v == KW__NONE || op->inputs < 2 || op->in[1] == KW__NONE)
    return kw__refuse_op(t, op, "its input is no variable");
  return assign(t, op, v, op->in[1]);
}

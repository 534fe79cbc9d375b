/* Long short-term memory.  For each time step
 *   i, f, o = logistic(W x + R h + p c + b)    g = tanh(W x + R h + b)
 *   c = f c + i g                              h = P (o tanh(c)) + q
 * where o sees the new c, i is 1 - f if its weights are absent, p c and P are optional, and layer
 * normalisation, if any, stands before the bias. */
#include <inttypes.h>

#include "activation.h"
#include "approximate.h"
#include "fixed.h"
#include "hybrid.h"
#include "plan.h"
#include "product.h"

/* Places among the weights; those of gates stand in the order of the gates. */
enum { INPUT_GATE, FORGET_GATE, CELL_GATE, OUTPUT_GATE, GATES };
enum {
  INPUT_WEIGHTS,
  RECURRENT_WEIGHTS = 4,
  PEEPHOLE_WEIGHTS = 8, /* of i, f, o */
  GATE_BIAS = 11,
  PROJECTION_WEIGHTS = 15,
  PROJECTION_BIAS,
  NORM_WEIGHTS,
  WEIGHTS_SCALE = 21,
  WEIGHTS_LIMIT,
  FIRST_WEIGHTS = 3 /* among the node's inputs */
};

typedef struct lstm_sizes {
  int64_t input, cells, outputs, batch, steps;
} lstm_sizes;

/* ---- planning ---- */
static const kw__tensor *find_weights(const kw__frame *frame, const kw__node *node, int32_t place) {
  int32_t index = FIRST_WEIGHTS + place;
  return index < node->inputs ? kw__in_or_null(frame, node, index) : NULL;
}

/* Is it part of the layer that its neighbours describe? */
static bool belongs_to_layer(const kw__frame *frame, const kw__node *node, int32_t place) {
#define HAS(place) (find_weights(frame, node, place) != NULL)
  switch (place) {
    case INPUT_WEIGHTS + INPUT_GATE:
    case PROJECTION_WEIGHTS:
      return HAS(place);
    case RECURRENT_WEIGHTS + INPUT_GATE:
    case GATE_BIAS + INPUT_GATE:
      return HAS(INPUT_WEIGHTS + INPUT_GATE);
    case PEEPHOLE_WEIGHTS:
      return HAS(INPUT_WEIGHTS + INPUT_GATE) && HAS(PEEPHOLE_WEIGHTS + 1);
    case PEEPHOLE_WEIGHTS + 1:
    case PEEPHOLE_WEIGHTS + 2:
      return HAS(PEEPHOLE_WEIGHTS + 1);
    case PROJECTION_BIAS:
      return HAS(PROJECTION_WEIGHTS) && HAS(place);
    case NORM_WEIGHTS + INPUT_GATE:
      return HAS(INPUT_WEIGHTS + INPUT_GATE) && HAS(NORM_WEIGHTS + FORGET_GATE);
    case NORM_WEIGHTS + FORGET_GATE:
    case NORM_WEIGHTS + CELL_GATE:
    case NORM_WEIGHTS + OUTPUT_GATE:
      return HAS(NORM_WEIGHTS + FORGET_GATE);
    case WEIGHTS_SCALE:
      return find_weights(frame, node, INPUT_WEIGHTS + OUTPUT_GATE)->type == KW_I8;
    default:
      return true;
  }
#undef HAS
}

static kw_status refuse_weights(kw__frame *frame, const kw__node *node, int32_t place,
                                const char *why) {
  return kw__refuse(frame, node, KW_SHAPE, "weights %d %s", place, why);
}

static kw_status check_weights(kw__frame *frame, const kw__node *node, const lstm_sizes *sizes) {
  static const char rules[WEIGHTS_LIMIT][3] = {"ci", "ci", "ci", "ci", "co", "co", "co", "co",
                                               "c",  "c",  "c",  "c",  "c",  "c",  "c",  "oc",
                                               "o",  "c",  "c",  "c",  "c",  "s"};
  uint8_t type = find_weights(frame, node, INPUT_WEIGHTS + OUTPUT_GATE)->type;
  for (int32_t place = 0; place < WEIGHTS_LIMIT; place++) {
    const kw__tensor *w = find_weights(frame, node, place);
    if (!w != !belongs_to_layer(frame, node, place))
      return refuse_weights(frame, node, place, w ? "do not belong" : "are missing");
    if (!w) continue;
    bool is_weight = place < GATE_BIAS || place == PROJECTION_WEIGHTS;
    if (w->type != (is_weight ? type : KW_F32) || w->rank != strlen(rules[place]))
      return refuse_weights(frame, node, place, "have another type or number of dimensions");
    for (int32_t d = 0; d < w->rank; d++) {
      char letter = rules[place][d];
      int64_t must = letter == 'i'   ? sizes->input
                     : letter == 'c' ? sizes->cells
                     : letter == 'o' ? sizes->outputs
                                     : PROJECTION_WEIGHTS + 1;
      if (w->size[d] != must) return refuse_weights(frame, node, place, "have another size");
    }
  }
  return KW_OK;
}

static bool is_time_major(const kw__tensor *x, const kw__lstm_attributes *a) {
  return x->rank == 3 && a->time_major;
}

/* Of the weights, which must be numbers, and of x, which may not. */
static bool find_sizes(const kw__frame *frame, const kw__node *node, lstm_sizes *out) {
  const kw__tensor *x = kw__in(frame, node, 0);
  const kw__tensor *w = find_weights(frame, node, INPUT_WEIGHTS + OUTPUT_GATE);
  const kw__tensor *r = find_weights(frame, node, RECURRENT_WEIGHTS + OUTPUT_GATE);
  if (!w || !r || w->rank != 2 || r->rank != 2 || (x->rank != 2 && x->rank != 3)) return false;
  bool time_major = is_time_major(x, KW__ATTRIBUTES(lstm, node));
  *out = (lstm_sizes){.input = w->size[1],
                      .cells = w->size[0],
                      .outputs = r->size[1],
                      .batch = x->size[time_major],
                      .steps = x->rank == 3 ? x->size[!time_major] : 1};
  int64_t last = x->size[x->rank - 1];
  return out->input >= 0 && out->cells >= 0 && out->outputs >= 0 &&
         (last < 0 || last == out->input) &&
         (find_weights(frame, node, PROJECTION_WEIGHTS) || out->outputs == out->cells);
}

/* [batch, size], or all of it in one row. */
static bool is_state(const kw__tensor *x, int64_t batch, int64_t size) {
  if (x->rank == 2)
    return x->size[1] == size && (batch < 0 || x->size[0] < 0 || x->size[0] == batch);
  const int64_t both[] = {batch, size};
  int64_t count = kw__count(both, 2);
  return x->rank == 1 && (count < 0 || x->size[0] < 0 || x->size[0] == count);
}

/* Floats of scratch for each row of the batch: gates, a product, and for rows as integers their
 * scales, sums and they themselves. */
static int64_t count_scratch(const lstm_sizes *s) {
  int64_t widest = s->cells > s->outputs ? s->cells : s->outputs;
  return GATES * s->cells + 2 * widest + (s->input + widest + 1) / 2 + 2;
}

kw_status kw__plan_lstm(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *h = kw__in(frame, node, 1);
  const kw__tensor *c = kw__in(frame, node, 2);
  lstm_sizes s;
  if (!find_sizes(frame, node, &s))
    return kw__refuse(frame, node, KW_SHAPE, "input and weights do not agree");
  enum { MOST = 1 << 28 }; /* of each size: scratch cannot overflow */
  if (s.input > MOST || s.cells > MOST || s.outputs > MOST)
    return kw__refuse(frame, node, KW_SHAPE, "a layer of more than %d cells", MOST);
  kw_status status = check_weights(frame, node, &s);
  if (status) return status;
  if (!is_state(h, s.batch, s.outputs) || !is_state(c, s.batch, s.cells))
    return kw__refuse(frame, node, KW_SHAPE, "states of another size");
  kw__copy_shape(kw__out(frame, node, 0), x);
  kw__out(frame, node, 0)->size[x->rank - 1] = s.outputs;
  kw__copy_shape(kw__out(frame, node, 1), h);
  kw__copy_shape(kw__out(frame, node, 2), c);
  kw__out(frame, node, 3)->size[0] = s.batch;
  kw__out(frame, node, 3)->size[1] = count_scratch(&s);
  return KW_OK;
}

/* ---- running ---- */
typedef struct lstm_rows {
  kw__rows real;
  int16_t *integer; /* the same, where weights are int8 */
  float *scale;
} lstm_rows;

typedef struct lstm {
  lstm_sizes size;
  const kw__lstm_attributes *attributes;
  const kw__tensor *weights[WEIGHTS_LIMIT];
  float *gate[GATES], *product; /* [batch, cells]; [batch, cells or outputs] */
  int32_t *sum;                 /* [cells or outputs] of products of integers */
  float *h, *c;
  lstm_rows input, state; /* state: h, or what is to be projected */
} lstm;

static const float *vector_at(const lstm *l, int32_t place) {
  return l->weights[place] ? l->weights[place]->data : NULL;
}

static bool is_hybrid(const lstm *l) { return l->weights[WEIGHTS_SCALE] != NULL; }

static void set_rows(const lstm *l, lstm_rows *rows, const float *x, int64_t stride, int64_t n) {
  rows->real = (kw__rows){x, l->size.batch, stride};
  if (!is_hybrid(l)) return;
  for (int64_t b = 0; b < l->size.batch; b++)
    rows->scale[b] =
        kw__quantize_row(x + b * stride, n, l->attributes->asymmetric, rows->integer + b * n);
}

/* y[b, j] = rows[b] . weights[j] */
static void multiply_weights(const lstm *l, const lstm_rows *rows, int32_t place, float *y) {
  const kw__tensor *w = l->weights[place];
  int64_t m = w->size[0], n = w->size[1];
  if (!is_hybrid(l)) {
    kw__multiply_rows_f32(rows->real, (kw__rows){w->data, m, n}, n, y, m);
    return;
  }
  for (int64_t b = 0; b < l->size.batch; b++) {
    float scale = rows->scale[b] * vector_at(l, WEIGHTS_SCALE)[place];
    for (int64_t j = 0; j < m; j++) l->sum[j] = 0;
    kw__add_products_i8(rows->integer + b * n, w->data, n, n, m, l->sum);
    for (int64_t j = 0; j < m; j++) y[b * m + j] = (float)l->sum[j] * scale;
  }
}

/* y += p c */
static void add_peephole(const lstm *l, int32_t place, float *y) {
  const kw__tensor *w = l->weights[place];
  int64_t n = l->size.cells;
  for (int64_t b = 0; b < l->size.batch; b++)
    for (int64_t j = 0; j < n; j++) {
      float weight = is_hybrid(l)
                         ? ((const int8_t *)w->data)[j] * vector_at(l, WEIGHTS_SCALE)[place]
                         : ((const float *)w->data)[j];
      y[b * n + j] += weight * l->c[b * n + j];
    }
}

/* y = (y - mean) / deviation * weights */
static void normalize_layer(float *y, const float *weights, int64_t n) {
  float sum = 0, squares = 0;
  for (int64_t j = 0; j < n; j++) sum += y[j];
  float mean = sum / (float)n;
  for (int64_t j = 0; j < n; j++) squares += (y[j] - mean) * (y[j] - mean);
  float inverse = 1 / sqrtf(squares / (float)n + 1e-8f);
  for (int64_t j = 0; j < n; j++) y[j] = (y[j] - mean) * inverse * weights[j];
}

static void compute_gate(lstm *l, int32_t gate) {
  const int64_t n = l->size.cells;
  const float *bias = vector_at(l, GATE_BIAS + gate), *norm = vector_at(l, NORM_WEIGHTS + gate);
  float *y = l->gate[gate];
  multiply_weights(l, &l->input, INPUT_WEIGHTS + gate, y);
  multiply_weights(l, &l->state, RECURRENT_WEIGHTS + gate, l->product);
  for (int64_t i = 0; i < l->size.batch * n; i++) y[i] += l->product[i];
  if (gate != CELL_GATE && l->weights[PEEPHOLE_WEIGHTS + 1])
    add_peephole(l, PEEPHOLE_WEIGHTS + (gate == OUTPUT_GATE ? 2 : gate), y);
  for (int64_t b = 0; b < l->size.batch; b++, y += n) {
    if (norm) normalize_layer(y, norm, n);
    for (int64_t j = 0; j < n; j++) y[j] += bias[j];
    kw__activate_f32(y, y, n, gate == CELL_GATE ? KW__TANH : KW__LOGISTIC);
  }
}

static void limit_all(float *x, int64_t n, double limit) {
  if (limit > 0)
    for (int64_t i = 0; i < n; i++) x[i] = kw__clamp_f32(x[i], (float)-limit, (float)limit);
}

static void update_cells(lstm *l) {
  int64_t n = l->size.batch * l->size.cells;
  const float *i = l->gate[INPUT_GATE], *f = l->gate[FORGET_GATE], *g = l->gate[CELL_GATE];
  if (l->weights[INPUT_WEIGHTS + INPUT_GATE])
    for (int64_t j = 0; j < n; j++) l->c[j] = f[j] * l->c[j] + i[j] * g[j];
  else
    for (int64_t j = 0; j < n; j++) l->c[j] = f[j] * l->c[j] + (1 - f[j]) * g[j];
  limit_all(l->c, n, l->attributes->cell_clip);
}

static void update_output(lstm *l) {
  int64_t n = l->size.batch * l->size.cells;
  bool projects = l->weights[PROJECTION_WEIGHTS] != NULL;
  const float *bias = vector_at(l, PROJECTION_BIAS), *o = l->gate[OUTPUT_GATE];
  float *y = projects ? l->gate[CELL_GATE] : l->h;
  kw__activate_f32(y, l->c, n, KW__TANH);
  for (int64_t j = 0; j < n; j++) y[j] *= o[j];
  if (!projects) return;
  set_rows(l, &l->state, y, l->size.cells, l->size.cells);
  multiply_weights(l, &l->state, PROJECTION_WEIGHTS, l->h);
  for (int64_t b = 0; b < l->size.batch && bias; b++)
    for (int64_t j = 0; j < l->size.outputs; j++) l->h[b * l->size.outputs + j] += bias[j];
  limit_all(l->h, l->size.batch * l->size.outputs, l->attributes->projection_clip);
}

static void step_layer(lstm *l, const float *x, int64_t x_stride, float *y, int64_t y_stride) {
  const int64_t outputs = l->size.outputs;
  set_rows(l, &l->input, x, x_stride, l->size.input);
  set_rows(l, &l->state, l->h, outputs, outputs);
  for (int32_t gate = l->weights[INPUT_WEIGHTS + INPUT_GATE] ? INPUT_GATE : FORGET_GATE;
       gate < OUTPUT_GATE; gate++)
    compute_gate(l, gate);
  update_cells(l);
  compute_gate(l, OUTPUT_GATE);
  update_output(l);
  for (int64_t b = 0; b < l->size.batch; b++)
    memcpy(y + b * y_stride, l->h + b * outputs, (size_t)outputs * sizeof *y);
}

static void lay_out_scratch(lstm *l, float *work) {
  const lstm_sizes *s = &l->size;
  int64_t widest = s->cells > s->outputs ? s->cells : s->outputs;
  for (int32_t gate = 0; gate < GATES; gate++) l->gate[gate] = work + gate * s->batch * s->cells;
  l->product = work + GATES * s->batch * s->cells;
  l->input.scale = l->product + s->batch * widest;
  l->state.scale = l->input.scale + s->batch;
  l->sum = (int32_t *)(void *)(l->state.scale + s->batch);
  l->input.integer = (int16_t *)(void *)(l->sum + s->batch * widest);
  l->state.integer = l->input.integer + s->batch * s->input;
}

kw_status kw__run_lstm(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *h = kw__in(frame, node, 1);
  const kw__tensor *c = kw__in(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  lstm l = {.attributes = KW__ATTRIBUTES(lstm, node),
            .h = kw__out(frame, node, 1)->data,
            .c = kw__out(frame, node, 2)->data};
  find_sizes(frame, node, &l.size);
  for (int32_t place = 0; place < WEIGHTS_LIMIT; place++)
    l.weights[place] = find_weights(frame, node, place);
  lay_out_scratch(&l, kw__out(frame, node, 3)->data);
  if (h->count > 0) memcpy(l.h, h->data, (size_t)h->count * sizeof *l.h);
  if (c->count > 0) memcpy(l.c, c->data, (size_t)c->count * sizeof *l.c);
  bool time_major = is_time_major(x, l.attributes);
  int64_t row = time_major ? 1 : l.size.steps, step = time_major ? l.size.batch : 1;
  const int64_t n = l.size.input, m = l.size.outputs;
  for (int64_t t = 0; t < l.size.steps && l.size.batch > 0; t++)
    step_layer(&l, (const float *)x->data + t * step * n, row * n, (float *)y->data + t * step * m,
               row * m);
  return KW_OK;
}

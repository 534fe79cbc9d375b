/* The inner loops of product.h, written over vectors of eight floats; product.c includes this once
 * for each instruction set.  SET(name) tells the names apart, TARGET is the functions' attribute,
 * and AVX2 chooses what a vector is. */

/* ---- vectors ---- */
#if defined(AVX2)
typedef __m256 SET(eight);
TARGET static inline SET(eight) SET(load)(const float *from) { return _mm256_loadu_ps(from); }
TARGET static inline SET(eight) SET(load_some)(const float *from, int64_t count) {
  static const int32_t mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_maskload_ps(from, _mm256_loadu_si256((const __m256i *)(mask + 8 - count)));
}
/* The lanes from `first` on. */
TARGET static inline SET(eight) SET(load_behind)(const float *from, int64_t first) {
  static const int32_t mask[16] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_maskload_ps(from, _mm256_loadu_si256((const __m256i *)(mask + 8 - first)));
}
TARGET static inline void SET(store)(float *to, SET(eight) a) { _mm256_storeu_ps(to, a); }
TARGET static inline SET(eight) SET(repeat)(float value) { return _mm256_set1_ps(value); }
TARGET static inline SET(eight) SET(add)(SET(eight) a, SET(eight) b) { return _mm256_add_ps(a, b); }
TARGET static inline SET(eight) SET(divide)(SET(eight) a, SET(eight) b) {
  return _mm256_div_ps(a, b);
}
TARGET static inline SET(eight) SET(multiply_add)(SET(eight) a, SET(eight) b, SET(eight) c) {
  return _mm256_fmadd_ps(a, b, c);
}
/* a < b ? b : a; the instruction gives its second operand where one is NaN. */
TARGET static inline SET(eight) SET(larger)(SET(eight) a, SET(eight) b) {
  return _mm256_max_ps(b, a);
}
TARGET static inline SET(eight) SET(smaller)(SET(eight) a, SET(eight) b) {
  return _mm256_min_ps(b, a);
}
/* 32 lanes in a ring, turned so that lane `by` comes first. */
TARGET static inline void SET(turn)(SET(eight) v[4], int64_t by) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                from = _mm256_add_epi32(lanes, _mm256_set1_epi32((int)by));
  const SET(eight) is_next = _mm256_castsi256_ps(_mm256_cmpgt_epi32(from, _mm256_set1_epi32(7)));
  SET(eight) turned[4];
  UNROLL for (int k = 0; k < 4; k++) turned[k] = _mm256_permutevar8x32_ps(v[k], from);
  UNROLL for (int k = 0; k < 4; k++) v[k] =
      _mm256_blendv_ps(turned[k], turned[(k + 1) % 4], is_next);
}
/* out[i] = the sum of the lanes of v[i]. */
TARGET static inline void SET(add_lanes)(const SET(eight) v[4], float out[4]) {
  SET(eight) sums = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1)));
}
#else
/* What the processor can add at once: four floats where the compiler knows vectors, else one.
 */
#if defined(__GNUC__)
typedef float quad __attribute__((vector_size(16)));
typedef int32_t quad_bits __attribute__((vector_size(16)));
static inline quad repeat_quad(float value) { return (quad){value, value, value, value}; }
static inline quad choose_quad(quad_bits mask, quad a, quad b) {
  return (quad)((mask & (quad_bits)a) | (~mask & (quad_bits)b));
}
#else
typedef float quad;
static inline quad repeat_quad(float value) { return value; }
static inline quad choose_quad(int mask, quad a, quad b) { return mask ? a : b; }
#endif
#if defined(__aarch64__) && defined(__ARM_NEON)
static inline quad multiply_add_quad(quad a, quad b, quad c) { return vfmaq_f32(c, a, b); }
#else
static inline quad multiply_add_quad(quad a, quad b, quad c) { return c + a * b; }
#endif
enum { QUAD = sizeof(quad) / sizeof(float), QUADS = 8 / QUAD };
typedef struct SET(eight) {
  quad at[QUADS];
} SET(eight);
#define EACH_QUAD UNROLL for (int i = 0; i < QUADS; i++)

static inline SET(eight) SET(load)(const float *from) {
  SET(eight) a;
  EACH_QUAD memcpy(&a.at[i], from + i * QUAD, sizeof(quad));
  return a;
}
static NEVER_INLINE SET(eight) SET(load_some)(const float *from, int64_t count) {
  float some[8] = {0};
  memcpy(some, from, (size_t)count * sizeof *from);
  return SET(load)(some);
}
static inline void SET(store)(float *to, SET(eight) a) {
  EACH_QUAD memcpy(to + i * QUAD, &a.at[i], sizeof(quad));
}
static inline SET(eight) SET(repeat)(float value) {
  SET(eight) a;
  EACH_QUAD a.at[i] = repeat_quad(value);
  return a;
}
static inline SET(eight) SET(add)(SET(eight) a, SET(eight) b) {
  EACH_QUAD a.at[i] += b.at[i];
  return a;
}
static inline SET(eight) SET(divide)(SET(eight) a, SET(eight) b) {
  EACH_QUAD a.at[i] /= b.at[i];
  return a;
}
static inline SET(eight) SET(multiply_add)(SET(eight) a, SET(eight) b, SET(eight) c) {
  EACH_QUAD c.at[i] = multiply_add_quad(a.at[i], b.at[i], c.at[i]);
  return c;
}
static inline SET(eight) SET(larger)(SET(eight) a, SET(eight) b) {
  EACH_QUAD a.at[i] = choose_quad(a.at[i] < b.at[i], b.at[i], a.at[i]);
  return a;
}
static inline SET(eight) SET(smaller)(SET(eight) a, SET(eight) b) {
  EACH_QUAD a.at[i] = choose_quad(b.at[i] < a.at[i], b.at[i], a.at[i]);
  return a;
}
static inline void SET(add_lanes)(const SET(eight) v[4], float out[4]) {
  for (int i = 0; i < 4; i++) {
    float a[8];
    SET(store)(a, v[i]);
    out[i] = ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
  }
}
#undef EACH_QUAD
#endif

TARGET static inline void SET(store_some)(float *to, SET(eight) a, int64_t count) {
  if (count >= 8) {
    SET(store)(to, a);
    return;
  }
  float some[8];
  SET(store)(some, a);
  memcpy(to, some, (size_t)count * sizeof *to);
}

/* The finish of up to eight sums. */
typedef struct SET(ending) {
  SET(eight) bias, low, high;
} SET(ending);
TARGET static inline SET(ending) SET(begin)(const kw__finish *finish, int64_t j, int64_t count) {
  return (SET(ending)){
      finish->bias ? SET(load_some)(finish->bias + j, count < 8 ? count : 8) : SET(repeat)(0),
      SET(repeat)(finish->low), SET(repeat)(finish->high)};
}
TARGET static inline SET(eight) SET(limit)(SET(eight) a, const SET(ending) * ending) {
  return SET(smaller)(SET(larger)(a, ending->low), ending->high);
}

/* ---- dot products: of xs rows of x, one or three, with four rows of w ---- */
TARGET static ALWAYS_INLINE void SET(dot_tile)(kw__rows x, const int xs, const float *const w[4],
                                               int64_t n, float out[ROWS][4]) {
  SET(eight) sum[ROWS][4];
  int64_t p = 0;
  UNROLL for (int i = 0; i < xs; i++) {
    UNROLL for (int k = 0; k < 4; k++) sum[i][k] = SET(repeat)(0);
  }
  for (; p + 8 <= n; p += 8) {
    UNROLL for (int k = 0; k < 4; k++) {
      SET(eight) b = SET(load)(w[k] + p);
      UNROLL for (int i = 0; i < xs; i++) sum[i][k] =
          SET(multiply_add)(SET(load)(x.data + i * x.stride + p), b, sum[i][k]);
    }
  }
  if (p < n) {
    UNROLL for (int k = 0; k < 4; k++) {
      SET(eight) b = SET(load_some)(w[k] + p, n - p);
      UNROLL for (int i = 0; i < xs; i++) sum[i][k] =
          SET(multiply_add)(SET(load_some)(x.data + i * x.stride + p, n - p), b, sum[i][k]);
    }
  }
  UNROLL for (int i = 0; i < xs; i++) SET(add_lanes)(sum[i], out[i]);
}

/* The last row of w again where there are no four. */
TARGET static ALWAYS_INLINE void SET(multiply_some)(kw__rows x, const int xs, kw__rows w, int64_t n,
                                                    const kw__finish *finish, float *y,
                                                    int64_t y_stride) {
  for (int64_t j = 0; j < w.count; j += 4) {
    int64_t left = w.count - j < 4 ? w.count - j : 4;
    const float *rows[4];
    float out[ROWS][4];
    for (int k = 0; k < 4; k++) rows[k] = w.data + (j + (k < left ? k : left - 1)) * w.stride;
    SET(dot_tile)(x, xs, rows, n, out);
    for (int i = 0; i < xs; i++)
      for (int64_t k = 0; k < left; k++)
        y[i * y_stride + j + k] = finish_sum(out[i][k], finish, j + k);
  }
}

#if defined(STREAM_FROM)
/* ---- weights beyond the second cache: memory is read fastest in one stream, and aligned ---- */
/* Four sums a result, of every fourth group of eight.  The rows begin `shift` behind a multiple of
 * eight floats, from where the loads count; at the end the sums move to where they would be
 * without a shift. */
TARGET static ALWAYS_INLINE void SET(dot_stream)(kw__rows x, const int xs, const float *w,
                                                 int64_t n, int64_t shift, float *y) {
  SET(eight) sum[ROWS][4];
  int64_t p = -shift;
  UNROLL for (int k = 0; k < 4; k++) {
    UNROLL for (int i = 0; i < xs; i++) sum[i][k] = SET(repeat)(0);
  }
  if (shift) {
    SET(eight) b = SET(load_behind)(w + p, shift);
    UNROLL for (int i = 0; i < xs; i++) sum[i][0] =
        SET(multiply_add)(SET(load_behind)(x.data + i * x.stride + p, shift), b, sum[i][0]);
    UNROLL for (int k = 1; k < 4; k++) {
      UNROLL for (int i = 0; i < xs; i++) sum[i][k] = SET(multiply_add)(
          SET(load)(x.data + i * x.stride + p + 8 * k), SET(load)(w + p + 8 * k), sum[i][k]);
    }
    p += 32;
  }
  for (; p + 32 <= n; p += 32) {
    UNROLL for (int k = 0; k < 4; k++) {
      SET(eight) b = SET(load)(w + p + 8 * k);
      UNROLL for (int i = 0; i < xs; i++) sum[i][k] =
          SET(multiply_add)(SET(load)(x.data + i * x.stride + p + 8 * k), b, sum[i][k]);
    }
  }
  UNROLL for (int k = 0; k < 4; k++) {
    int64_t left = n - p - 8 * k;
    if (left > 0) {
      SET(eight) b = SET(load_some)(w + p + 8 * k, left < 8 ? left : 8);
      UNROLL for (int i = 0; i < xs; i++) sum[i][k] = SET(multiply_add)(
          SET(load_some)(x.data + i * x.stride + p + 8 * k, left < 8 ? left : 8), b, sum[i][k]);
    }
  }
  UNROLL for (int i = 0; i < xs; i++) {
    float out[4];
    if (shift) SET(turn)(sum[i], shift);
    SET(add_lanes)(sum[i], out);
    y[i] = (out[0] + out[1]) + (out[2] + out[3]);
  }
}

/* A single row of x is copied to lie as the weights' rows do. */
TARGET static void SET(multiply_stream)(kw__rows x, kw__rows w, int64_t n, const kw__finish *finish,
                                        float *y, int64_t y_stride) {
  int64_t shift =
      w.stride % 8 || n > LONGEST ? 0 : (int64_t)((uintptr_t)w.data / sizeof(float) % 8);
  _Alignas(32) float copy[LONGEST + 8];
  float out[ROWS];
  while (x.count > 0) {
    int xs = x.count < ROWS ? 1 : ROWS;
    kw__rows row = x;
    if (xs == 1 && n <= LONGEST) row.data = memcpy(copy + shift, x.data, (size_t)n * sizeof *copy);
    for (int64_t j = 0; j < w.count; j++) {
      if (xs == 1)
        SET(dot_stream)(row, 1, w.data + j * w.stride, n, shift, out);
      else
        SET(dot_stream)(x, ROWS, w.data + j * w.stride, n, 0, out);
      for (int i = 0; i < xs; i++) y[i * y_stride + j] = finish_sum(out[i], finish, j);
    }
    x.data += xs * x.stride, x.count -= xs, y += xs * y_stride;
  }
}
#endif

TARGET static void SET(multiply_rows)(kw__rows x, kw__rows w, int64_t n, const kw__finish *finish,
                                      float *y, int64_t y_stride) {
#if defined(STREAM_FROM)
  if (n >= 64 && w.count * n >= STREAM_FROM) {
    SET(multiply_stream)(x, w, n, finish, y, y_stride);
    return;
  }
#endif
  for (; ROWS > 1 && x.count >= ROWS;
       x.data += ROWS * x.stride, x.count -= ROWS, y += ROWS * y_stride)
    SET(multiply_some)(x, ROWS, w, n, finish, y, y_stride);
  for (; x.count > 0; x.data += x.stride, x.count--, y += y_stride)
    SET(multiply_some)(x, 1, w, n, finish, y, y_stride);
}

/* ---- patches with one or two panels ---- */
TARGET static ALWAYS_INLINE void SET(panel_tile)(const float *const x[PATCHES],
                                                 const int32_t *offset, int64_t n,
                                                 const float *panel, const int panels,
                                                 const kw__finish *finish, int64_t j, int64_t count,
                                                 float *const y[PATCHES]) {
  SET(eight) sum[PATCHES][2];
  const float *second = panel + n * KW__PANEL;
  SET(ending) ending[2];
  for (int k = 0; k < panels; k++) {
    ending[k] = SET(begin)(finish, j + k * KW__PANEL, count - k * KW__PANEL);
    UNROLL for (int i = 0; i < PATCHES; i++) sum[i][k] = ending[k].bias;
  }
  for (int64_t p = 0; p < n; p++) {
    int32_t from = offset[p];
    SET(eight) a = SET(load)(panel + p * KW__PANEL), b = a;
    if (panels == 2) b = SET(load)(second + p * KW__PANEL);
    UNROLL for (int i = 0; i < PATCHES; i++) {
      SET(eight) value = SET(repeat)(x[i][from]);
      sum[i][0] = SET(multiply_add)(value, a, sum[i][0]);
      if (panels == 2) sum[i][1] = SET(multiply_add)(value, b, sum[i][1]);
    }
  }
  for (int k = 0; k < panels; k++)
    UNROLL for (int i = 0; i < PATCHES; i++) SET(store_some)(
        y[i] + j + k * KW__PANEL, SET(limit)(sum[i][k], &ending[k]), count - k * KW__PANEL);
}

TARGET static void SET(multiply_panels)(kw__grid grid, const int32_t *offset, int64_t n,
                                        const float *panels, int64_t m, const kw__finish *finish,
                                        float *y, int64_t y_stride) {
  int64_t patches = grid.rows * grid.columns;
  for (int64_t j = 0; j < m; j += 2 * KW__PANEL) {
    const float *panel = panels + j * n;
    int64_t row = 0, column = 0;
    for (int64_t first = 0; first < patches; first += PATCHES) {
      const float *x[PATCHES];
      float *to[PATCHES];
      for (int64_t i = 0; i < PATCHES; i++) { /* where there are fewer, the last one repeated */
        bool more = first + i < patches;
        x[i] = more ? grid.x + row * grid.row_step + column * grid.column_step : x[i - 1];
        to[i] = more ? y + (first + i) * y_stride : to[i - 1];
        if (++column == grid.columns) column = 0, row++;
      }
      if (m - j > KW__PANEL)
        SET(panel_tile)(x, offset, n, panel, 2, finish, j, m - j, to);
      else
        SET(panel_tile)(x, offset, n, panel, 1, finish, j, m - j, to);
    }
  }
}

/* ---- windows: eight channels at a time ---- */
TARGET static ALWAYS_INLINE SET(eight)
    SET(add_places)(const kw__windows *x, const float *from, const float *w, int64_t w_step,
                    int64_t m, const int how, int64_t count, SET(eight) sum) {
  for (int64_t row = 0; row < x->rows; row++, from += x->row_step, w += w_step)
    for (int64_t column = 0; column < x->columns; column++) {
      const float *at = from + column * x->column_step;
      SET(eight) value = count < 8 ? SET(load_some)(at, count) : SET(load)(at);
      if (how == KW__WINDOW_MAXIMUM) {
        sum = SET(larger)(sum, value);
      } else if (how == KW__WINDOW_MEAN) {
        sum = SET(add)(sum, value);
      } else {
        at = w + column * m;
        sum = SET(multiply_add)(value, count < 8 ? SET(load_some)(at, count) : SET(load)(at), sum);
      }
    }
  return sum;
}

TARGET static ALWAYS_INLINE void SET(reduce)(const kw__windows *x, const float *w, int64_t w_step,
                                             int64_t m, const int how, const kw__finish *finish,
                                             float *y) {
  SET(eight) places = SET(repeat)((float)(x->rows * x->columns));
  for (int64_t c = 0; c < m; c += 8) {
    int64_t count = m - c;
    SET(ending) ending = SET(begin)(finish, c, count);
    SET(eight) first = how == KW__WINDOW_MAXIMUM ? SET(repeat)(-FLT_MAX) : ending.bias;
    for (int64_t i = 0; i < x->count; i++) {
      const float *from = x->x + i * x->step + c;
      SET(eight)
      sum = count < 8 ? SET(add_places)(x, from, w + c, w_step, m, how, count, first)
                      : SET(add_places)(x, from, w + c, w_step, m, how, 8, first);
      if (how == KW__WINDOW_MEAN) sum = SET(divide)(sum, places);
      SET(store_some)(y + i * m + c, SET(limit)(sum, &ending), count);
    }
  }
}
TARGET static void SET(reduce_windows)(int how, const kw__windows *x, const float *w,
                                       int64_t w_step, int64_t m, const kw__finish *finish,
                                       float *y) {
  if (how == KW__WINDOW_PRODUCT)
    SET(reduce)(x, w, w_step, m, KW__WINDOW_PRODUCT, finish, y);
  else if (how == KW__WINDOW_MEAN)
    SET(reduce)(x, x->x, 0, m, KW__WINDOW_MEAN, finish, y);
  else
    SET(reduce)(x, x->x, 0, m, KW__WINDOW_MAXIMUM, finish, y);
}

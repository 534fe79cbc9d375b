/* The vectors of an instruction set, for the loops of product_rows.h and product_tiles.h. SET(name)
 * tells the names of sets apart, TARGET is the attribute of their functions, WIDTH the floats of a
 * vector: 16 with AVX512, 8 with AVX2 and where the compiler's own vectors serve. */

#if defined(AVX512)
typedef __m512 SET(vector);
TARGET static inline SET(vector) SET(load)(const float *from) { return _mm512_loadu_ps(from); }
TARGET static inline SET(vector) SET(load_some)(const float *from, int64_t count) {
  return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
}
/* The lanes from `first` on. */
TARGET static inline SET(vector) SET(load_behind)(const float *from, int64_t first) {
  return _mm512_maskz_loadu_ps((__mmask16)(0xFFFFu << first), from);
}
TARGET static inline SET(vector) SET(repeat)(float value) { return _mm512_set1_ps(value); }
TARGET static inline SET(vector) SET(multiply_add)(SET(vector) a, SET(vector) b, SET(vector) c) {
  return _mm512_fmadd_ps(a, b, c);
}
/* Lane `by` comes first. */
TARGET static inline SET(vector) SET(turn)(SET(vector) a, int64_t by) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_permutexvar_ps(_mm512_add_epi32(lanes, _mm512_set1_epi32((int)by)), a);
}
/* out[i] = the sum of the lanes of v[i]. */
TARGET static inline void SET(add_lanes)(const SET(vector) v[4], float out[4]) {
  __m256 half[4];
  UNROLL for (int i = 0; i < 4; i++) half[i] =
      _mm256_add_ps(_mm512_castps512_ps256(v[i]),
                    _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v[i]), 1)));
  add_lanes_avx2(half, out);
}

#elif defined(AVX2)
typedef __m256 SET(vector);
TARGET static inline SET(vector) SET(load)(const float *from) { return _mm256_loadu_ps(from); }
static const int32_t lane_masks[24] = {0,  0,  0,  0,  0, 0, 0, 0, -1, -1, -1, -1,
                                       -1, -1, -1, -1, 0, 0, 0, 0, 0,  0,  0,  0};
TARGET static inline SET(vector) SET(load_some)(const float *from, int64_t count) {
  return _mm256_maskload_ps(from, _mm256_loadu_si256((const __m256i *)(lane_masks + 16 - count)));
}
/* The lanes from `first` on. */
TARGET static inline SET(vector) SET(load_behind)(const float *from, int64_t first) {
  return _mm256_maskload_ps(from, _mm256_loadu_si256((const __m256i *)(lane_masks + 8 - first)));
}
TARGET static inline void SET(store)(float *to, SET(vector) a) { _mm256_storeu_ps(to, a); }
TARGET static inline SET(vector) SET(repeat)(float value) { return _mm256_set1_ps(value); }
TARGET static inline SET(vector) SET(add)(SET(vector) a, SET(vector) b) {
  return _mm256_add_ps(a, b);
}
TARGET static inline SET(vector) SET(divide)(SET(vector) a, SET(vector) b) {
  return _mm256_div_ps(a, b);
}
TARGET static inline SET(vector) SET(multiply_add)(SET(vector) a, SET(vector) b, SET(vector) c) {
  return _mm256_fmadd_ps(a, b, c);
}
/* a < b ? b : a; the instruction gives its second operand where one is NaN. */
TARGET static inline SET(vector) SET(larger)(SET(vector) a, SET(vector) b) {
  return _mm256_max_ps(b, a);
}
TARGET static inline SET(vector) SET(smaller)(SET(vector) a, SET(vector) b) {
  return _mm256_min_ps(b, a);
}
/* Lane `by` comes first. */
TARGET static inline SET(vector) SET(turn)(SET(vector) a, int64_t by) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_permutevar8x32_ps(a, _mm256_add_epi32(lanes, _mm256_set1_epi32((int)by)));
}
/* out[i] = the sum of the lanes of v[i]. */
TARGET static inline void SET(add_lanes)(const SET(vector) v[4], float out[4]) {
  SET(vector) sums = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1)));
}
/* y[k] = the finished sum of output j + k */
TARGET static inline void SET(finish_four)(const float sum[4], const kw__finish *finish, int64_t j,
                                           float *y) {
  __m128 a = _mm_loadu_ps(sum);
  if (finish->bias) a = _mm_add_ps(a, _mm_loadu_ps(finish->bias + j));
  a = _mm_max_ps(_mm_set1_ps(finish->low), a);
  _mm_storeu_ps(y, _mm_min_ps(_mm_set1_ps(finish->high), a));
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
typedef struct SET(vector) {
  quad at[QUADS];
} SET(vector);
#define EACH_QUAD UNROLL for (int i = 0; i < QUADS; i++)

static inline SET(vector) SET(load)(const float *from) {
  SET(vector) a;
  EACH_QUAD memcpy(&a.at[i], from + i * QUAD, sizeof(quad));
  return a;
}
static NEVER_INLINE SET(vector) SET(load_some)(const float *from, int64_t count) {
  float some[8] = {0};
  memcpy(some, from, (size_t)count * sizeof *from);
  return SET(load)(some);
}
static inline void SET(store)(float *to, SET(vector) a) {
  EACH_QUAD memcpy(to + i * QUAD, &a.at[i], sizeof(quad));
}
static inline SET(vector) SET(repeat)(float value) {
  SET(vector) a;
  EACH_QUAD a.at[i] = repeat_quad(value);
  return a;
}
static inline SET(vector) SET(add)(SET(vector) a, SET(vector) b) {
  EACH_QUAD a.at[i] += b.at[i];
  return a;
}
static inline SET(vector) SET(divide)(SET(vector) a, SET(vector) b) {
  EACH_QUAD a.at[i] /= b.at[i];
  return a;
}
static inline SET(vector) SET(multiply_add)(SET(vector) a, SET(vector) b, SET(vector) c) {
  EACH_QUAD c.at[i] = multiply_add_quad(a.at[i], b.at[i], c.at[i]);
  return c;
}
static inline SET(vector) SET(larger)(SET(vector) a, SET(vector) b) {
  EACH_QUAD a.at[i] = choose_quad(a.at[i] < b.at[i], b.at[i], a.at[i]);
  return a;
}
static inline SET(vector) SET(smaller)(SET(vector) a, SET(vector) b) {
  EACH_QUAD a.at[i] = choose_quad(b.at[i] < a.at[i], b.at[i], a.at[i]);
  return a;
}
static inline void SET(add_lanes)(const SET(vector) v[4], float out[4]) {
  for (int i = 0; i < 4; i++) {
    float a[8];
    SET(store)(a, v[i]);
    out[i] = ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
  }
}
static inline void SET(finish_four)(const float sum[4], const kw__finish *finish, int64_t j,
                                    float *y) {
  for (int k = 0; k < 4; k++) y[k] = finish_sum(sum[k], finish, j + k);
}
#undef EACH_QUAD
#endif

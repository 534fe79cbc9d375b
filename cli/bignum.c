/* Schoolbook arithmetic on 32-bit limbs, least significant first.  Only what number.c uses. */
#include "bignum.h"

#include <assert.h>

static void append_limb(big *a, uint32_t limb) {
  assert(a->count < BIG_LIMBS);
  a->limb[a->count++] = limb;
}

static void drop_leading_zeros(big *a) {
  while (a->count > 0 && a->limb[a->count - 1] == 0) a->count--;
}

void big_set(big *a, uint64_t value) {
  a->count = 0;
  for (; value > 0; value >>= 32) append_limb(a, (uint32_t)value);
}

int big_bits(const big *a) {
  if (a->count == 0) return 0;
  int bits = 32 * (a->count - 1);
  for (uint32_t top = a->limb[a->count - 1]; top > 0; top >>= 1) bits++;
  return bits;
}

int big_compare(const big *a, const big *b) {
  if (a->count != b->count) return a->count < b->count ? -1 : 1;
  for (int i = a->count - 1; i >= 0; i--) {
    if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
  }
  return 0;
}

void big_multiply_add(big *a, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (int i = 0; i < a->count; i++) {
    carry += (uint64_t)a->limb[i] * factor;
    a->limb[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0) append_limb(a, (uint32_t)carry);
}

void big_multiply_power_of_ten(big *a, int exponent) {
  int fives = exponent;
  for (; fives >= 13; fives -= 13) big_multiply_add(a, 1220703125u, 0); /* 5^13 */
  for (; fives > 0; fives--) big_multiply_add(a, 5, 0);
  big_shift(a, exponent);
}

void big_shift(big *a, int bits) {
  int limbs = bits / 32, rest = bits % 32;
  if (a->count == 0) return;
  assert(a->count + limbs < BIG_LIMBS);
  a->limb[a->count] = 0;
  for (int i = a->count; i >= 0; i--) {
    uint64_t pair = (uint64_t)a->limb[i] << 32 | (i > 0 ? a->limb[i - 1] : 0);
    a->limb[i + limbs] = (uint32_t)(pair << rest >> 32);
  }
  for (int i = 0; i < limbs; i++) a->limb[i] = 0;
  a->count += limbs + 1;
  drop_leading_zeros(a);
}

void big_add(big *a, const big *b) {
  uint64_t carry = 0;
  while (a->count < b->count) append_limb(a, 0);
  for (int i = 0; i < a->count; i++) {
    carry += (uint64_t)a->limb[i] + (i < b->count ? b->limb[i] : 0);
    a->limb[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0) append_limb(a, (uint32_t)carry);
}

void big_subtract(big *a, const big *b) {
  uint64_t borrow = 0;
  for (int i = 0; i < a->count; i++) {
    uint64_t taken = borrow + (i < b->count ? b->limb[i] : 0);
    borrow = a->limb[i] < taken;
    a->limb[i] = (uint32_t)(a->limb[i] - taken);
  }
  assert(borrow == 0);
  drop_leading_zeros(a);
}

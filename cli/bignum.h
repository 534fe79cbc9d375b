/* Unsigned integers of up to 4,096 bits, on the stack: what exact conversion between binary and
 * decimal needs.  The longest number that number.c makes has 3,813 bits. */
#ifndef KOWARI_CLI_BIGNUM_H
#define KOWARI_CLI_BIGNUM_H
#include <stdint.h>

enum { BIG_LIMBS = 128 };

typedef struct big {
  int count; /* limbs in use, the last one not zero; 0 limbs are the number 0 */
  uint32_t limb[BIG_LIMBS];
} big;

void big_set(big *a, uint64_t value);
int big_bits(const big *a);                  /* position of the highest one bit, from 1; 0 for 0 */
int big_compare(const big *a, const big *b); /* -1, 0, 1 */
void big_multiply_add(big *a, uint32_t factor, uint32_t addend); /* a = a * factor + addend */
void big_multiply_power_of_ten(big *a, int exponent);
void big_shift(big *a, int bits); /* a = a * 2^bits */
void big_add(big *a, const big *b);
void big_subtract(big *a, const big *b); /* needs a >= b */
#endif

/* What a limit is: one model written by hand in C, every size a constant, nothing checked, no file
 * format, no NaN.  Shows how far the library, which knows none of that beforehand, is from what a
 * compiler can do. */
#ifndef LIMIT_H
#define LIMIT_H

void set_limit(const void *data); /* borrows; the bytes that models.py wrote */
void run_limit(const double *row, double *out);

#endif

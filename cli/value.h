/* One value of an input, from text: a cell of a table or what follows --set.  Values wait for
 * kw_set in few C types; kw_set narrows integers, whose range has been checked here. */
#ifndef KOWARI_CLI_VALUE_H
#define KOWARI_CLI_VALUE_H
#include "common.h"
#include "kowari.h"

enum { TYPE_NAME_SIZE = 8 };

void name_type(char out[TYPE_NAME_SIZE], kw_type type); /* "f64" */

/* How values of a type are kept: F64 double, F32 float, BOOL uint8_t, TEXT const char *, and all
 * integers int64_t. */
kw_type kept_type(kw_type type);
size_t kept_bytes(kw_type type);

/* Keeps the value of a text, a text itself by its pointer.  No characters are the float NaN, as in
 * pandas, and no other number.  The error says what is wrong: "'x' is not a number". */
bool parse_value(kw_type type, const char *text, void *out, cli_error *error);
#endif

/* A build for some models only: KW_SELECTED names a header with a line `#define KW__USE_add 0,` for
 * each operator that they need.  KW__CHOOSE(add, a, b) is a then, and b for an operator without a
 * line: what stands behind such a comma is the second argument.  Without KW_SELECTED all are a. */
#ifndef KOWARI_SELECTED_H
#define KOWARI_SELECTED_H
#if defined(KW_SELECTED)
#include KW_SELECTED
#define KW__SECOND(first, second, ...) second
#define KW__CHOOSE_BY(flag, chosen, otherwise) KW__SECOND(flag chosen, otherwise, 0)
#define KW__CHOOSE(name, chosen, otherwise) KW__CHOOSE_BY(KW__USE_##name, chosen, otherwise)
#else
#define KW__CHOOSE(name, chosen, otherwise) chosen
#endif
#endif

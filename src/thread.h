/* What workers need of the system: a thread, a gate (a lock, and sleeping until what it guards has
 * changed), and a clock.  system_*.c has them; where there are no threads a gate does nothing and
 * no thread starts. */
#ifndef KOWARI_THREAD_H
#define KOWARI_THREAD_H
#include "internal.h"

#if defined(__wasi__)
#define KW__THREADS 0
typedef struct kw__gate {
  char unused;
} kw__gate;
typedef char kw__thread_id;
#else
#define KW__THREADS 1
#include <pthread.h>
typedef struct kw__gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
} kw__gate;
typedef pthread_t kw__thread_id;
#endif

bool kw__init_gate(kw__gate *gate); /* false: the system has no more of them */
void kw__end_gate(kw__gate *gate);
void kw__lock(kw__gate *gate);
void kw__unlock(kw__gate *gate);
void kw__wake(kw__gate *gate); /* all that sleep; locked or not */
/* Sleeps, unlocked meanwhile, until woken, or for no reason.  False: not before the deadline. */
bool kw__sleep(kw__gate *gate, int64_t deadline);

/* Lives as long as the thread, at one place. */
typedef struct kw__thread {
  kw__thread_id id;
  void (*body)(void *argument);
  void *argument;
  bool background; /* a low priority, where a thread can have its own */
} kw__thread;
kw_status kw__start_thread(kw__thread *thread, kw_error *error);
bool kw__is_this_thread(const kw__thread *thread);
void kw__join_thread(kw__thread *thread);   /* returns when its body has */
void kw__detach_thread(kw__thread *thread); /* it will end unseen */

/* Nanoseconds of a clock that is never set back.  A deadline is such a time, or 0: never. */
int64_t kw__read_clock(void);
int64_t kw__deadline_in(int64_t milliseconds); /* below 0: never */

#endif

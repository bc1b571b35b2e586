/* Fault points: places in the code where a test makes something go wrong. They exist only in a build with
 * `meson setup -Dfaults=true`; elsewhere keel_fault is `true` and costs nothing.
 *
 * PGKEEL_FAULT="point@N:action[,...]" makes the Nth hit (counted over all threads; 1 if "@N" is left out) act:
 *   kill           SIGKILL to the own process
 *   exit           leaves at once with exit code 3
 *   error          keel_fault returns false, and the caller fails as if the real thing had failed
 *   stall:SECONDS  sleeps, then goes on
 *   stop           SIGSTOP to the own process, which goes on at SIGCONT: whoever waits for it with WUNTRACED knows where it is
 * A value that cannot be read ends the process with a message, so that a test with a typo cannot pass. */
#ifndef KEEL_BASE_FAULT_H
#define KEEL_BASE_FAULT_H

#include <stdbool.h>

#ifdef KEEL_FAULTS
/* False if the caller shall fail. Thread-safe. */
bool keel_fault(const char *point);
#else
static inline bool keel_fault(const char *point)
{
    (void)point;
    return true;
}
#endif

#endif

/* A small deterministic generator (splitmix64): the same seed gives the same numbers on every
 * machine. For demo and bench data only, never for secrets. One generator, one thread. */
#ifndef KEEL_DEMO_RANDOM_H
#define KEEL_DEMO_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct keel_random {
    uint64_t state;
} keel_random;

uint64_t keel_random_next(keel_random *random);
int64_t keel_random_below(keel_random *random, int64_t limit); /* 0 .. limit-1; limit >= 1 */
double keel_random_unit(keel_random *random);                  /* [0, 1) */
bool keel_random_chance(keel_random *random, int percent);
/* An index below `limit`, small ones far more often: index k about as often as 1/(k+1). */
int keel_random_zipf(keel_random *random, int limit);
/* Writes `digits` lower-case hex digits and a NUL. */
void keel_random_hex(keel_random *random, char *text, int digits);

/* Exactly `wanted` hits spread over `rows` draws, at random places. */
typedef struct keel_quota {
    int64_t wanted, rows;
} keel_quota;
bool keel_quota_draw(keel_quota *quota,
                     keel_random *random); /* true = this row; take it or leave it */
void keel_quota_take(keel_quota *quota);   /* the row was taken */

#endif

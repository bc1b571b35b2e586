#include "demo/random.h"

#include <math.h>

uint64_t keel_random_next(keel_random *random)
{
    uint64_t mixed = random->state += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

int64_t keel_random_below(keel_random *random, int64_t limit)
{
    return (int64_t)(keel_random_next(random) % (uint64_t)limit);
}

double keel_random_unit(keel_random *random)
{
    return (double)(keel_random_next(random) >> 11) * 0x1p-53;
}

bool keel_random_chance(keel_random *random, int percent)
{
    return keel_random_below(random, 100) < percent;
}

int keel_random_zipf(keel_random *random, int limit)
{
    /* the inverse of the integral of 1/x: near enough to Zipf for a demo, and no table */
    int index = (int)pow((double)limit + 1.0, keel_random_unit(random)) - 1;

    return index < limit ? index : limit - 1;
}

void keel_random_hex(keel_random *random, char *text, int digits)
{
    uint64_t bits = 0;

    for (int digit = 0; digit < digits; digit++) {
        if (digit % 16 == 0)
            bits = keel_random_next(random);
        text[digit] = "0123456789abcdef"[bits & 15];
        bits >>= 4;
    }
    text[digits] = '\0';
}

bool keel_quota_draw(keel_quota *quota, keel_random *random)
{
    int64_t rows_left = quota->rows--;

    if (quota->wanted <= 0 || rows_left <= 0)
        return false;
    return keel_random_below(random, rows_left) < quota->wanted;
}

void keel_quota_take(keel_quota *quota)
{
    quota->wanted--;
}

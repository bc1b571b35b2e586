#include "sqlite/iso_time.h"

#include <stdbool.h>

typedef struct reader {
    const unsigned char *at, *end;
} reader;

/* Exactly `count` digits whose value is in range. */
static bool number(reader *r, int count, int low, int high)
{
    int value = 0;

    if (r->end - r->at < count)
        return false;
    for (int i = 0; i < count; i++) {
        if (r->at[i] < '0' || r->at[i] > '9')
            return false;
        value = value * 10 + (r->at[i] - '0');
    }
    r->at += count;
    return value >= low && value <= high;
}

static bool accept(reader *r, unsigned char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool seconds(reader *r)
{
    if (!accept(r, ':'))
        return true;
    if (!number(r, 2, 0, 60))
        return false;
    if (!accept(r, '.') && !accept(r, ','))
        return true;
    if (!number(r, 1, 0, 9))
        return false;
    while (number(r, 1, 0, 9))
        continue;
    return true;
}

static keel_iso_shape zone(reader *r)
{
    accept(r, ' ');
    if (r->at == r->end)
        return KEEL_ISO_NAIVE;
    if (accept(r, 'Z') || accept(r, 'z'))
        return r->at == r->end ? KEEL_ISO_ZONED : KEEL_ISO_NONE;
    if (!accept(r, '+') && !accept(r, '-'))
        return KEEL_ISO_NONE;
    if (!number(r, 2, 0, 23))
        return KEEL_ISO_NONE;
    if (r->at == r->end)
        return KEEL_ISO_ZONED;
    accept(r, ':');
    return number(r, 2, 0, 59) && r->at == r->end ? KEEL_ISO_ZONED : KEEL_ISO_NONE;
}

keel_iso_shape keel_iso_look(const unsigned char *text, size_t size)
{
    reader r = {text, text + size};

    if (size < sizeof "2026-11-20" - 1 || !number(&r, 4, 0, 9999) || !accept(&r, '-') ||
        !number(&r, 2, 0, 12) || !accept(&r, '-') || !number(&r, 2, 0, 31))
        return KEEL_ISO_NONE;
    if (r.at == r.end)
        return KEEL_ISO_DATE;
    if (!accept(&r, 'T') && !accept(&r, ' ') && !accept(&r, 't'))
        return KEEL_ISO_NONE;
    if (!number(&r, 2, 0, 24) || !accept(&r, ':') || !number(&r, 2, 0, 59) || !seconds(&r))
        return KEEL_ISO_NONE;
    return zone(&r);
}

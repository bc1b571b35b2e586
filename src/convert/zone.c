#include "convert/zone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "convert/zone_rule.h"

#define ZONEINFO        "/usr/share/zoneinfo"
#define SECONDS_PER_DAY INT64_C(86400)
#define CYCLE           (INT64_C(146097) * SECONDS_PER_DAY) /* 400 years: also a whole number of weeks */

enum { LONGEST_NAME = 64, LARGEST_FILE = 1 << 20, HEADER_SIZE = 44 };

/* Span i reaches from at[i - 1] to at[i] and has offsets[i]; there is one span more than
 * transitions. */
struct keel_zone {
    const char *name;
    int64_t *at;
    int32_t *offsets;
    size_t count;
    bool cyclic;
    int64_t cycle_start; /* from here on everything repeats after CYCLE */
};

typedef struct block {
    size_t times, types, chars, leaps, standards, universals;
    size_t time_size;
    const unsigned char *bytes; /* behind the header */
} block;

static size_t block_size(const block *b)
{
    return b->times * (b->time_size + 1) + b->types * 6 + b->chars + b->leaps * (b->time_size + 4) +
           b->standards + b->universals;
}

/* A header and the block behind it; false if it does not fit into `size`. */
static bool read_block(const unsigned char *bytes, size_t size, size_t time_size, block *ret_block)
{
    block b = {.time_size = time_size};
    size_t *const counts[] = {&b.universals, &b.standards, &b.leaps, &b.times, &b.types, &b.chars};

    if (size < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(counts); i++) {
        *counts[i] = (uint32_t)keel_get_i32(bytes + 20 + 4 * i);
        if (*counts[i] > LARGEST_FILE)
            return false;
    }
    b.bytes = bytes + HEADER_SIZE;
    *ret_block = b;
    return b.types > 0 && block_size(&b) <= size - HEADER_SIZE;
}

static int32_t type_offset(const block *b, size_t type)
{
    return keel_get_i32(b->bytes + b->times * (b->time_size + 1) + type * 6);
}

static int64_t time_at(const block *b, size_t index)
{
    const unsigned char *at = b->bytes + index * b->time_size;

    return b->time_size == 8 ? keel_get_i64(at) : keel_get_i32(at);
}

/* Appends a transition, unless nothing changes there. */
static void add_transition(keel_zone *zone, int64_t at, int32_t offset)
{
    if (zone->offsets[zone->count] == offset)
        return;
    zone->at[zone->count++] = at;
    zone->offsets[zone->count] = offset;
}

static bool add_table(keel_zone *zone, const block *b)
{
    const unsigned char *types = b->bytes + b->times * b->time_size;

    zone->offsets[0] = type_offset(b, 0);
    for (size_t i = 0; i < b->times; i++) {
        if (types[i] >= b->types || (i > 0 && time_at(b, i) <= time_at(b, i - 1)))
            return false;
        add_transition(zone, time_at(b, i), type_offset(b, types[i]));
    }
    return true;
}

/* What the footer says of the time behind the table, for one cycle and a little more. */
static void add_rule(keel_zone *zone, const keel_zone_rule *rule, const block *b)
{
    int64_t last = b->times > 0 ? time_at(b, b->times - 1) : -CYCLE * 5;
    int64_t first_year = keel_zone_year_of(last);

    if (!rule->has_summer) {
        if (b->times == 0)
            zone->offsets[zone->count] = rule->standard_offset;
        return;
    }
    zone->cyclic = true;
    zone->cycle_start = last + 366 * SECONDS_PER_DAY;
    for (int64_t year = first_year; year <= first_year + KEEL_ZONE_RULE_YEARS; year++) {
        keel_zone_change changes[2];
        keel_zone_rule_changes(rule, year, changes);
        for (int i = 0; i < 2; i++) {
            if (changes[i].at > last)
                add_transition(zone, changes[i].at, changes[i].offset);
        }
    }
}

/* "\nRULE\n" behind the second block */
static bool read_footer(const unsigned char *bytes, size_t size, keel_zone_rule *ret_rule)
{
    char text[128];

    if (size < 2 || bytes[0] != '\n')
        return false;
    const unsigned char *end = memchr(bytes + 1, '\n', size - 1);
    if (end == NULL || (size_t)(end - bytes - 1) >= sizeof text)
        return false;
    memcpy(text, bytes + 1, (size_t)(end - bytes - 1));
    text[end - bytes - 1] = '\0';
    return keel_zone_rule_parse(text, ret_rule);
}

static keel_zone *new_zone(keel_arena *arena, const char *name, size_t times)
{
    keel_zone *zone = keel_arena_alloc(arena, sizeof *zone);

    zone->name = keel_arena_strdup(arena, name);
    zone->at = keel_arena_alloc(arena, (times + 1) * sizeof *zone->at);
    zone->offsets = keel_arena_alloc(arena, (times + 2) * sizeof *zone->offsets);
    return zone;
}

static keel_zone *
parse(keel_arena *arena, const char *name, const unsigned char *bytes, size_t size)
{
    block b;
    keel_zone_rule rule;
    bool has_rule = false;

    if (!read_block(bytes, size, 4, &b))
        return NULL;
    if (bytes[4] >= '2') {
        size_t first = HEADER_SIZE + block_size(&b);
        if (!read_block(bytes + first, size - first, 8, &b))
            return NULL;
        size_t behind = first + HEADER_SIZE + block_size(&b);
        has_rule = read_footer(bytes + behind, size - behind, &rule);
    }
    if (b.leaps > 0)
        return NULL;
    keel_zone *zone = new_zone(arena, name, b.times + (KEEL_ZONE_RULE_YEARS + 1) * 2);
    if (!add_table(zone, &b))
        return NULL;
    if (has_rule)
        add_rule(zone, &rule, &b);
    return zone;
}

bool keel_zone_parse(keel_arena *arena,
                     const char *name,
                     const void *bytes,
                     size_t size,
                     const keel_zone **ret_zone,
                     keel_error *err)
{
    const keel_zone *zone = parse(arena, name, bytes, size);

    if (zone == NULL)
        return keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" is not a time zone that pgkeel can read",
                         name);
    *ret_zone = zone;
    return true;
}

/* "+02:00" */
static bool fixed_offset(const char *name, int32_t *ret_offset)
{
    int hour, minute, size = 0;

    if (strlen(name) != 6 || (name[0] != '+' && name[0] != '-'))
        return false;
    if (sscanf(name + 1, "%2d:%2d%n", &hour, &minute, &size) != 2 || size != 5)
        return false;
    if (hour < 0 || hour > 15 || minute < 0 || minute > 59)
        return false;
    *ret_offset = (hour * 3600 + minute * 60) * (name[0] == '-' ? -1 : 1);
    return true;
}

static bool well_formed(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size <= LONGEST_NAME && name[0] != '/' && strstr(name, "..") == NULL &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
               size;
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

static bool
load_file(keel_arena *arena, const char *name, const keel_zone **ret_zone, keel_error *err)
{
    char path[sizeof ZONEINFO + LONGEST_NAME + 2];

    snprintf(path, sizeof path, "%s/%s", ZONEINFO, name);
    KEEL_CLEANUP(close_file) FILE *file = fopen(path, "rbe");
    if (file == NULL && errno == ENOENT) {
        keel_fail(err, KEEL_ERR_CONFIG, "no such time zone: \"%s\"", name);
        return keel_fail_hint(
            err,
            "Use a name like Europe/Berlin, UTC or +02:00; the package tzdata holds the names.");
    }
    if (file == NULL)
        return keel_fail(err, KEEL_ERR_IO, "cannot open time zone \"%s\": %s", name,
                         strerror(errno));
    unsigned char *bytes = keel_arena_alloc(arena, LARGEST_FILE);
    size_t size = fread(bytes, 1, LARGEST_FILE, file);
    return keel_zone_parse(arena, name, bytes, size, ret_zone, err);
}

bool keel_zone_load(keel_arena *arena,
                    const char *name,
                    const keel_zone **ret_zone,
                    keel_error *err)
{
    int32_t offset = 0;

    if (strcmp(name, "UTC") == 0 || fixed_offset(name, &offset)) {
        keel_zone *zone = new_zone(arena, name, 0);
        zone->offsets[0] = offset;
        *ret_zone = zone;
        return true;
    }
    if (!well_formed(name)) {
        keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" is not the name of a time zone", name);
        return keel_fail_hint(err, "Use a name like Europe/Berlin, UTC or +02:00.");
    }
    return load_file(arena, name, ret_zone, err);
}

const char *keel_zone_name(const keel_zone *zone)
{
    return zone != NULL ? zone->name : "UTC";
}

/* Moves a time of a cyclic zone into its first cycle; returns what was taken off. */
static int64_t cycles_in(const keel_zone *zone, int64_t time)
{
    if (!zone->cyclic || time < zone->cycle_start + CYCLE)
        return 0;
    return (time - zone->cycle_start) / CYCLE * CYCLE;
}

static size_t span_of(const keel_zone *zone, int64_t utc)
{
    size_t low = 0, high = zone->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= utc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t keel_zone_offset(const keel_zone *zone, int64_t utc)
{
    if (zone == NULL)
        return 0;
    return zone->offsets[span_of(zone, utc - cycles_in(zone, utc))];
}

keel_zone_local keel_zone_to_utc(const keel_zone *zone, int64_t local, int64_t *ret_utc)
{
    if (zone == NULL) {
        *ret_utc = local;
        return KEEL_ZONE_ONCE;
    }
    int64_t taken = cycles_in(zone, local), found = 0;
    int matches = 0;
    local -= taken;
    /* offsets stay below a day, so only the spans of these two days can have it */
    for (size_t span = span_of(zone, local - SECONDS_PER_DAY); span <= zone->count; span++) {
        int64_t utc = local - zone->offsets[span];
        if (span > 0 && zone->at[span - 1] > local + SECONDS_PER_DAY)
            break;
        if ((span == 0 || utc >= zone->at[span - 1]) &&
            (span == zone->count || utc < zone->at[span])) {
            found = utc;
            matches++;
        }
    }
    if (matches != 1)
        return matches == 0 ? KEEL_ZONE_NEVER : KEEL_ZONE_TWICE;
    *ret_utc = found + taken;
    return KEEL_ZONE_ONCE;
}

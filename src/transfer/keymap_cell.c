#include <string.h>
#include <xxhash.h>

#include "transfer/keymap_table.h"

static bool real_integer(double real, int64_t *ret_integer)
{
    if (!(real >= -0x1p63 && real < 0x1p63))
        return false;
    int64_t integer = (int64_t)real;
    double back = (double)integer;
    if (back < real || back > real)
        return false;
    *ret_integer = integer;
    return true;
}

/* "0", "-7", "123": as SQLite itself would print the integer. */
static bool text_integer(const unsigned char *text, size_t size, int64_t *ret_integer)
{
    bool negative = size > 0 && text[0] == '-';
    size_t first = negative ? 1 : 0;
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t value = 0;

    if (size == first || size > first + 19)
        return false;
    if (text[first] == '0' && (size > 1 || negative))
        return false;
    for (size_t at = first; at < size; at++) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[at] - '0');
    }
    if (value > limit)
        return false;
    *ret_integer = (int64_t)(negative ? 0 - value : value);
    return true;
}

bool keel_cell_integer(const keel_cell *cell, int64_t *ret_integer)
{
    switch (cell->class) {
    case KEEL_CELL_INTEGER:
        *ret_integer = cell->integer;
        return true;
    case KEEL_CELL_REAL:
        return real_integer(cell->real, ret_integer);
    case KEEL_CELL_TEXT:
        return text_integer(cell->bytes, cell->size, ret_integer);
    case KEEL_CELL_NULL:
    case KEEL_CELL_BLOB:
        return false;
    }
    return false;
}

/* The seed tells the storage class, so that text and blob of the same bytes stay apart. */
static XXH128_hash_t hash_cell(const keel_cell *cell)
{
    int64_t integer = cell->integer;

    if (cell->class == KEEL_CELL_TEXT || cell->class == KEEL_CELL_BLOB)
        return XXH3_128bits_withSeed(cell->bytes, cell->size, (uint64_t)cell->class);
    if (cell->class == KEEL_CELL_REAL && !real_integer(cell->real, &integer))
        return XXH3_128bits_withSeed(&cell->real, sizeof cell->real, KEEL_CELL_REAL);
    return XXH3_128bits_withSeed(&integer, sizeof integer, KEEL_CELL_INTEGER);
}

void keel_hash_cells(const keel_cell *const *cells, size_t count, uint64_t ret_hash[2])
{
    XXH128_hash_t all = hash_cell(cells[0]);

    for (size_t i = 1; i < count; i++) {
        XXH128_hash_t one = hash_cell(cells[i]);
        const uint64_t both[4] = {all.low64, all.high64, one.low64, one.high64};
        all = XXH3_128bits(both, sizeof both);
    }
    ret_hash[0] = all.low64;
    ret_hash[1] = all.high64;
}

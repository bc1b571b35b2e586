/* One number for a whole schema: two databases with the same one have the same tables, columns, constraints, indexes,
 * triggers, sequences, views, functions, types and privileges. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <inttypes.h>
#include <stdio.h>

#include "verify/baseline_inside.h"

typedef struct print {
    XXH3_state_t state;
} print;

/* Each text with its end, NULL as something that no text is. */
static void add(print *p, const char *text)
{
    if (text != NULL)
        XXH3_64bits_update(&p->state, text, strlen(text) + 1);
    else
        XXH3_64bits_update(&p->state, "\xff", 1);
}

static void add_parts(print *p, const keel_baseline_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        add(p, parts->items[i].kind);
        add(p, parts->items[i].name);
        add(p, parts->items[i].definition);
        add(p, parts->items[i].sound ? "sound" : NULL);
    }
    add(p, NULL);
}

static void add_table(print *p, const keel_baseline_table *table)
{
    add(p, table->schema);
    add(p, table->name);
    add(p, table->root);
    add(p, (char[]){table->kind, table->persistence, table->row_security ? 'y' : 'n', '\0'});
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_baseline_column *column = &table->columns.items[i];
        add(p, column->name);
        add(p, column->type);
        add(p, column->default_sql);
        add(p, column->collation);
        add(p, column->made);
        add(p, column->not_null ? "not null" : NULL);
    }
    add_parts(p, &table->constraints);
    add_parts(p, &table->indexes);
    add_parts(p, &table->triggers);
}

const char *keel_baseline_fingerprint(keel_arena *arena, const keel_baseline *baseline)
{
    print p;

    XXH3_64bits_reset(&p.state);
    for (size_t i = 0; i < baseline->tables.count; i++) {
        if (!baseline->tables.items[i].triggers.known)
            return NULL;
        add_table(&p, &baseline->tables.items[i]);
    }
    for (size_t i = 0; i < baseline->sequences.count; i++) {
        add(&p, baseline->sequences.items[i].name);
        add(&p, baseline->sequences.items[i].definition);
        add(&p, baseline->sequences.items[i].owner);
    }
    add_parts(&p, &baseline->objects);
    return keel_arena_printf(arena, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(&p.state));
}

static void add_value(print *p, const keel_json_value *value, bool root)
{
    add(p, value->key);
    add(p, (char[]){(char)('0' + (int)value->kind), '\0'});
    add(p, value->text);
    for (size_t i = 0; i < value->count; i++)
        if (!root || strcmp(value->items[i].key, "checksum") != 0)
            add_value(p, &value->items[i], false);
    add(p, NULL);
}

/* Of what is said, not of how it is laid out. */
void keel_baseline_checksum(const keel_json_value *root, char ret_hex[KEEL_BASELINE_CHECKSUM_SIZE])
{
    print p;

    XXH3_64bits_reset(&p.state);
    add_value(&p, root, true);
    snprintf(ret_hex, KEEL_BASELINE_CHECKSUM_SIZE, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(&p.state));
}

/* How rows are hashed: aggregates for the pass over a table. */
#include <string.h>

#include "verify/baseline_inside.h"

/* By its declared name, which is all that the file has: an integer is its own seed. */
bool keel_baseline_is_integer(const char *type)
{
    return strcmp(type, "integer") == 0 || strcmp(type, "bigint") == 0 || strcmp(type, "smallint") == 0;
}

static void add_column(keel_str *sql, const char *column, const char *cast)
{
    keel_str_add(sql, "t.");
    keel_pg_add_identifier(sql, column);
    keel_str_addf(sql, "::pg_catalog.%s", cast);
}

static void add_hash(keel_str *sql, const char *column, const char *seed)
{
    keel_str_add(sql, "pg_catalog.hashtextextended(");
    add_column(sql, column, "text");
    keel_str_addf(sql, " COLLATE pg_catalog.\"C\", %s)", seed);
}

static bool key_is_integer(const keel_baseline_table *table, const char *column)
{
    const keel_baseline_column *found = keel_baseline_column_of(table, column);

    return found != NULL && keel_baseline_is_integer(found->type);
}

/* Each column of the key is hashed with the hash of those before it; one integer alone is taken as it is. */
static const char *seed_of(keel_arena *arena, const keel_baseline_table *like)
{
    const char *seed = "0";

    for (size_t i = 0; i < like->key.count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        const char *column = like->key.items[i];
        bool integer = key_is_integer(like, column);
        if (integer && i == 0) {
            add_column(&sql, column, "int8");
        } else if (integer) {
            keel_str_add(&sql, "pg_catalog.hashint8extended(");
            add_column(&sql, column, "int8");
            keel_str_addf(&sql, ", %s)", seed);
        } else {
            add_hash(&sql, column, seed);
        }
        seed = keel_arena_strdup(arena, sql.data);
    }
    return seed;
}

const char *keel_baseline_limit(keel_arena *arena, const keel_baseline_slot *slot)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (slot->before == NULL || slot->unlike != NULL || !slot->before->has_greatest)
        return "";
    keel_str_add(&sql, " FILTER (WHERE ");
    add_column(&sql, slot->before->key.items[0], "int8");
    keel_str_addf(&sql, " <= %lld)", (long long)slot->before->greatest);
    return keel_arena_strdup(arena, sql.data);
}

const char *keel_baseline_column_sum(keel_arena *arena, const keel_baseline_slot *slot, const char *column)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "pg_catalog.sum(");
    add_hash(&sql, column, seed_of(arena, slot->key));
    keel_str_addf(&sql, ")%s", keel_baseline_limit(arena, slot));
    return keel_arena_strdup(arena, sql.data);
}

const char *keel_baseline_row_hash(keel_arena *arena, const keel_baseline_slot *slot)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "pg_catalog.hashtextextended(ROW(");
    for (size_t i = 0; i < slot->column_count; i++) {
        keel_str_add(&sql, i > 0 ? ", " : "");
        add_column(&sql, slot->columns[i], "text");
    }
    keel_str_add(&sql, ")::pg_catalog.text COLLATE pg_catalog.\"C\", 0)");
    return keel_arena_strdup(arena, sql.data);
}

const char *keel_baseline_rows_sum(keel_arena *arena, const keel_baseline_slot *slot)
{
    return keel_arena_printf(arena, "pg_catalog.sum(%s)", keel_baseline_row_hash(arena, slot));
}

uint64_t keel_baseline_wrap(const char *decimal)
{
    const char *digit = decimal != NULL ? decimal : "";
    uint64_t value = 0;
    bool negative = *digit == '-';

    for (digit += negative; *digit >= '0' && *digit <= '9'; digit++)
        value = value * 10 + (uint64_t)(*digit - '0');
    return negative ? 0 - value : value;
}

/* Lengths that cover every branch of the hash function, and the text forms of the types whose text is not obvious. */
static const char probe_sql[] =
    "SELECT pg_catalog.sum(h)::pg_catalog.text FROM ("
    " SELECT pg_catalog.hashtextextended(pg_catalog.repeat('abcdefg', i) COLLATE pg_catalog.\"C\", i * 1234567891::pg_catalog.int8)"
    "      + pg_catalog.hashint8extended(i * 987654321987::pg_catalog.int8, i)::pg_catalog.numeric AS h"
    "   FROM pg_catalog.generate_series(0, 40) i"
    " UNION ALL SELECT pg_catalog.hashtextextended(v COLLATE pg_catalog.\"C\", 0) FROM (VALUES"
    "   (0.1::pg_catalog.float8::pg_catalog.text), (1e-7::pg_catalog.float4::pg_catalog.text),"
    "   ('NaN'::pg_catalog.float8::pg_catalog.text), (1.10::pg_catalog.numeric::pg_catalog.text),"
    "   ('2026-02-03 04:05:06.789+00'::pg_catalog.timestamptz::pg_catalog.text),"
    "   ('2026-02-03'::pg_catalog.date::pg_catalog.text), ('1 mon 2 days 03:04:05'::pg_catalog.interval::pg_catalog.text),"
    "   ('\\x00ff'::pg_catalog.bytea::pg_catalog.text), (true::pg_catalog.text),"
    "   ('{\"b\": 1.0, \"a\": [null]}'::pg_catalog.jsonb::pg_catalog.text),"
    "   (ARRAY['a b', NULL, 'c']::pg_catalog.text[]::pg_catalog.text), (ROW('x', NULL, 'y z')::pg_catalog.text)) f (v)) p";

bool keel_baseline_probe(keel_pg *pg, uint64_t *ret_probe, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sum = {0};

    if (!keel_pg_query_value(pg, &sum, NULL, err, probe_sql, 0, NULL))
        return keel_fail_context(err, "probe the hash functions");
    *ret_probe = keel_baseline_wrap(sum.data);
    return true;
}

const char *keel_baseline_incomparable(const keel_baseline *before, const keel_baseline *now)
{
    if (!before->probed)
        return "the baseline was saved without them";
    if (!now->probed)
        return "the server's hash functions were not looked at";
    if (strcmp(before->encoding, now->encoding) != 0)
        return "the two databases have different encodings";
    if (before->probe != now->probe)
        return "the two servers hash differently";
    return NULL;
}

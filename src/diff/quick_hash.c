/* SQL of a row's hash: each column's hash is the seed of the next one's, so that values cannot change places unseen.
 * Hash functions are strict, so a NULL becomes a value that nobody else has: random, another one in each run, or one
 * that the type cannot hold. Types without a hash function of their own go by their text.
 *
 * The functions are those of PostgreSQL's hash indexes, which have their blind spots: a numeric's hash knows neither its
 * sign nor NaN from infinity, alone or in jsonb, and jsonb's not {} from [] (docs/guide/diff.md). A bigint is folded
 * to 32 bits, so it goes into the seed as well; nothing does that for a timestamp at the same price. */
#include "diff/inside.h"

typedef enum stand_in { BY_ARRAY, INTEGER, REAL, DECIMAL, WORDS, DOCUMENT, MOMENT, UUID } stand_in;

typedef struct hash_function {
    const char *name;   /* of (type, int8); NULL: by text */
    const char *suffix; /* behind the value */
    stand_in null;
} hash_function;

static const hash_function by_text = {"hashtextextended", "::pg_catalog.text COLLATE \"C\"", WORDS};

/* hash_array asks the catalogue for the hash function of its elements, and takes NULL among them. */
static const hash_function functions[KEEL_PG_OTHER] = {
    [KEEL_PG_BOOL] = {"hashint8extended", "::pg_catalog.int4::pg_catalog.int8", INTEGER},
    [KEEL_PG_INT2] = {"hashint8extended", "::pg_catalog.int8", INTEGER},
    [KEEL_PG_INT4] = {"hashint8extended", "::pg_catalog.int8", INTEGER},
    [KEEL_PG_INT8] = {"hashint8extended", "", INTEGER},
    [KEEL_PG_FLOAT4] = {"hashfloat8extended", "::pg_catalog.float8", REAL},
    [KEEL_PG_FLOAT8] = {"hashfloat8extended", "", REAL},
    [KEEL_PG_NUMERIC] = {"hash_numeric_extended", "", DECIMAL},
    [KEEL_PG_BYTEA] = {"hash_array_extended", "", BY_ARRAY},
    [KEEL_PG_DATE] = {"hash_array_extended", "", BY_ARRAY},
    [KEEL_PG_TIME] = {"hash_array_extended", "", BY_ARRAY},
    [KEEL_PG_TIMESTAMP] = {"timestamp_hash_extended", "", MOMENT},
    [KEEL_PG_TIMESTAMPTZ] = {"timestamp_hash_extended", "::pg_catalog.timestamp", MOMENT},
    [KEEL_PG_UUID] = {"uuid_hash_extended", "", UUID},
    [KEEL_PG_JSONB] = {"jsonb_hash_extended", "", DOCUMENT},
    [KEEL_PG_INET] = {"hash_array_extended", "", BY_ARRAY},
    [KEEL_PG_CIDR] = {"hash_array_extended", "::pg_catalog.inet", BY_ARRAY},
};

static const hash_function *function_of(const keel_diff_column *column)
{
    static const hash_function of_int4 = {"hashint4extended", "", INTEGER};
    keel_pg_kind kind = column->type->kind;

    if (kind == KEEL_PG_INT4 && !column->nullable)
        return &of_int4;
    return kind < KEEL_PG_OTHER && functions[kind].name != NULL ? &functions[kind] : &by_text;
}

static uint64_t random_of(const keel_diff_run *d, size_t column)
{
    uint64_t z = d->seed + (column + 1) * UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void add_stand_in(keel_str *sql, stand_in kind, uint64_t random)
{
    unsigned long long r = random;

    switch (kind) {
    case INTEGER: /* beyond what four bytes hold */
        keel_str_addf(sql, "%lld", (long long)(r >> 1 | 1ULL << 62));
        return;
    case REAL:
        keel_str_addf(sql, "%llue-150", r);
        return;
    case DECIMAL:
        keel_str_addf(sql, "%llue-30", r);
        return;
    case WORDS:
        keel_str_addf(sql, "'null %016llx'", r);
        return;
    case DOCUMENT:
        keel_str_addf(sql, "'\"null %016llx\"'", r);
        return;
    case MOMENT:
        keel_str_addf(sql, "'%llu-01-01 00:00:%02llu.%06llu'", 100000 + r % 100000, r >> 32 & 31, r >> 40 & 0x7ffff);
        return;
    case UUID:
        keel_str_addf(sql, "'%016llx%016llx'", r, ~r);
        return;
    case BY_ARRAY:
        return;
    }
}

static void add_value(keel_str *sql, const keel_diff_column *column, keel_side side, const hash_function *function,
                      uint64_t random)
{
    bool by_array = function->null == BY_ARRAY;
    bool stands_in = column->nullable && !by_array;

    keel_str_add(sql, by_array ? "ARRAY[" : stands_in ? "COALESCE((" : "(");
    keel_diff_add_column(sql, column, side);
    keel_str_add(sql, by_array ? "" : ")");
    keel_str_addf(sql, "%s", function->suffix);
    if (stands_in) {
        keel_str_add(sql, ", ");
        add_stand_in(sql, function->null, random);
    }
    keel_str_add(sql, by_array ? "]" : stands_in ? ")" : "");
}

static void add_seed(const keel_diff_run *d, keel_str *sql, const keel_diff_pair *pair, keel_side side, bool by_key)
{
    if (by_key)
        keel_str_addf(sql, "(%s)::pg_catalog.int8", pair->columns.items[0].sql[side]);
    else
        keel_str_addf(sql, "'%lld'::pg_catalog.int8", (long long)random_of(d, pair->columns.count));
}

void keel_diff_add_hash(const keel_diff_run *d, keel_str *sql, const keel_diff_pair *pair, keel_side side, size_t count)
{
    /* An integer that is never NULL is as good a seed as its hash, and others come behind it. */
    bool by_key = pair->keying == KEEL_BY_RANGE && count > 1;
    size_t first = by_key ? 1 : 0;

    for (size_t i = count; i-- > first;) {
        const keel_diff_column *column = &pair->columns.items[i];
        const hash_function *function = function_of(column);
        keel_str_addf(sql, "pg_catalog.%s(", function->name);
        add_value(sql, column, side, function, random_of(d, i));
        keel_str_add(sql, ", ");
        if (column->type->kind == KEEL_PG_INT8) {
            add_value(sql, column, side, function, random_of(d, i));
            keel_str_add(sql, " # ");
        }
    }
    add_seed(d, sql, pair, side, by_key);
    for (size_t i = first; i < count; i++)
        keel_str_addc(sql, ')');
}

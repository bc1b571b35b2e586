/* Types of the catalogue: domains resolved to what travels, arrays to their element, enums to their labels, type
 * modifiers to lengths. */
#include "pg/catalog_internal.h"

/* $1: one type, or NULL for those of all columns; with their base types and elements. */
static const char types_sql[] =
    "WITH RECURSIVE used(oid) AS ("
    "  SELECT r.oid FROM (SELECT $1::pg_catalog.oid AS oid UNION"
    "                     SELECT a.atttypid FROM pg_catalog.pg_attribute a"
    "                       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    "                       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "                      WHERE $1 IS NULL AND a.attnum > 0 AND NOT a.attisdropped AND " KEEL_CATALOG_TABLES ") r"
    "   UNION"
    "  SELECT part.oid FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid"
    "   CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) part(oid) WHERE part.oid <> 0)"
    "SELECT t.oid, t.typtype, t.typbasetype, t.typtypmod,"
    "       CASE WHEN e.typarray = t.oid THEN t.typelem ELSE 0 END, t.typnotnull,"
    "       format_type(t.typbasetype, t.typtypmod), t.typname = 'citext'"
    "  FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid"
    "  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem"
    " ORDER BY t.oid";

static const char labels_sql[] =
    "SELECT e.enumtypid, e.enumlabel FROM pg_catalog.pg_enum e ORDER BY e.enumtypid, e.enumsortorder";

/* The oids of built-in types never change. */
static const struct {
    uint32_t oid;
    keel_pg_kind kind;
} built_in_kinds[] = {
    {16, KEEL_PG_BOOL},      {21, KEEL_PG_INT2},        {23, KEEL_PG_INT4},          {20, KEEL_PG_INT8},
    {700, KEEL_PG_FLOAT4},   {701, KEEL_PG_FLOAT8},     {1700, KEEL_PG_NUMERIC},     {25, KEEL_PG_TEXT},
    {1043, KEEL_PG_VARCHAR}, {1042, KEEL_PG_CHAR},      {17, KEEL_PG_BYTEA},         {1082, KEEL_PG_DATE},
    {1083, KEEL_PG_TIME},    {1114, KEEL_PG_TIMESTAMP}, {1184, KEEL_PG_TIMESTAMPTZ}, {2950, KEEL_PG_UUID},
    {114, KEEL_PG_JSON},     {3802, KEEL_PG_JSONB},     {869, KEEL_PG_INET},         {650, KEEL_PG_CIDR},
};

static keel_type_row *find_row(const keel_type_rows *types, uint32_t oid)
{
    size_t low = 0;
    size_t high = types->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (types->items[middle].oid == oid)
            return &types->items[middle];
        if (oid < types->items[middle].oid)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static keel_type_row make_row(const keel_catalog_reader *reader, const keel_pg_result *rows, int row)
{
    return (keel_type_row){
        .oid = keel_catalog_oid_at(rows, row, 0),
        .type = keel_catalog_char_at(rows, row, 1),
        .base = keel_catalog_oid_at(rows, row, 2),
        .base_typmod = (int)keel_pg_int(rows, row, 3),
        .element = keel_catalog_oid_at(rows, row, 4),
        .not_null = keel_pg_bool(rows, row, 5),
        .base_name = keel_catalog_text_at(reader, rows, row, 6),
        .text_like = keel_pg_bool(rows, row, 7),
    };
}

static bool read_labels(keel_catalog_reader *reader, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(reader->pg, &rows, err, labels_sql, 0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_type_row *type = find_row(&reader->types, keel_catalog_oid_at(rows, row, 0));
        if (type != NULL)
            keel_arena_push(reader->arena, &type->labels, keel_catalog_text_at(reader, rows, row, 1));
    }
    return true;
}

bool keel_catalog_read_types(keel_catalog_reader *reader, const char *oid, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(reader->pg, &rows, err, types_sql, 1, &oid))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        keel_arena_push(reader->arena, &reader->types, make_row(reader, rows, row));
    return read_labels(reader, err);
}

static keel_pg_kind kind_of(const keel_type_row *row)
{
    if (row->element != 0)
        return KEEL_PG_ARRAY;
    if (row->type == 'e')
        return KEEL_PG_ENUM;
    for (size_t at = 0; at < KEEL_COUNT_OF(built_in_kinds); at++)
        if (built_in_kinds[at].oid == row->oid)
            return built_in_kinds[at].kind;
    return row->text_like ? KEEL_PG_TEXT : KEEL_PG_OTHER;
}

/* What a type modifier means, as the server's own typmodin functions pack it. */
static void apply_typmod(keel_pg_type *type, int typmod)
{
    enum { VARLENA_HEADER = 4, SCALE_BITS = 0x7ff, SCALE_SIGN = 0x400 };
    int packed = typmod - VARLENA_HEADER;

    if (type->kind == KEEL_PG_TIME || type->kind == KEEL_PG_TIMESTAMP || type->kind == KEEL_PG_TIMESTAMPTZ)
        type->fraction_digits = typmod >= 0 ? typmod : 6;
    if (packed < 0)
        return;
    if (type->kind == KEEL_PG_VARCHAR || type->kind == KEEL_PG_CHAR)
        type->length = packed;
    if (type->kind != KEEL_PG_NUMERIC)
        return;
    type->precision = packed >> 16;
    type->scale = ((packed & SCALE_BITS) ^ SCALE_SIGN) - SCALE_SIGN; /* below 15 never above 1000 */
}

/* "numeric(20,2)[]" without its brackets. */
static const char *element_name(const keel_catalog_reader *reader, const char *array_name)
{
    size_t size = strlen(array_name);

    return keel_arena_strndup(reader->arena, array_name, size > 2 ? size - 2 : size);
}

const keel_pg_type *keel_catalog_type(const keel_catalog_reader *reader, uint32_t oid, int typmod, const char *name)
{
    keel_pg_type *type = keel_arena_alloc(reader->arena, sizeof *type);
    const keel_type_row *row = find_row(&reader->types, oid);
    const char *base_name = name;

    *type = (keel_pg_type){.oid = oid, .base_oid = oid, .name = name, .kind = KEEL_PG_OTHER};
    while (row != NULL && row->type == 'd') {
        type->domain = true;
        type->domain_not_null |= row->not_null;
        typmod = row->base_typmod;
        base_name = row->base_name;
        row = find_row(&reader->types, row->base);
    }
    if (row == NULL)
        return type; /* made by somebody after our snapshot */
    type->base_oid = row->oid;
    type->kind = kind_of(row);
    type->labels = row->labels.items;
    type->label_count = row->labels.count;
    apply_typmod(type, typmod);
    if (type->kind == KEEL_PG_ARRAY)
        type->element = keel_catalog_type(reader, row->element, typmod, element_name(reader, base_name));
    return type;
}

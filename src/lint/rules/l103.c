#include "base/str.h"
#include "lint/rule.h"

enum { WORTH_IT = 8 };

typedef struct width {
    const char *type;
    size_t size, alignment;
} width;

/* NULL: of varying length, or not known. */
static const width *width_of(const char *type)
{
    static const width widths[] = {
        {"bool", 1, 1},     {"int2", 2, 2},        {"int4", 4, 4},     {"int8", 8, 8},       {"serial", 4, 4},
        {"bigserial", 8, 8}, {"smallserial", 2, 2}, {"float4", 4, 4},   {"float8", 8, 8},     {"date", 4, 4},
        {"time", 8, 8},     {"timestamp", 8, 8},   {"timestamptz", 8, 8}, {"interval", 16, 8}, {"uuid", 16, 1},
        {"money", 8, 8},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(widths); i++)
        if (keel_streq(type, widths[i].type))
            return &widths[i];
    return NULL;
}

static size_t aligned(size_t at, size_t alignment)
{
    return (at + alignment - 1) / alignment * alignment;
}

/* Bytes between the columns of fixed length at the front. Sorted by alignment, the widest first, there would be none. */
static size_t padding_of(const keel_lint_statement *s)
{
    const keel_sql_node *column, *bounds = NULL;
    size_t at = 0, offset = 0, padding = 0;

    while ((column = keel_lint_new_column(s, &at)) != NULL) {
        const keel_sql_node *type = keel_sql_get(column, "typeName");
        const width *w = width_of(keel_sql_name_of(type, "names"));
        if (w == NULL || keel_sql_list(type, "arrayBounds", &bounds) > 0)
            return padding;
        padding += aligned(offset, w->alignment) - offset;
        offset = aligned(offset, w->alignment) + w->size;
    }
    return padding;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    size_t padding = padding_of(s);

    if (padding >= WORTH_IT)
        keel_lint_found(lint, s, NULL, KEEL_INFO, keel_lint_relation(lint, s->node, "relation"),
                        "Eight-byte columns first, then those of four, two and one, then text.",
                        "%zu bytes of every row are padding between its columns", padding);
}

static const char *const kinds[] = {"CreateStmt", NULL};

const keel_lint_rule keel_lint_l103 = {
    .id = "L103",
    .name = "column-order",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "",
    .help = "Columns stand in a row in the order of the definition, each at a multiple of its alignment. The widest first, no "
            "bytes are lost between them. Counted are the columns of fixed length in front of the first that varies.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (paid bool, id bigint PRIMARY KEY, sent bool, at timestamptz);",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, at timestamptz, paid bool, sent bool);",
    .kinds = kinds,
    .judge = judge,
};

#include "migrate/estimate.h"

#include "base/map.h"
#include "base/str.h"

/* Throughput of one backend on ordinary hardware, in bytes per second of heap; taken low on purpose. Measured orders of
 * magnitude: a sequential scan runs at several hundred MB/s, an index build or a rewrite at some tens. */
enum { SCAN = 200 * 1000 * 1000, BUILD = 40 * 1000 * 1000, REWRITE = 30 * 1000 * 1000, ROWS_CHANGED = 50 * 1000 };

typedef struct size_of {
    double bytes, rows;
} size_of;

static bool ask(keel_pg *pg, const char *name, size_of *ret_size, keel_error *err)
{
    static const char sql[] =
        "SELECT coalesce(sum(pg_catalog.pg_relation_size(p.relid)), 0), coalesce(sum(greatest(c.reltuples, 0)), 0)"
        " FROM pg_catalog.pg_class r, LATERAL (SELECT r.oid AS relid WHERE r.relkind IN ('r', 'm')"
        "  UNION ALL SELECT t.relid FROM pg_catalog.pg_partition_tree(r.oid) t WHERE r.relkind = 'p' AND t.isleaf"
        "  UNION ALL SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = r.oid) p"
        " JOIN pg_catalog.pg_class c ON c.oid = p.relid WHERE r.oid = pg_catalog.to_regclass($1)";
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    const char *params[] = {name};

    if (!keel_pg_query(pg, &r, err, sql, 1, params))
        return false;
    *ret_size = (size_of){strtod(keel_pg_text(r, 0, 0), NULL), strtod(keel_pg_text(r, 0, 1), NULL)};
    return true;
}

/* A step may name a table a hundred thousand times: it is asked for once. */
typedef struct sizes {
    keel_pg *pg;
    keel_arena *arena;
    keel_map *known;
} sizes;

static bool find_size(const sizes *s, const keel_sql_relation *relation, size_of *ret_size, bool *ret_first, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    if (relation->schema != NULL)
        keel_pg_add_qualified(&name, relation->schema, relation->name);
    else
        keel_pg_add_identifier(&name, relation->name);
    size_of *known = keel_map_get(s->known, keel_str_text(&name));
    *ret_first = known == NULL;
    if (known == NULL) {
        known = keel_arena_alloc(s->arena, sizeof *known);
        if (!ask(s->pg, keel_str_text(&name), known, err))
            return false;
        keel_map_put(s->known, keel_str_text(&name), known);
    }
    *ret_size = *known;
    return true;
}

/* What an ALTER TABLE subcommand reads or writes of its table; the worst case, as text alone tells. */
static double alter_seconds(const keel_step_statement *s, size_of size)
{
    static const char *const scans[] = {"AT_AddConstraint", "AT_SetNotNull", "AT_ValidateConstraint", "AT_AttachPartition"};
    const keel_sql_node *commands = NULL;
    size_t count = keel_sql_list(s->node, "cmds", &commands);
    double seconds = 0;

    for (size_t i = 0; i < count; i++) {
        const char *subtype = keel_sql_text_of(&commands[i], "subtype");
        const keel_sql_node *def = keel_sql_get(&commands[i], "def");
        const char *kind = keel_sql_text_of(def, "contype");
        bool by_index = keel_streq(kind, "CONSTR_UNIQUE") || keel_streq(kind, "CONSTR_PRIMARY");
        if (keel_streq(subtype, "AT_AlterColumnType") || keel_streq(subtype, "AT_SetLogged") ||
            keel_streq(subtype, "AT_SetUnLogged") || keel_streq(subtype, "AT_SetTableSpace"))
            seconds += size.bytes / REWRITE;
        if (by_index && *keel_sql_text_of(def, "indexname") == '\0')
            seconds += size.bytes / BUILD;
        for (size_t k = 0; k < KEEL_COUNT_OF(scans) && !by_index; k++)
            if (keel_streq(subtype, scans[k]) && !keel_sql_true(def, "skip_validation"))
                seconds += size.bytes / SCAN;
    }
    return seconds;
}

static double seconds_of(const keel_step_statement *s, size_of size)
{
    static const struct {
        const char *command;
        double passes, rate;
    } rates[] = {
        {"CREATE INDEX", 1, BUILD},   {"CREATE INDEX CONCURRENTLY", 2, BUILD}, {"REINDEX", 1, BUILD},
        {"REINDEX CONCURRENTLY", 2, BUILD}, {"VACUUM", 1, SCAN},                {"ANALYZE", 0.1, SCAN},
        {"CLUSTER", 1, REWRITE},      {"REFRESH MATERIALIZED VIEW", 1, REWRITE},
    };

    if (keel_streq(s->class.command, "ALTER TABLE"))
        return alter_seconds(s, size);
    if (keel_streq(s->class.command, "UPDATE") || keel_streq(s->class.command, "DELETE"))
        return size.rows / ROWS_CHANGED;
    for (size_t i = 0; i < KEEL_COUNT_OF(rates); i++)
        if (keel_streq(s->class.command, rates[i].command))
            return rates[i].passes * size.bytes / rates[i].rate;
    return 0;
}

bool keel_estimate_step(keel_pg *pg, keel_arena *arena, const keel_step *step, keel_estimate *ret_estimate,
                        keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *known = keel_map_create();
    const sizes all = {pg, arena, known};
    keel_estimate estimate = {.basis = ""};

    for (size_t i = 0; i < step->statements.count; i++) {
        const keel_step_statement *s = &step->statements.items[i];
        for (size_t k = 0; k < s->class.relations.count; k++) {
            const keel_sql_relation *relation = &s->class.relations.items[k];
            size_of size = {0};
            bool first = false;
            if (!find_size(&all, relation, &size, &first, err))
                return false;
            if (size.bytes <= 0)
                continue;
            estimate.known = true;
            estimate.seconds += k == 0 ? seconds_of(s, size) : 0;
            if (!first)
                continue;
            estimate.basis = keel_arena_printf(arena, "%s%s%s: %.1f MB, %.0f rows", estimate.basis,
                                               *estimate.basis != '\0' ? "; " : "", relation->name, size.bytes / 1e6,
                                               size.rows);
        }
    }
    *ret_estimate = estimate;
    return true;
}

/* What a live target asks of a transfer: rights, row security, triggers, rows that are there already. */
#include "transfer/plan.h"

static const char facts_sql[] =
    "SELECT pg_catalog.has_table_privilege($1::oid, 'INSERT'), pg_catalog.has_table_privilege($1::oid, 'SELECT'),"
    " pg_catalog.row_security_active($1::oid)";

static bool has_rows(keel_pg *pg, const char *relation, bool *ret_has_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT EXISTS (SELECT 1 FROM %s)", relation);
    if (!keel_pg_query(pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_has_rows = keel_pg_bool(result, 0, 0);
    return true;
}

static void report_triggers(const keel_plan_table *table, keel_report *report)
{
    for (size_t i = 0; i < table->target->triggers.count; i++) {
        const keel_pg_trigger *trigger = &table->target->triggers.items[i];
        if (!trigger->enabled || !trigger->on_insert)
            continue;
        bool fires = table->fire_triggers || trigger->always;
        keel_report_addf(report, fires ? KEEL_INFO : KEEL_WARNING, "target.trigger", table->source->name, NULL,
                         fires ? "Use --triggers skip to silence it." : NULL, "trigger \"%s\" (%s) on \"%s\" %s",
                         trigger->name, trigger->function, table->name,
                         fires ? "fires for every row" : "is silenced by --triggers skip");
    }
}

static void report_rights(const keel_plan_table *table, const keel_pg_result *facts, keel_report *report)
{
    KEEL_CLEANUP(keel_str_free) keel_str relation = {0};
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    keel_pg_add_qualified(&relation, table->schema, table->name);
    if (!keel_pg_bool(facts, 0, 0) || !keel_pg_bool(facts, 0, 1)) {
        keel_str_addf(&remedy, "Let the owner run: GRANT SELECT, INSERT, DELETE ON %s TO the role;", relation.data);
        keel_report_addf(report, KEEL_CRITICAL, "target.no_right", table->source->name, NULL, remedy.data,
                         "this role may not write and read %s", relation.data);
    }
    if (keel_pg_bool(facts, 0, 2))
        keel_report_addf(report, KEEL_CRITICAL, "target.row_security", table->source->name, NULL,
                         "Use the table's owner (without FORCE ROW LEVEL SECURITY) or a role with BYPASSRLS.",
                         "row security applies to this role on %s, and COPY is refused under it", relation.data);
}

void keel_plan_check_target(keel_plan *plan, keel_pg *pg, keel_plan_table *table, keel_report *report)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *facts = NULL;
    char oid[16];
    const char *params[] = {oid};
    keel_error err = {0};

    snprintf(oid, sizeof oid, "%u", table->target->oid);
    if (!keel_pg_query(pg, &facts, &err, facts_sql, 1, params) ||
        (keel_pg_bool(facts, 0, 1) && !has_rows(pg, keel_plan_relation(plan, table), &table->target_had_rows, &err)))
        keel_report_addf(report, KEEL_CRITICAL, "target.unreadable", table->source->name, NULL, err.hint, "%s", err.message);
    else
        report_rights(table, facts, report);
    if (table->journalled != NULL)
        table->target_had_rows = table->journalled->had_rows;
    report_triggers(table, report);
    if (table->target->persistence == 'u')
        keel_report_addf(report, KEEL_WARNING, "target.unlogged", table->source->name, NULL,
                         "ALTER TABLE ... SET LOGGED before the transfer if the rows must survive a crash.",
                         "table \"%s\" is UNLOGGED: a server crash empties it", table->name);
}

/* What the finished plan should make its reader aware of. */
#include <strings.h>
#include <sys/statvfs.h>

#include "transfer/plan.h"

/* Which storage classes a column's type lets one expect. */
bool keel_plan_expects(const keel_plan_column *column, const char *class)
{
    bool integer = strcmp(class, "integer") == 0, real = strcmp(class, "real") == 0;

    if (strcmp(class, "null") == 0)
        return true;
    switch (column->type->kind) {
    case KEEL_PG_BOOL:
    case KEEL_PG_INT2:
    case KEEL_PG_INT4:
    case KEEL_PG_INT8:
        return integer;
    case KEEL_PG_FLOAT4:
    case KEEL_PG_FLOAT8:
    case KEEL_PG_NUMERIC:
        return integer || real;
    case KEEL_PG_BYTEA:
        return strcmp(class, "blob") == 0;
    case KEEL_PG_TEXT:
    case KEEL_PG_VARCHAR:
    case KEEL_PG_CHAR:
    case KEEL_PG_DATE:
    case KEEL_PG_TIME:
    case KEEL_PG_TIMESTAMP:
    case KEEL_PG_TIMESTAMPTZ:
    case KEEL_PG_UUID:
    case KEEL_PG_JSON:
    case KEEL_PG_JSONB:
    case KEEL_PG_INET:
    case KEEL_PG_CIDR:
    case KEEL_PG_ENUM:
    case KEEL_PG_ARRAY:
        return strcmp(class, "text") == 0;
    case KEEL_PG_OTHER:
        break;
    }
    return true;
}

static bool judge_source(keel_plan *plan, keel_sqlite *db, keel_report *report, keel_error *err)
{
    keel_sqlite_facts facts;

    if (!keel_sqlite_read_facts(db, &facts, err))
        return false;
    if (!facts.wal_mode)
        keel_report_addf(report, KEEL_INFO, "source.rollback_journal", plan->options.source_path, NULL,
                         "Say --copy PATH to transfer a consistent copy while the application goes on writing.",
                         "the file is not in WAL mode: while it is read, the application cannot write to it");
    return true;
}

static const char target_sql[] =
    "SELECT pg_catalog.pg_encoding_to_char(encoding), pg_catalog.has_database_privilege(current_database(), 'CREATE'),"
    " pg_catalog.to_regnamespace('pgkeel') IS NOT NULL, pg_catalog.quote_ident(current_user),"
    " CASE WHEN pg_catalog.to_regnamespace('pgkeel') IS NOT NULL"
    "   THEN pg_catalog.has_schema_privilege('pgkeel', 'CREATE') END,"
    " CASE WHEN pg_catalog.to_regnamespace($1::name::text) IS NOT NULL"
    "   THEN pg_catalog.has_schema_privilege($1, 'CREATE') END, pg_catalog.pg_is_in_recovery()"
    " FROM pg_catalog.pg_database WHERE datname = current_database()";

/* Room on the target's disk, where it can be known: a server on this machine whose data directory this role may see.
 * Tables, indexes and WAL of a fresh copy take about three times the file. */
static void judge_room(const keel_plan *plan, keel_sqlite *db, keel_pg *pg, keel_report *report)
{
    KEEL_CLEANUP(keel_str_free) keel_str directory = {0};
    keel_sqlite_facts facts;
    struct statvfs disk;
    keel_error ignored = {0};

    if (!keel_sqlite_read_facts(db, &facts, &ignored))
        return;
    int64_t wanted = (facts.bytes + facts.wal_bytes) * 3;
    bool known = keel_pg_is_local(pg) &&
                 keel_pg_query_value(pg, &directory, NULL, &ignored, "SELECT pg_catalog.current_setting('data_directory')", 0,
                                     NULL) &&
                 directory.size > 0 && statvfs(directory.data, &disk) == 0;
    int64_t room = known ? (int64_t)disk.f_bavail * (int64_t)disk.f_frsize : 0;
    if (!known)
        keel_report_addf(report, KEEL_INFO, "target.room", plan->options.source_path, NULL, NULL,
                         "the copy will take about %lld MB on the target's disk, WAL included", (long long)(wanted >> 20));
    else if (room < wanted)
        keel_report_addf(report, room < facts.bytes ? KEEL_CRITICAL : KEEL_WARNING, "target.room", plan->options.source_path,
                         NULL, "Make room, or transfer tables one after the other with --table.",
                         "the copy will take about %lld MB, WAL included, and the target's disk has %lld MB left",
                         (long long)(wanted >> 20), (long long)(room >> 20));
}

static bool creates_tables(const keel_plan *plan)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i]->create && plan->tables[i]->target == NULL)
            return true;
    return false;
}

static void judge_rights(const keel_plan *plan, const keel_pg_result *facts, keel_report *report)
{
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};
    bool may_create = keel_pg_bool(facts, 0, 1), journal = keel_pg_bool(facts, 0, 2);
    const char *role = keel_pg_text(facts, 0, 3);

    if (!journal && !may_create) {
        keel_str_addf(&remedy, "Let an administrator run: CREATE SCHEMA pgkeel AUTHORIZATION %s;", role);
        keel_report_addf(report, KEEL_CRITICAL, "target.no_journal", "schema pgkeel", NULL, remedy.data,
                         "role %s may not create the journal: no CREATE privilege on the database", role);
    }
    if (!creates_tables(plan))
        return;
    keel_str_clear(&remedy);
    if (plan->creates_schema && !may_create) {
        keel_str_addf(&remedy, "Let an administrator run: CREATE SCHEMA \"%s\" AUTHORIZATION %s;", plan->schema, role);
        keel_report_addf(report, KEEL_CRITICAL, "target.no_schema", plan->schema, NULL, remedy.data,
                         "schema \"%s\" does not exist and role %s may not create it", plan->schema, role);
    }
    if (!plan->creates_schema && !keel_pg_is_null(facts, 0, 5) && !keel_pg_bool(facts, 0, 5)) {
        keel_str_addf(&remedy, "Let its owner run: GRANT CREATE ON SCHEMA \"%s\" TO %s;", plan->schema, role);
        keel_report_addf(report, KEEL_CRITICAL, "target.no_create", plan->schema, NULL, remedy.data,
                         "role %s may not create tables in schema \"%s\"", role, plan->schema);
    }
}

static bool judge_target(const keel_plan *plan, keel_pg *pg, keel_report *report, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *facts = NULL;
    const char *params[] = {plan->schema};

    if (!keel_pg_query(pg, &facts, err, target_sql, 1, params))
        return keel_fail_context(err, "look at the target");
    if (keel_pg_bool(facts, 0, 6))
        keel_report_addf(report, KEEL_CRITICAL, "target.standby", keel_pg_text(facts, 0, 0), NULL,
                         "Name the primary as the target.", "the target is a standby in recovery: nothing can be written");
    if (strcmp(keel_pg_text(facts, 0, 0), "UTF8") != 0)
        keel_report_addf(report, strcmp(keel_pg_text(facts, 0, 0), "SQL_ASCII") == 0 ? KEEL_WARNING : KEEL_INFO,
                         "target.encoding", "database", NULL, "A database with ENCODING 'UTF8' holds every text.",
                         "the target's encoding is %s: rows with characters that it lacks are rejected",
                         keel_pg_text(facts, 0, 0));
    judge_rights(plan, facts, report);
    return true;
}

static void judge_keys(const keel_plan *plan, keel_report *report)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        const keel_plan_table *table = plan->tables[i];
        if (!table->remap && table->target_had_rows && table->key_column >= 0)
            keel_report_addf(report, KEEL_INFO, "plan.keep_into_rows", table->source->name, NULL,
                             "Say `keys: remap` for new keys, or `match:` for rows that are the same.",
                             "keys are kept and the target has rows: a key that it holds already is a reject");
        if (plan->options.skip_triggers && table->target != NULL && table->references.count > 0)
            keel_report_addf(report, KEEL_INFO, "plan.skip_foreign_keys", table->source->name, NULL, NULL,
                             "--triggers skip silences foreign keys too: pgkeel checks the references itself");
    }
}

/* Numbers in a time column are rejected until the mapping says what they are; what they seem to be is advice only: 2401020304
 * is a second of 2046, and a minute of 2024 as other people write it. */
static const char *epoch_advice(const keel_plan_column *column, const keel_sqlite_profile *profile)
{
    bool is_time = column->type->kind == KEEL_PG_DATE || column->type->kind == KEEL_PG_TIMESTAMP ||
                   column->type->kind == KEEL_PG_TIMESTAMPTZ;

    if (!is_time || profile->class_counts[KEEL_CELL_INTEGER] == 0 || column->rule.epoch_integer != KEEL_EPOCH_NONE)
        return NULL;
    keel_epoch epoch = keel_unambiguous_epoch(profile->min_integer, profile->max_integer);
    if (epoch == KEEL_EPOCH_SECONDS)
        return "Numbers here are rejected; if they are Unix seconds, say `epoch: seconds` in the mapping.";
    if (epoch == KEEL_EPOCH_MILLISECONDS)
        return "Numbers here are rejected; if they are Unix milliseconds, say `epoch: milliseconds` in the mapping.";
    return "Numbers here are rejected; say with `epoch:` in the mapping what they are.";
}

/* Columns whose cells are not what the declaration says, from the plan's own scan. */
static void judge_cells(const keel_plan_table *table, keel_report *report)
{
    for (size_t i = 0; table->profiles != NULL && i < table->columns.count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str object = {0};
        KEEL_CLEANUP(keel_str_free) keel_str counts = {0};
        const keel_plan_column *column = &table->columns.items[i];
        const keel_sqlite_profile *profile = &table->profiles[column->source_column - table->source->columns.items];
        bool unexpected = false;
        for (int class = 0; class < KEEL_CELL_CLASSES; class++) {
            if (profile->class_counts[class] == 0)
                continue;
            const char *name = keel_cell_class_name((keel_cell_class)class);
            keel_str_addf(&counts, "%s\"%s\": %lld", counts.size > 0 ? ", " : "{", name,
                          (long long)profile->class_counts[class]);
            unexpected = unexpected || !keel_plan_expects(column, name);
        }
        if (!unexpected)
            continue;
        keel_str_add(&counts, "}");
        keel_str_addf(&object, "%s(%s)", table->source->name, column->source);
        keel_report_addf(report, KEEL_WARNING, "source.class_mismatch", object.data, counts.data,
                         epoch_advice(column, profile),
                         "declared %s, but its cells are %s",
                         column->source_column->type[0] != '\0' ? column->source_column->type : "without a type",
                         counts.data);
    }
}

bool keel_plan_judge(keel_plan *plan, keel_sqlite *db, keel_pg *pg, keel_report *report, keel_error *err)
{
    judge_keys(plan, report);
    judge_room(plan, db, pg, report);
    for (size_t i = 0; plan->options.scan && i < plan->table_count; i++)
        judge_cells(plan->tables[i], report);
    return judge_source(plan, db, report, err) && judge_target(plan, pg, report, err);
}

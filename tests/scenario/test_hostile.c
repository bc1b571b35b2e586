/* A file of hostile values into an empty database, without a mapping: every row lands exactly as
 * stated or is a reject for the reason stated; what the target cannot declare is a finding. */
#include "hostile.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "scene.h"
#include "tap.h"

static sqlite3 *file;

/* The first value of a query on the file; "" for none. */
static const char *file_value(const char *sql)
{
    static char value[64];
    sqlite3_stmt *statement = NULL;

    value[0] = '\0';
    if (sqlite3_prepare_v2(file, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        snprintf(value, sizeof value, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return value;
}

/* Rows of the list that say the same: where a table has no key, equal rows are told apart by their
 * number only. */
static int same_rows(const keel_hostile_row *row)
{
    const keel_hostile_row *other;
    int count = 0;

    for (size_t i = 0; (other = keel_hostile_row_at(i)) != NULL; i++)
        count += strcmp(row->table, other->table) == 0 && strcmp(row->where, other->where) == 0;
    return count;
}

static void judge_landed(const scene *s, const keel_hostile_row *row)
{
    KEEL_CLEANUP(keel_str_free) keel_str column = {0};
    KEEL_CLEANUP(keel_str_free) keel_str table = {0};

    keel_pg_add_identifier(&column, row->column);
    keel_pg_add_identifier(&table, row->table);
    is_int(atoll(scene_value(s, "SELECT count(*) FROM %s WHERE %s", table.data, row->where)),
           same_rows(row), "%s %s: the row is there", row->table, row->where);
    is_str(scene_value(s, "SELECT DISTINCT %s::text FROM %s WHERE %s", column.data, table.data,
                       row->where),
           row->want != NULL ? row->want : "(null)", "%s %s: %s is exact", row->table, row->where,
           row->column);
}

static void judge_reject(const scene *s, const keel_hostile_row *row)
{
    char sql[512];
    char got[8192];
    bool by_rowid = strcmp(row->table, "no_rowid") != 0;

    snprintf(sql, sizeof sql, "SELECT %s FROM \"%s\" WHERE %s", by_rowid ? "rowid" : "k",
             row->table, row->where);
    snprintf(got, sizeof got, "%s",
             scene_value(s,
                         "SELECT count(*) || coalesce(' ' || string_agg(concat_ws(' ', "
                         "coalesce(column_name, '-'), code), ' '), '')"
                         " FROM pgkeel.reject JOIN pgkeel.run_table t USING (run, tbl) WHERE "
                         "t.source = '%s' AND %s::text = '%s'"
                         " AND key <> '' AND reason <> ''",
                         row->table, by_rowid ? "position" : "key", file_value(sql)));
    snprintf(sql, sizeof sql, "1 %s %s", row->column != NULL ? row->column : "-", row->want);
    if (row->column == NULL) { /* the constraint may speak of one column or of several */
        size_t code = strlen(row->want), size = strlen(got);
        ok(size > code && got[0] == '1' && strcmp(got + size - code, row->want) == 0,
           "%s %s: rejected, %s (%s)", row->table, row->where, row->want, got);
        return;
    }
    is_str(got, sql, "%s %s: rejected once, with key, column and code", row->table, row->where);
}

static void judge_rows(const scene *s)
{
    const keel_hostile_row *row;

    for (size_t i = 0; (row = keel_hostile_row_at(i)) != NULL; i++)
        (row->outcome == KEEL_HOSTILE_LANDS ? judge_landed : judge_reject)(s, row);
}

static void judge_accounts(const scene *s)
{
    const keel_hostile_row *row;
    int64_t lands = 0, rejects = 0, inserted = 0, rejected = 0, merged = 0;

    for (size_t i = 0; (row = keel_hostile_row_at(i)) != NULL; i++) {
        lands += row->outcome == KEEL_HOSTILE_LANDS;
        rejects += row->outcome == KEEL_HOSTILE_REJECT;
    }
    for (size_t i = 0; i < s->result->table_count; i++) {
        inserted += s->result->tables[i].inserted;
        rejected += s->result->tables[i].rejected;
        merged += s->result->tables[i].merged;
    }
    is_int(inserted, lands, "as many rows as stated have landed");
    is_int(rejected, rejects, "as many rows as stated are rejects");
    is_int(merged, 0, "none has merged");
    is_int(atoll(scene_value(s, "SELECT count(*) FROM pgkeel.reject")), rejects,
           "every reject is in the journal");
    is_int(s->result->exit_code, 1, "exit code 1: rows were rejected");
}

/* What SQLite declares and PostgreSQL cannot, or declares differently: check id and object of the
 * finding. */
static void judge_findings(const scene *s)
{
    static const struct {
        const char *check, *object;
    } wanted[] = {
        {"generated.stored", "generated(c)"},
        {"collation.nocase", "nocase(email)"},
        {"index.nocase", "nocase"},
        {"index.translated", "accounts"},
        {"primary_key.not_null", "text_keys(code)"},
        {"default.not_carried", "defaulted(a)"},
        {"view.not_carried", "open_checked"},
        {"trigger.not_carried", "counted"},
        {"source.class_mismatch", "ints(v)"},
        {"source.class_mismatch", "loose_texts(v)"},
        {"convert.naive_time", "datetimes(v)"},
        {"transfer.rejects", "texts"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(wanted); i++)
        ok(scene_finding(s, wanted[i].check, wanted[i].object) != NULL, "finding %s names %s",
           wanted[i].check, wanted[i].object);
}

/* What PostgreSQL can declare it declares: constraints are there, and they hold. */
static void judge_constraints(const scene *s)
{
    static const struct {
        const char *what, *sql, *want;
    } wanted[] = {
        {"a STORED generated column",
         "SELECT attgenerated FROM pg_attribute WHERE attrelid = 'generated'::regclass AND attname "
         "= 'b'",
         "s"},
        {"both CHECKs",
         "SELECT count(*) FROM pg_constraint WHERE conrelid = 'checked'::regclass AND contype = "
         "'c'",
         "2"},
        {"NOT NULL",
         "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'checked'::regclass AND attname = "
         "'state'",
         "t"},
        {"UNIQUE without regard to case",
         "SELECT count(*) FROM pg_index WHERE indrelid = 'nocase'::regclass AND indisunique AND "
         "indexprs IS NOT NULL",
         "1"},
        {"a partial unique index",
         "SELECT count(*) FROM pg_index WHERE indrelid = 'partial'::regclass AND indisunique AND "
         "indpred IS NOT NULL",
         "1"},
        {"an index on an expression",
         "SELECT count(*) FROM pg_index WHERE indrelid = 'accounts'::regclass AND indisunique AND "
         "indexprs IS NOT NULL",
         "1"},
        {"every foreign key, validated",
         "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND connamespace "
         "= 'public'::regnamespace",
         "6"},
        {"a two-column foreign key",
         "SELECT cardinality(conkey) FROM pg_constraint WHERE contype = 'f' AND conrelid = "
         "'pair_notes'::regclass",
         "2"},
        {"the default (1+1)", "INSERT INTO defaulted DEFAULT VALUES RETURNING b", "2"},
        {"the default with a quote", "INSERT INTO defaulted DEFAULT VALUES RETURNING c", "it's"},
        {"the table without rows", "SELECT count(*) FROM no_rows", "0"},
        {"a key is not used a second time", "INSERT INTO counted (v) VALUES ('next') RETURNING id",
         "1001"},
        {"new rows of a plain INTEGER PRIMARY KEY get a key",
         "INSERT INTO ints (v) VALUES (1) RETURNING id", "20"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(wanted); i++)
        is_str(scene_value(s, "%s", wanted[i].sql), wanted[i].want, "the target has %s",
               wanted[i].what);
    keel_error err = {0};
    ok(!keel_pg_exec(s->pg, &err, "INSERT INTO nocase (id, email) VALUES (9, 'ADA@X.EXAMPLE')"),
       "the same address in capitals is refused");
    ok(!keel_pg_exec(s->pg, &err, "INSERT INTO partial (id, owner, active) VALUES (9, 'ada', 1)"),
       "a second active row is refused");
}

static void judge_rerun(scene *s)
{
    char before[256];
    static const char everything[] =
        "SELECT concat_ws(' ', (SELECT count(*) FROM pgkeel.reject), (SELECT count(*) FROM"
        " pgkeel.chunk), (SELECT count(*) FROM texts), (SELECT count(*) FROM selves))";

    snprintf(before, sizeof before, "%s", scene_value(s, "%s", everything));
    ok(scene_copy(s, NULL) && s->result->already_complete, "the same again is complete already");
    is_int(s->result->exit_code, 1, "and exits as the run did");
    is_str(scene_value(s, "%s", everything), before, "and nothing is doubled");
}

int main(void)
{
    scene *s = scene_open(cluster_start(NULL), "hostile", NULL, NULL);

    if (!keel_hostile_create(s->source, &s->err) || sqlite3_open(s->source, &file) != SQLITE_OK) {
        printf("Bail out! %s\n", s->err.message);
        return 1;
    }
    cluster_exec(s->pg, "SET TimeZone = 'UTC'");
    if (ok(scene_copy(s, NULL), "the run is done")) {
        judge_rows(s);
        judge_accounts(s);
        judge_findings(s);
        judge_constraints(s);
        judge_rerun(s);
    }
    if (tap_failed > 0)
        scene_show(s);
    sqlite3_close(file);
    scene_close(s);
    return done_testing();
}

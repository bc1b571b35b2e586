#include "verify/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tap.h>
#include <unistd.h>

#include "base/yaml.h"

static const char FULL[] =
    "tables:\n"
    "  exploits:\n"
    "    severity: error\n"
    "    columns:\n"
    "      id: serial\n"
    "      tx_hash: character varying(255) not null\n"
    "      amount_usd: numeric(20,2)\n"
    "      chain: text null\n"
    "      status: \"text default 'a b' not null\"\n"
    "      created_at: {type: timestamptz, not_null: true, default: now()}\n"
    "      updated_at: timestamp with time zone not null default (now() at time zone 'utc')\n"
    "      note: text default none\n"
    "      any:\n"
    "      must: not null\n"
    "      legacy: absent\n"
    "      long: {type: \"numeric(20,2)\", not_null: false, default: none}\n"
    "    primary_key: id\n"
    "    unique: [tx_hash, [tx_hash, submitter_wallet], {columns: [chain, protocol], declared: false}]\n"
    "    indexes:\n"
    "      - idx_by_name\n"
    "      - {name: idx_x, keys: [timestamp desc, lower(chain)], include: note, where: \"deleted_at is null\", method: gin, unique: true, severity: error}\n"
    "      - keys: chain\n"
    "    constraints:\n"
    "      - chk_name\n"
    "      - {name: chk_x, check: \"duration_seconds >= 0\", severity: warning}\n"
    "    foreign_keys:\n"
    "      - {columns: exploit_id, references: parents, on_delete: cascade, on_update: set null}\n"
    "      - {columns: [a, b], references: 'other.\"Odd (one)\"(x, \"y, z\")', severity: critical}\n"
    "      - {columns: b, references: t, declared: false}\n"
    "    not_null: [chain, protocol]\n"
    "    allowed:\n"
    "      status: [a, b, \"\"]\n"
    "      level: {values: [low], severity: warning}\n"
    "    times:\n"
    "      created_at: {floor: 2020-01-01, future: 2 days, severity: warning}\n"
    "      planned_at: {floor: 2000-01-01, future: allowed}\n"
    "      seen_at:\n"
    "    count:\n"
    "      - 100\n"
    "      - {at_least: 1, where: \"chain = 'x'\", severity: info}\n"
    "      - {equals: public.mcp_servers}\n"
    "      - {at_most: \"sqlite:app.db#ex#ploits\"}\n"
    "      - {equals: \"sqlite:/srv/app.db#exploits\"}\n"
    "      - {equals: {sql: \"select 7;\"}}\n"
    "    triggers: [update_users_updated_at]\n"
    "    partitions: {ahead: 3, period: month}\n"
    "    audit: {into: audit.logs, sql: \"update x set y = y;\"}\n"
    "  '\"my.schema\".\"T \"\"x\"\"\"':\n"
    "  gone: absent\n"
    "  logged:\n"
    "    audit: audit_logs\n"
    "rules:\n"
    "  short: select 1 where false\n"
    "  fail_needs_defects:\n"
    "    title: a failed unit has its defects\n"
    "    severity: critical\n"
    "    sql: |\n"
    "      select id from process_data where result = 'FAIL' -- don't\n"
    "      ;\n"
    "    message: \"{count} failed units have no defects, first {id}\"\n"
    "    remedy: enter them\n"
    "statements:\n"
    "  recent: select * from exploits\n"
    "  other: {sql: \"select 1\", severity: warning}\n"
    "roles: [app, readonly]\n"
    "extensions: pgcrypto\n"
    "skip:\n"
    "  schema.unused_index: replicas serve the reads\n";

static const keel_suite *read_full(keel_arena *arena)
{
    const keel_suite *suite = NULL;
    keel_error err = {0};

    if (!ok(keel_suite_read_text(arena, "checks/s.yaml", FULL, &suite, &err), "a suite with everything %s", err.message))
        exit(done_testing());
    return suite;
}

static const keel_suite_column *column_of(const keel_suite_table *table, const char *name)
{
    static const keel_suite_column none = {.name = "(none)", .type = "(none)", .not_null = -2};

    for (size_t i = 0; i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].name, name) == 0)
            return &table->columns.items[i];
    return &none;
}

static void is_column(const keel_suite_table *table, const char *name, const char *type, int not_null,
                      const char *default_sql)
{
    const keel_suite_column *column = column_of(table, name);

    is_str(column->type, type, "the type of %s", name);
    is_int(column->not_null, not_null, "its nullability");
    is_str(column->default_sql, default_sql, "its default");
}

static void test_columns(const keel_suite_table *t)
{
    is_int((int64_t)t->columns.count, 12, "columns");
    is_column(t, "id", "integer", 1, NULL);
    ok(column_of(t, "id")->serial, "serial");
    is_column(t, "tx_hash", "character varying(255)", 1, NULL);
    is_column(t, "amount_usd", "numeric(20,2)", -1, NULL);
    is_column(t, "chain", "text", 0, NULL);
    is_column(t, "status", "text", 1, "'a b'");
    is_column(t, "created_at", "timestamptz", 1, "now()");
    is_column(t, "updated_at", "timestamp with time zone", 1, "(now() at time zone 'utc')");
    is_column(t, "note", "text", -1, "");
    is_column(t, "any", NULL, -1, NULL);
    is_column(t, "must", NULL, 1, NULL);
    is_column(t, "long", "numeric(20,2)", 0, "");
    ok(column_of(t, "legacy")->absent, "absent");
    ok(!column_of(t, "any")->absent, "and present");
    is_int(column_of(t, "tx_hash")->place.line, 6, "a column has its line");
    is_int(column_of(t, "tx_hash")->place.column, 7, "and column");
    is_str(column_of(t, "tx_hash")->place.file, "checks/s.yaml", "and file");
}

static void test_keys(const keel_suite_table *t)
{
    is_int((int64_t)t->keys.count, 4, "keys");
    ok(t->keys.items[0].primary && t->keys.items[0].declared, "a primary key");
    is_str(t->keys.items[0].columns.items[0], "id", "its column");
    is_int((int64_t)t->keys.items[1].columns.count, 1, "a word is a key of one column");
    is_int((int64_t)t->keys.items[2].columns.count, 2, "a list is a key of several");
    is_str(t->keys.items[2].columns.items[1], "submitter_wallet", "in order");
    ok(t->keys.items[2].declared && !t->keys.items[2].primary, "declared");
    ok(!t->keys.items[3].declared, "a natural key");
    is_int((int64_t)t->references.count, 3, "foreign keys");
    const keel_suite_reference *first = &t->references.items[0];
    is_str(first->parent_table, "parents", "references a table");
    is_str(first->on_delete, "cascade", "on delete");
    is_str(first->on_update, "set null", "on update");
    ok(first->parent_schema == NULL && first->parent_columns.count == 0, "in the same schema, its primary key");
    is_int(first->severity, KEEL_ERROR, "ERROR unless said");
    const keel_suite_reference *second = &t->references.items[1];
    is_str(second->parent_schema, "other", "a schema");
    is_str(second->parent_table, "Odd (one)", "a quoted table");
    is_str(second->parent_columns.items[0], "x", "its columns");
    is_str(second->parent_columns.items[1], "y, z", "quoted");
    is_int((int64_t)second->columns.count, 2, "columns of the child");
    is_int(second->severity, KEEL_CRITICAL, "severity");
    ok(!t->references.items[2].declared, "a reference that is not declared");
}

static void test_indexes(const keel_suite_table *t)
{
    is_int((int64_t)t->indexes.count, 3, "indexes");
    is_str(t->indexes.items[0].name, "idx_by_name", "by name");
    is_int((int64_t)t->indexes.items[0].keys.count, 0, "and nothing else");
    const keel_suite_index *index = &t->indexes.items[1];
    is_str(index->keys.items[0], "timestamp desc", "a key with its order");
    is_str(index->keys.items[1], "lower(chain)", "an expression");
    is_str(index->include.items[0], "note", "include");
    is_str(index->where, "deleted_at is null", "where");
    is_str(index->method, "gin", "method");
    ok(index->unique, "unique");
    is_int(index->severity, KEEL_ERROR, "severity");
    index = &t->indexes.items[2];
    ok(index->name == NULL && !index->unique && index->where == NULL, "by definition alone");
    is_str(index->method, "btree", "btree unless said");
    is_int(index->severity, KEEL_WARNING, "WARNING unless said");
    is_int((int64_t)t->constraints.count, 2, "constraints");
    is_str(t->constraints.items[0].name, "chk_name", "by name");
    ok(t->constraints.items[0].check == NULL, "alone");
    is_str(t->constraints.items[1].check, "duration_seconds >= 0", "by expression");
    is_int(t->constraints.items[1].severity, KEEL_WARNING, "severity");
}

static void test_rows(const keel_suite_table *t)
{
    is_int((int64_t)t->not_null.count, 2, "not_null");
    is_int(t->not_null.place.line, 30, "and its line");
    is_int((int64_t)t->allowed.count, 2, "allowed");
    is_int((int64_t)t->allowed.items[0].values.count, 3, "values");
    is_str(t->allowed.items[0].values.items[2], "", "an empty value is a value");
    is_int(t->allowed.items[1].severity, KEEL_WARNING, "severity");
    is_str(t->times.items[0].floor, "2020-01-01", "floor");
    is_str(t->times.items[0].future, "2 days", "future");
    ok(t->times.items[1].may_be_future && t->times.items[1].future == NULL, "future: allowed");
    ok(t->times.items[2].floor == NULL && !t->times.items[2].may_be_future, "a column alone");
    ok(t->partitions != NULL && t->partitions->ahead == 3, "partitions ahead");
    is_str(t->partitions->period, "month", "period");
    is_str(t->audit->into_schema, "audit", "audit schema");
    is_str(t->audit->into, "logs", "audit table");
    is_str(t->audit->sql, "update x set y = y", "the write, without its semicolon");
    is_str(t->triggers.items[0], "update_users_updated_at", "triggers");
}

static void test_counts(const keel_suite_table *t)
{
    const keel_suite_count *c = t->counts.items;

    is_int((int64_t)t->counts.count, 6, "counts");
    ok(c[0].kind == KEEL_COUNT_NUMBER && c[0].number == 100 && c[0].relation == '=', "a number");
    ok(c[1].kind == KEEL_COUNT_NUMBER && c[1].number == 1 && c[1].relation == '>', "at least");
    is_str(c[1].where, "chain = 'x'", "where");
    is_int(c[1].severity, KEEL_INFO, "severity");
    ok(c[2].kind == KEEL_COUNT_TABLE, "a table");
    is_str(c[2].schema, "public", "its schema");
    is_str(c[2].table, "mcp_servers", "its name");
    ok(c[3].kind == KEEL_COUNT_SQLITE && c[3].relation == '<', "a file's table, at most");
    is_str(c[3].path, "checks/app.db#ex", "beside the suite");
    is_str(c[3].table, "ploits", "the table behind the last #");
    is_str(c[4].path, "/srv/app.db", "an absolute path stays");
    ok(c[5].kind == KEEL_COUNT_QUERY, "a query");
    is_str(c[5].sql, "select 7", "its SQL");
}

static void test_root(const keel_suite *suite)
{
    is_int((int64_t)suite->tables.count, 4, "tables");
    is_str(suite->tables.items[1].schema, "my.schema", "a quoted schema");
    is_str(suite->tables.items[1].name, "T \"x\"", "a quoted table");
    is_int(suite->tables.items[1].severity, KEEL_CRITICAL, "CRITICAL unless said");
    is_int(suite->tables.items[0].severity, KEEL_ERROR, "or what is said");
    ok(suite->tables.items[2].absent, "a table that must be gone");
    is_str(suite->tables.items[3].audit->into, "audit_logs", "audit in short");
    is_int((int64_t)suite->rules.count, 2, "rules");
    is_str(suite->rules.items[0].sql, "select 1 where false", "a rule in short");
    is_str(suite->rules.items[1].check, "business.fail_needs_defects", "its check");
    is_str(suite->rules.items[1].title, "a failed unit has its defects", "title");
    is_int(suite->rules.items[1].severity, KEEL_CRITICAL, "severity");
    is_str(suite->rules.items[1].sql, "select id from process_data where result = 'FAIL' -- don't",
           "SQL with a comment, without its semicolon");
    is_str(suite->rules.items[1].message, "{count} failed units have no defects, first {id}", "message");
    is_str(suite->rules.items[1].remedy, "enter them", "remedy");
    is_int((int64_t)suite->statements.count, 2, "statements");
    is_str(suite->statements.items[0].sql, "select * from exploits", "in short");
    is_int(suite->statements.items[1].severity, KEEL_WARNING, "and long");
    is_int((int64_t)suite->roles.count, 2, "roles");
    is_str(suite->extensions.items[0], "pgcrypto", "extensions");
    is_str(suite->skip.items[0], "schema.unused_index", "skip");
    is_str(suite->skip_reasons.items[0], "replicas serve the reads", "and why");
}

static void test_find(const keel_suite *suite)
{
    ok(keel_suite_find(suite, "public", "public", "exploits") == &suite->tables.items[0], "in the default schema");
    ok(keel_suite_find(suite, "app", "public", "exploits") == NULL, "not in another");
    ok(keel_suite_find(suite, "public", NULL, "exploits") == NULL, "not without a default schema");
    ok(keel_suite_find(suite, "my.schema", "public", "T \"x\"") == &suite->tables.items[1], "in its own schema");
    ok(keel_suite_find(NULL, "public", "public", "exploits") == NULL, "and not without a suite");
}

#define T "tables:\n  t:\n"
static const struct {
    const char *text, *wanted, *hint; /* hint: a part of it, or NULL for none */
} WRONG[] = {
    {"",
     "s.yaml:1:1: the suite demands nothing", NULL},
    {"- a\n",
     "s.yaml:1:1: a suite is a map with \"tables\", \"rules\" or others", NULL},
    {"table: {}\n",
     "s.yaml:1:1: unknown key \"table\" in a suite", "\"tables\""},
    {"tables: {}\n",
     "s.yaml:1:9: \"tables\" is empty", NULL},
    {"tables: []\n",
     "s.yaml:1:9: \"tables\" is empty", NULL},
    {"tables: x\n",
     "s.yaml:1:9: \"tables\" must be a map of settings, not a single value", NULL},
    {"tables: [a, b, a]\n",
     "s.yaml:1:16: \"tables\" names \"a\" twice", NULL},
    {"tables: {a.b.c: absent}\n",
     "s.yaml:1:17: \"a.b.c\" is not a table's name", "[schema.]table"},
    {"tables: {t: absnt}\n",
     "s.yaml:1:13: table \"t\" must be a map of settings or `absent`", "empty"},
    {"tables: {t: [a]}\n",
     "s.yaml:1:13: table \"t\" must be a map of settings or `absent`", "empty"},
    {T "  '\"t\"':\n",
     "s.yaml:3:9: table \"t\" is named twice, first at s.yaml:2", NULL},
    {T "  t:\n",
     "s.yaml:3:3: duplicate key \"t\", first at line 2", NULL},
    {T "    colums: {}\n",
     "s.yaml:3:5: unknown key \"colums\" in table \"t\"", "\"columns\""},
    {T "    severity: fatal\n",
     "s.yaml:3:15: \"t.severity\" must be info, warning, error or critical, not \"fatal\"", NULL},
    {T "    severity: eror\n",
     "s.yaml:3:15: \"t.severity\" must be info, warning, error or critical, not \"eror\"", "\"error\""},
    {T "    columns: {}\n",
     "s.yaml:3:14: \"t.columns\" is empty", NULL},
    {T "    columns: [a, a]\n",
     "s.yaml:3:18: \"t.columns\" names \"a\" twice", NULL},
    {T "    columns: {a: [b]}\n",
     "s.yaml:3:18: \"t.a\" must be a map of settings, not a list", NULL},
    {T "    columns: {a: {typ: text}}\n",
     "s.yaml:3:19: unknown key \"typ\" in column \"t.a\"", "\"type\""},
    {T "    columns: {a: {not_null: yes}}\n",
     "s.yaml:3:29: \"t.a.not_null\" must be false or true, not \"yes\"", NULL},
    {T "    columns: {a: numeric(20,2)}\n",
     "s.yaml:3:18: \"t.a\" is not a column: \"numeric(20\"", "in quotes"},
    {T "    columns: {a: {type: numeric(20,2)}}\n",
     "s.yaml:3:36: unknown key \"2)\" in column \"t.a\"", "in quotes"},
    {T "    columns: {a: \"null\"}\n",
     "s.yaml:3:18: \"t.a\" is not a column: \"null\"", "TYPE"},
    {T "    columns: {a: text not nul}\n",
     "s.yaml:3:18: \"t.a\" is not a column: \"text not nul\"", "TYPE"},
    {T "    columns: {a: integer not null primary key}\n",
     "s.yaml:3:18: \"t.a\" is not a column: \"integer not null primary key\"", "primary_key"},
    {T "    columns: {a: integer default}\n",
     "s.yaml:3:18: \"t.a\" is not a column: \"integer default\"", "TYPE"},
    {T "    primary_key: []\n",
     "s.yaml:3:18: \"t.primary_key\" is empty", NULL},
    {T "    primary_key: [a, a]\n",
     "s.yaml:3:22: \"t.primary_key\" names \"a\" twice", NULL},
    {T "    unique: [[]]\n",
     "s.yaml:3:14: \"t.unique\" is empty", NULL},
    {T "    unique: {declared: false}\n",
     "s.yaml:3:13: \"t.unique\" needs \"columns\"", NULL},
    {T "    unique: [{column: a}]\n",
     "s.yaml:3:15: unknown key \"column\" in \"t.unique\"", "\"columns\""},
    {T "    indexes: [{unique: true}]\n",
     "s.yaml:3:15: \"t.indexes\" needs \"name\" or \"keys\"", NULL},
    {T "    indexes: [{name: i, where: a}]\n",
     "s.yaml:3:15: \"t.indexes\" has \"where\" but no \"keys\"", NULL},
    {T "    indexes: {keys: [coalesce(a, b)]}\n",
     "s.yaml:3:22: \"t.indexes.keys\" is cut off: a parenthesis or a quote has no partner in \"coalesce(a\"", "in quotes"},
    {T "    indexes: {keys: a, columns: b}\n",
     "s.yaml:3:24: unknown key \"columns\" in \"t.indexes\"", NULL},
    {T "    constraints: [{severity: error}]\n",
     "s.yaml:3:19: \"t.constraints\" needs \"name\" or \"check\"", NULL},
    {T "    constraints: [{check: \"a > (1\"}]\n",
     "s.yaml:3:27: \"t.constraints.check\" is cut off: a parenthesis or a quote has no partner in \"a > (1\"", "in quotes"},
    {T "    foreign_keys: {columns: a}\n",
     "s.yaml:3:19: \"t.foreign_keys\" needs \"references\"", NULL},
    {T "    foreign_keys: {references: a}\n",
     "s.yaml:3:19: \"t.foreign_keys\" needs \"columns\"", NULL},
    {T "    foreign_keys: [x]\n",
     "s.yaml:3:20: \"t.foreign_keys\" must be a map of settings, not a single value", NULL},
    {T "    foreign_keys: {columns: a, references: p, on_delete: cascde}\n",
     "s.yaml:3:58: \"t.foreign_keys.on_delete\" must be cascade, restrict, set null, set default or no action, not \"cascde\"", "\"cascade\""},
    {T "    foreign_keys: {columns: a, references: \"p(a, b)\"}\n",
     "s.yaml:3:19: \"t.foreign_keys\" has 1 columns and references 2", NULL},
    {T "    foreign_keys: {columns: a, references: \"p(a\"}\n",
     "s.yaml:3:44: \"t.foreign_keys.references\" cannot be read: \"p(a\"", "orders(id, line)"},
    {T "    foreign_keys: {columns: a, references: \"p(a) x\"}\n",
     "s.yaml:3:44: \"t.foreign_keys.references\" cannot be read: \"p(a) x\"", "orders(id, line)"},
    {T "    foreign_keys: {columns: a, references: p, declared: false, on_delete: cascade}\n",
     "s.yaml:3:19: \"t.foreign_keys\" has an action but is not declared", "judged"},
    {T "    not_null: {a: b}\n",
     "s.yaml:3:15: \"t.not_null\" must be a list, not a map of settings", NULL},
    {T "    not_null: [\"\"]\n",
     "s.yaml:3:16: \"t.not_null\" is empty", NULL},
    {T "    allowed: {a: x}\n",
     "s.yaml:3:18: \"t.allowed.a\" must be a list, not a single value", NULL},
    {T "    allowed: {a: []}\n",
     "s.yaml:3:18: \"t.allowed.a\" allows no value", NULL},
    {T "    allowed: {a: [x, x]}\n",
     "s.yaml:3:22: \"t.allowed.a\" names \"x\" twice", NULL},
    {T "    allowed: {a: {severity: error}}\n",
     "s.yaml:3:18: \"t.allowed.a\" needs \"values\"", NULL},
    {T "    allowed: [a]\n",
     "s.yaml:3:14: \"t.allowed\" must be a map of settings, not a list", NULL},
    {T "    times: {a: {future: allowed}}\n",
     "s.yaml:3:16: \"t.times.a\" demands nothing", NULL},
    {T "    times: {a: {flor: 2020-01-01}}\n",
     "s.yaml:3:17: unknown key \"flor\" in \"t.times.a\"", "\"floor\""},
    {T "    times: a\n",
     "s.yaml:3:12: \"t.times\" must be a map of settings, not a single value", NULL},
    {T "    count: -1\n",
     "s.yaml:3:12: \"t.count\" must be a whole number from 0, not \"-1\"", NULL},
    {T "    count: 1e3\n",
     "s.yaml:3:12: \"t.count\" must be a whole number from 0, not \"1e3\"", NULL},
    {T "    count: {equals: 1, at_least: 2}\n",
     "s.yaml:3:34: \"t.count\" has both \"equals\" and \"at_least\"", NULL},
    {T "    count: {where: a}\n",
     "s.yaml:3:12: \"t.count\" needs \"equals\", \"at_least\" or \"at_most\"", NULL},
    {T "    count: {equal: 1}\n",
     "s.yaml:3:13: unknown key \"equal\" in \"t.count\"", "\"equals\""},
    {T "    count: {equals: \"sqlite:app.db\"}\n",
     "s.yaml:3:21: \"t.count.equals\" must be sqlite:FILE#TABLE, not \"sqlite:app.db\"", NULL},
    {T "    count: {equals: {}}\n",
     "s.yaml:3:21: \"t.count.equals\" needs \"sql\"", NULL},
    {T "    count: {equals: {sql: \" ; \"}}\n",
     "s.yaml:3:27: \"t.count.equals.sql\" is empty", NULL},
    {T "    partitions: {ahead: 3}\n",
     "s.yaml:3:17: \"t.partitions\" needs \"period\"", NULL},
    {T "    partitions: {ahead: 0, period: month}\n",
     "s.yaml:3:25: \"t.partitions.ahead\" must be a whole number from 1 to 1000, not \"0\"", NULL},
    {T "    partitions: {ahead: 3, period: months}\n",
     "s.yaml:3:36: \"t.partitions.period\" must be day, week, month or year, not \"months\"", "\"month\""},
    {T "    audit: {sql: x}\n",
     "s.yaml:3:12: \"t.audit\" needs \"into\"", NULL},
    {T "    audit: a.b.c\n",
     "s.yaml:3:12: \"a.b.c\" is not a table's name", "[schema.]table"},
    {"rules: {}\n",
     "s.yaml:1:8: \"rules\" is empty", NULL},
    {"rules: [a]\n",
     "s.yaml:1:8: \"rules\" must be a map of settings, not a list", NULL},
    {"rules: {A-b: select 1}\n",
     "s.yaml:1:14: \"A-b\" cannot be the id of a rule", "business.ID"},
    {"rules: {count: select 1}\n",
     "s.yaml:1:16: \"count\" is the id of another check, business.count", NULL},
    {"rules: {a: {title: x}}\n",
     "s.yaml:1:12: \"rules.a\" needs \"sql\"", NULL},
    {"rules: {a: }\n",
     "s.yaml:1:12: \"rules.a\" is empty", NULL},
    {"rules: {a: {sql: x, mesage: y}}\n",
     "s.yaml:1:21: unknown key \"mesage\" in rule \"a\"", "\"message\""},
    {"rules: {a: {sql: x, message: \"{count\"}}\n",
     "s.yaml:1:30: \"rules.a.message\" has a brace without its partner or without a name", "{count}"},
    {"rules: {a: {sql: x, message: \"{}\"}}\n",
     "s.yaml:1:30: \"rules.a.message\" has a brace without its partner or without a name", "{count}"},
    {"statements: {a: {severity: error}}\n",
     "s.yaml:1:17: \"statements.a\" needs \"sql\"", NULL},
    {"statements: x\n",
     "s.yaml:1:13: \"statements\" must be a map of settings, not a single value", NULL},
    {"roles: {a: b}\n",
     "s.yaml:1:8: \"roles\" must be a list, not a map of settings", NULL},
    {"extensions: [a, a]\n",
     "s.yaml:1:17: \"extensions\" names \"a\" twice", NULL},
    {"skip: [schema.unused_index]\n",
     "s.yaml:1:7: \"skip\" must be a map of settings, not a list", "reason"},
    {"skip: {schema.unused_index: }\n",
     "s.yaml:1:29: \"skip.schema.unused_index\" needs a reason", NULL},
};

static void test_wrong(keel_arena *arena)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(WRONG); i++) {
        const keel_suite *suite = NULL;
        keel_error err = {0};
        bool read = keel_suite_read_text(arena, "s.yaml", WRONG[i].text, &suite, &err);
        ok(!read && suite == NULL && err.kind == KEEL_ERR_CONFIG, "wrong %zu is refused", i);
        is_str(err.message, WRONG[i].wanted, "its message");
        if (WRONG[i].hint == NULL)
            is_str(err.hint, "", "no hint");
        else
            ok(strstr(err.hint, WRONG[i].hint) != NULL, "the hint names %s: %s", WRONG[i].hint, err.hint);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0)
        exit(2);
}

static void test_files(keel_arena *arena)
{
    char folder[] = "/tmp/pgkeel-suite-XXXXXX";
    keel_error err = {0};
    const keel_suite *suite = NULL;

    if (mkdtemp(folder) == NULL)
        exit(2);
    const char *paths[] = {keel_arena_printf(arena, "%s/a.yaml", folder), keel_arena_printf(arena, "%s/b.yaml", folder)};
    write_file(paths[0], "tables: {a: {count: {equals: \"sqlite:x.db#a\"}}}\nroles: r\n");
    write_file(paths[1], "tables: [b]\nrules: {x: select 1}\nroles: [r, s]\n");
    ok(keel_suite_read(arena, paths, 2, &suite, &err), "two files %s", err.message);
    is_int((int64_t)suite->tables.count, 2, "are one suite");
    is_int((int64_t)suite->roles.count, 2, "a role may stand in both");
    is_str(suite->tables.items[0].place.file, paths[0], "every demand knows its file");
    is_str(suite->tables.items[1].place.file, paths[1], "its own");
    is_str(suite->tables.items[0].counts.items[0].path, keel_arena_printf(arena, "%s/x.db", folder),
           "a file is looked for beside the suite");
    write_file(paths[1], "tables: [c, a]\n");
    ok(!keel_suite_read(arena, paths, 2, &suite, &err), "a table in two files is refused");
    is_str(err.message,
           keel_arena_printf(arena, "%s:1:13: table \"a\" is named twice, first at %s:1", paths[1], paths[0]),
           "with both places");
    write_file(paths[0], "rules: {x: select 1}\n");
    write_file(paths[1], "rules:\n  y: select 1\n  x: select 2\n");
    ok(!keel_suite_read(arena, paths, 2, &suite, &err), "a rule in two files is refused");
    is_str(err.message,
           keel_arena_printf(arena, "%s:3:6: rule \"x\" is named twice, first at %s:1", paths[1], paths[0]),
           "with both places");
    write_file(paths[0], "statements: {x: select 1}\n");
    write_file(paths[1], "statements: {x: select 2}\n");
    ok(!keel_suite_read(arena, paths, 2, &suite, &err) && strstr(err.message, "statement \"x\" is named twice") != NULL,
       "so is a statement");
    write_file(paths[1], "# nothing\n");
    ok(!keel_suite_read(arena, paths, 2, &suite, &err), "an empty file is refused");
    is_str(err.message, keel_arena_printf(arena, "%s:1:1: the suite demands nothing", paths[1]), "by name");
    unlink(paths[0]);
    unlink(paths[1]);
    rmdir(folder);
    ok(!keel_suite_read(arena, paths, 2, &suite, &err), "a file that is not there");
    ok(strstr(err.message, "cannot open") != NULL, "is said to be so: %s", err.message);
}

/* Every block of YAML in the reference reads as a suite of its own. */
static void test_reference(keel_arena *arena, const char *path)
{
    static const char fence[] = "\n```yaml\n";
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_error err = {0};
    int64_t blocks = 0;

    if (!ok(keel_yaml_load(path, &text, &err), "the reference is read %s", err.message))
        return;
    for (const char *at = text.data; (at = strstr(at, fence)) != NULL; blocks++) {
        at += strlen(fence);
        const char *end = strstr(at, "\n```");
        const char *block = keel_arena_strndup(arena, at, end == NULL ? strlen(at) : (size_t)(end + 1 - at));
        const keel_suite *suite = NULL;
        ok(keel_suite_read_text(arena, "block", block, &suite, &err), "an example is a suite %s", err.message);
    }
    ok(blocks > 0, "%d examples", (int)blocks);
}

int main(int argc, char **argv)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_suite *suite = read_full(arena);

    test_columns(&suite->tables.items[0]);
    test_keys(&suite->tables.items[0]);
    test_indexes(&suite->tables.items[0]);
    test_rows(&suite->tables.items[0]);
    test_counts(&suite->tables.items[0]);
    test_root(suite);
    test_find(suite);
    test_wrong(arena);
    test_files(arena);
    test_reference(arena, argc > 1 ? argv[1] : "docs/reference/suite.md");
    return done_testing();
}

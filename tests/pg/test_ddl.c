/* What SQLite declares is made on a real server and looked up in pg_catalog; what cannot be carried
 * is a finding. */
#include <sqlite3.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "cluster.h"
#include "tap.h"
#include "transfer/ddl.h"

typedef struct fixture {
    keel_arena *arena;
    keel_pg *pg;
    keel_report *report;
    keel_sqlite_schema *source;
    keel_plan plan;
    keel_ddl_list list;
} fixture;

static void die(const char *what, const char *why)
{
    printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

/* A file made by SQLite itself, and what it declares. */
static keel_sqlite_schema *load_source(fixture *f, const char *sql)
{
    char path[] = "/tmp/pgkeel-ddl-XXXXXX";
    int fd = mkstemp(path);
    sqlite3 *file = NULL;
    char *message = NULL;
    keel_sqlite *db = NULL;
    keel_sqlite_schema *schema = NULL;
    keel_error err = {0};

    if (fd < 0 || sqlite3_open(path, &file) != SQLITE_OK)
        die("sqlite", "cannot make a file");
    if (sqlite3_exec(file, sql, NULL, NULL, &message) != SQLITE_OK)
        die("sqlite", message);
    sqlite3_close(file);
    close(fd);
    if (!keel_sqlite_open(path, &db, &err) || !keel_sqlite_schema_load(db, f->arena, &schema, &err))
        die("schema", err.message);
    keel_sqlite_close(db);
    unlink(path);
    return schema;
}

static void add_column(fixture *f, keel_plan_table *table, const keel_sqlite_column *source)
{
    const keel_map_column *mapped =
        table->mapping == NULL ? NULL : keel_map_table_column(table->mapping, source->name);
    const char *type = keel_type_for_declaration(f->arena, source);
    keel_plan_column column = {
        .source = source->name, .source_column = source, .target = source->name};
    const char *sql = NULL;
    const char *note = NULL;
    keel_error err = {0};

    if (mapped != NULL && mapped->skip)
        return;
    if (mapped != NULL && mapped->to != NULL)
        column.target = mapped->to;
    if (source->generated != KEEL_NOT_GENERATED &&
        keel_ddl_generated_sql(f->arena, table, source, &sql, &note))
        return;
    if (!keel_pg_type_by_name(f->pg, f->arena, type != NULL ? type : "text", &column.type, &err))
        die("type", err.message);
    keel_arena_push(f->arena, &table->columns, column);
}

static void add_references(fixture *f, keel_plan_table *table)
{
    for (size_t i = 0; i < table->source->foreign_keys.count; i++) {
        keel_plan_reference reference = {.source = &table->source->foreign_keys.items[i]};
        keel_arena_push(f->arena, &table->references, reference);
    }
}

static void add_table(fixture *f, const keel_sqlite_table *source)
{
    const keel_map_table *mapping =
        f->plan.mapping == NULL ? NULL : keel_mapping_table(f->plan.mapping, source->name);
    keel_plan_table *table = keel_arena_alloc(f->arena, sizeof *table);

    if (source->is_virtual || source->shadow || (mapping != NULL && mapping->skip))
        return;
    table->source = source;
    table->mapping = mapping;
    table->schema = "public";
    table->name = mapping != NULL && mapping->to_table != NULL ? mapping->to_table : source->name;
    table->target = keel_pg_catalog_find(f->plan.catalog, table->schema, table->name);
    table->create = table->target == NULL;
    for (size_t i = 0; table->create && i < source->columns.count; i++)
        add_column(f, table, &source->columns.items[i]);
    add_references(f, table);
    f->plan.tables[f->plan.table_count++] = table;
}

/* The simplest planner: every table by name, types as declared. */
static fixture start(keel_scratch *cluster,
                     const char *name,
                     const char *target_sql,
                     const char *mapping,
                     const char *source_sql)
{
    fixture f = {.arena = keel_arena_create(), .report = keel_report_create()};
    keel_error err = {0};
    keel_mapping *read = NULL;

    f.pg = cluster_database(cluster, name, NULL);
    if (target_sql != NULL)
        cluster_exec(f.pg, target_sql);
    f.plan.arena = f.arena;
    f.plan.schema = "public";
    if (mapping != NULL && !keel_mapping_read_text(f.arena, "m", mapping, &read, &err))
        die("mapping", err.message);
    f.plan.mapping = read;
    f.source = load_source(&f, source_sql);
    f.plan.source = f.source;
    if (!keel_pg_catalog_load(f.pg, f.arena, &f.plan.catalog, &err))
        die("catalog", err.message);
    f.plan.tables =
        keel_arena_alloc(f.arena, (f.plan.source->tables.count + 1) * sizeof *f.plan.tables);
    for (size_t i = 0; i < f.plan.source->tables.count; i++)
        add_table(&f, &f.plan.source->tables.items[i]);
    ok(keel_plan_ddl(&f.plan, f.report, &f.list, &err), "%s: statements are made", name);
    return f;
}

static void stop(fixture *f)
{
    keel_pg_close(f->pg);
    keel_report_free(f->report);
    keel_arena_free(f->arena);
}

static void run_statements(fixture *f)
{
    int failed = 0;
    int phase = 0;
    bool ordered = true;

    for (size_t i = 0; i < f->list.count; i++) {
        const keel_ddl *ddl = &f->list.items[i];
        keel_error err = {0};
        ordered = ordered && (int)ddl->phase >= phase;
        phase = (int)ddl->phase;
        if (keel_pg_exec(f->pg, &err, ddl->sql))
            continue;
        failed++;
        printf("# %s\n#   %s\n", ddl->sql, err.message);
    }
    is_int(failed, 0, "the server takes every statement");
    ok(ordered, "tables, then indexes, then foreign keys, then validation");
}

static const keel_finding *find(const fixture *f, const char *check, const char *object)
{
    for (size_t i = 0; i < keel_report_count(f->report); i++) {
        const keel_finding *finding = keel_report_at(f->report, i);
        if (strcmp(finding->check, check) == 0 && strcmp(finding->object, object) == 0)
            return finding;
    }
    return NULL;
}

static void found(const fixture *f, keel_severity severity, const char *check, const char *object)
{
    const keel_finding *finding = find(f, check, object);

    if (!ok(finding != NULL && finding->severity == severity, "%s %s for %s",
            keel_severity_name(severity), check, object))
        for (size_t i = 0; i < keel_report_count(f->report); i++)
            printf("#   %s | %s | %s\n", keel_report_at(f->report, i)->check,
                   keel_report_at(f->report, i)->object, keel_report_at(f->report, i)->message);
}

static void says(const fixture *f, const char *check, const char *object, const char *part)
{
    const keel_finding *finding = find(f, check, object);
    bool said =
        finding != NULL && (strstr(finding->message, part) != NULL ||
                            (finding->evidence != NULL && strstr(finding->evidence, part) != NULL));

    if (!ok(said, "%s for %s says %s", check, object, part) && finding != NULL)
        printf("#   %s\n#   %s\n", finding->message,
               finding->evidence != NULL ? finding->evidence : "");
}

static size_t warnings(const fixture *f)
{
    return keel_report_count(f->report) - keel_report_count_of(f->report, KEEL_INFO);
}

static void has_index(const fixture *f, const char *name, const char *wanted)
{
    const char *sql = keel_arena_printf(
        f->arena,
        "SELECT coalesce((SELECT indexdef FROM pg_indexes WHERE indexname = '%s'), 'none')", name);

    is_str(cluster_value(f->pg, sql), wanted, "index %s", name);
}

static void has_constraint(const fixture *f, const char *name, const char *wanted)
{
    const char *sql = keel_arena_printf(
        f->arena,
        "SELECT coalesce((SELECT string_agg(pg_get_constraintdef(oid), '; ') FROM "
        "pg_constraint WHERE conname = '%s'), 'none')",
        name);

    is_str(cluster_value(f->pg, sql), wanted, "constraint %s", name);
}

static void has_column(const fixture *f, const char *table, const char *column, const char *wanted)
{
    const char *sql =
        keel_arena_printf(f->arena,
                          "SELECT concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN "
                          "attnotnull THEN 'not null' END,"
                          " CASE attidentity WHEN 'd' THEN 'identity' END, CASE attgenerated WHEN "
                          "'s' THEN 'generated' END,"
                          " pg_get_expr(adbin, adrelid)) FROM pg_attribute LEFT JOIN pg_attrdef ON "
                          "adrelid = attrelid AND"
                          " adnum = attnum WHERE attrelid = '%s'::regclass AND attname = '%s'",
                          table, column);

    is_str(cluster_value(f->pg, sql), wanted, "column %s.%s", table, column);
}

static const char whole_sql[] =
    "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, name "
    "VARCHAR(40) NOT NULL"
    " DEFAULT 'anon', balance DECIMAL(12,2) DEFAULT 0, age INT CHECK (age >= 0), code TEXT, region "
    "TEXT,"
    " CONSTRAINT code_region UNIQUE (code, region), CONSTRAINT grown CHECK (age < 200), UNIQUE "
    "(email));"
    "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON "
    "DELETE CASCADE"
    " ON UPDATE RESTRICT, parent_id INTEGER CONSTRAINT posts_parent REFERENCES posts(id) "
    "DEFERRABLE INITIALLY"
    " DEFERRED, code TEXT, region TEXT, words INTEGER, doubled INTEGER GENERATED ALWAYS AS (words "
    "* 2) STORED,"
    " tripled INTEGER AS (words * 3), FOREIGN KEY (region, code) REFERENCES users (region, code));"
    "CREATE INDEX posts_user ON posts (user_id, id DESC);"
    "CREATE UNIQUE INDEX posts_words ON posts (words) WHERE user_id > 0;"
    "CREATE INDEX posts_sum ON posts (words + user_id);"
    "CREATE TABLE \"Order\" (\"select\" TEXT, part INT, PRIMARY KEY (\"select\", part)) WITHOUT "
    "ROWID;";

static void test_whole(keel_scratch *cluster)
{
    fixture f = start(cluster, "whole", NULL, NULL, whole_sql);

    run_statements(&f);
    has_column(&f, "users", "id", "bigint not null identity");
    has_column(&f, "users", "email", "text not null");
    has_column(&f, "users", "name", "character varying(40) not null 'anon'::character varying");
    has_column(&f, "users", "balance", "numeric(12,2) 0");
    has_column(&f, "posts", "doubled", "bigint generated (words * 2)");
    has_column(&f, "posts", "tripled", "bigint generated (words * 3)");
    has_column(&f, "\"Order\"", "select", "text not null");
    has_constraint(&f, "users_pkey", "PRIMARY KEY (id)");
    has_constraint(&f, "users_email_key", "UNIQUE (email)");
    has_constraint(&f, "code_region", "UNIQUE (code, region)");
    has_constraint(&f, "grown", "CHECK ((age < 200))");
    has_constraint(&f, "users_check", "CHECK ((age >= 0))");
    has_constraint(
        &f, "posts_user_id_fkey",
        "FOREIGN KEY (user_id) REFERENCES users(id) ON UPDATE RESTRICT ON DELETE CASCADE");
    has_constraint(&f, "posts_parent",
                   "FOREIGN KEY (parent_id) REFERENCES posts(id) DEFERRABLE INITIALLY DEFERRED");
    has_constraint(&f, "posts_region_code_fkey",
                   "FOREIGN KEY (region, code) REFERENCES users(region, code)");
    has_constraint(&f, "Order_pkey", "PRIMARY KEY (\"select\", part)");
    has_index(&f, "posts_user",
              "CREATE INDEX posts_user ON public.posts USING btree (user_id, id DESC)");
    has_index(
        &f, "posts_words",
        "CREATE UNIQUE INDEX posts_words ON public.posts USING btree (words) WHERE (user_id > 0)");
    has_index(&f, "posts_sum",
              "CREATE INDEX posts_sum ON public.posts USING btree (((words + user_id)))");
    is_str(cluster_value(f.pg, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"), "0",
           "every constraint is validated");
    found(&f, KEEL_INFO, "generated.stored", "posts(tripled)");
    is_int((int64_t)warnings(&f), 0, "nothing is lost");
    stop(&f);
}

static void test_ddl_items(keel_scratch *cluster)
{
    fixture f = start(cluster, "items", NULL, NULL, whole_sql);
    int unique = 0;
    int referring = 0;

    for (size_t i = 0; i < f.list.count; i++) {
        const keel_ddl *ddl = &f.list.items[i];
        unique += ddl->unique;
        referring += ddl->reference != NULL;
        ok(ddl->table != NULL && ddl->object != NULL, "item %zu has a table and an object: %s", i,
           ddl->object);
        ok(ddl->unique == (ddl->unique_columns != NULL), "unique items name their columns");
        ok((ddl->reference != NULL) == (ddl->phase >= KEEL_DDL_FOREIGN_KEY),
           "foreign keys have their reference");
        if (strstr(ddl->object, "posts_words") != NULL) {
            is_str(ddl->unique_columns, "\"words\"", "the columns of a partial unique index");
            ok(ddl->unique_where != NULL, "and its predicate");
        }
        if (strstr(ddl->object, "code_region") != NULL)
            is_str(ddl->unique_columns, "\"code\", \"region\"",
                   "the columns of a UNIQUE constraint");
    }
    is_int(unique, 6, "unique items");
    is_int(referring, 6, "foreign keys and their validations");
    is_str(f.list.items[0].object, "public.users", "a table is called by its name");
    stop(&f);
}

static void test_nocase(keel_scratch *cluster)
{
    fixture f =
        start(cluster, "nocase", NULL, NULL,
              "CREATE TABLE tags (name TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, label TEXT "
              "COLLATE NOCASE"
              " UNIQUE, plain TEXT, trimmed TEXT COLLATE RTRIM, number INT COLLATE NOCASE,"
              " CONSTRAINT both UNIQUE (plain, label));"
              "CREATE INDEX tags_plain ON tags (plain COLLATE NOCASE DESC);"
              "CREATE INDEX tags_binary ON tags (label COLLATE BINARY);"
              "CREATE UNIQUE INDEX tags_label ON tags (label, number);"
              "CREATE TABLE uses (tag TEXT REFERENCES tags, label TEXT REFERENCES tags(label));");

    run_statements(&f);
    has_constraint(&f, "tags_pkey", "PRIMARY KEY (name)");
    has_index(&f, "tags_name_nocase_key",
              "CREATE UNIQUE INDEX tags_name_nocase_key ON public.tags USING btree (lower((name "
              "COLLATE \"C\")))");
    has_index(&f, "tags_label_key",
              "CREATE UNIQUE INDEX tags_label_key ON public.tags USING btree (lower((label COLLATE "
              "\"C\")))");
    has_index(&f, "both",
              "CREATE UNIQUE INDEX \"both\" ON public.tags USING btree (plain, lower((label "
              "COLLATE \"C\")))");
    has_index(
        &f, "tags_plain",
        "CREATE INDEX tags_plain ON public.tags USING btree (lower((plain COLLATE \"C\")) DESC)");
    has_index(&f, "tags_binary", "CREATE INDEX tags_binary ON public.tags USING btree (label)");
    has_index(&f, "tags_label",
              "CREATE UNIQUE INDEX tags_label ON public.tags USING btree (lower((label COLLATE "
              "\"C\")), number)");
    found(&f, KEEL_INFO, "collation.nocase", "tags(name)");
    found(&f, KEEL_INFO, "index.nocase", "tags");
    found(&f, KEEL_INFO, "index.nocase", "tags: constraint both");
    found(&f, KEEL_INFO, "index.nocase", "tags: index tags_plain");
    says(&f, "index.nocase", "tags: index tags_plain", "lower(\"plain\" COLLATE \"C\") DESC");
    found(&f, KEEL_WARNING, "collation.not_carried", "tags(trimmed)");
    found(&f, KEEL_WARNING, "foreign_key.case_blind", "uses(tag)");
    found(&f, KEEL_WARNING, "foreign_key.not_carried", "uses(label)");
    ok(find(&f, "collation.nocase", "tags(number)") == NULL,
       "a collation of numbers means nothing");
    cluster_exec(f.pg, "INSERT INTO tags (name, label) VALUES ('a', 'x')");
    is_str(
        cluster_value(
            f.pg,
            "WITH made AS (INSERT INTO tags (name, label) VALUES ('b', 'X') ON CONFLICT DO NOTHING"
            " RETURNING 1) SELECT count(*) FROM made"),
        "0", "labels that differ in case only still collide");
    stop(&f);
}

static const char lost_sql[] =
    "CREATE TABLE loose (a TEXT, b TEXT, PRIMARY KEY (a, b));"
    "CREATE TABLE lossy (id INTEGER PRIMARY KEY, x TEXT CHECK (printf('%s', x) <> ''), y TEXT "
    "DEFAULT (hex(randomblob(4))),"
    " z TEXT GENERATED ALWAYS AS (printf('%s', x)) STORED, anything AS (id + 1), n INT, u TEXT "
    "UNIQUE ON CONFLICT REPLACE,"
    " CONSTRAINT odd CHECK (printf('%d', n) = '5'));"
    "CREATE INDEX lossy_odd ON lossy (printf('%s', x));"
    "CREATE UNIQUE INDEX lossy_unique ON lossy (n) WHERE printf('%s', x) = 'a';"
    "CREATE TABLE child (a TEXT REFERENCES loose (a), missing INT REFERENCES nowhere, text_key "
    "TEXT REFERENCES lossy (id),"
    " part INT REFERENCES lossy (n), ok INT REFERENCES lossy, both TEXT, FOREIGN KEY (a, both) "
    "REFERENCES loose (b, a));"
    "CREATE VIEW seen AS SELECT id FROM lossy;"
    "CREATE TRIGGER noticed AFTER INSERT ON lossy BEGIN DELETE FROM child; END;"
    "CREATE VIRTUAL TABLE docs USING fts4 (body);";

static void test_lost(keel_scratch *cluster)
{
    fixture f = start(cluster, "lost", NULL, NULL, lost_sql);

    run_statements(&f);
    found(&f, KEEL_WARNING, "primary_key.not_null", "loose(a)");
    found(&f, KEEL_WARNING, "primary_key.not_null", "loose(b)");
    found(&f, KEEL_WARNING, "constraint.not_carried", "lossy");
    says(&f, "constraint.not_carried", "lossy", "printf('%s', x) <> ''");
    found(&f, KEEL_WARNING, "constraint.not_carried", "lossy: constraint odd");
    found(&f, KEEL_WARNING, "default.not_carried", "lossy(y)");
    says(&f, "default.not_carried", "lossy(y)", "hex(randomblob(4))");
    found(&f, KEEL_WARNING, "generated.not_carried", "lossy(z)");
    found(&f, KEEL_WARNING, "generated.not_carried", "lossy(anything)");
    says(&f, "generated.not_carried", "lossy(anything)", "declares no type");
    has_column(&f, "lossy", "z", "text");
    found(&f, KEEL_WARNING, "constraint.conflict_clause", "lossy");
    found(&f, KEEL_WARNING, "index.not_carried", "lossy: index lossy_odd");
    found(&f, KEEL_WARNING, "index.not_carried", "lossy: index lossy_unique");
    says(&f, "index.not_carried", "lossy: index lossy_unique", "uniqueness is not enforced");
    found(&f, KEEL_WARNING, "foreign_key.not_carried", "child(a)");
    says(&f, "foreign_key.not_carried", "child(a)", "not unique");
    says(&f, "foreign_key.not_carried", "child(missing)", "neither transferred nor in the target");
    says(&f, "foreign_key.not_carried", "child(text_key)",
         "\\\"text_key\\\" is text and \\\"id\\\" of its parent is bigint");
    says(&f, "foreign_key.not_carried", "child(part)", "not unique");
    has_constraint(&f, "child_ok_fkey", "FOREIGN KEY (ok) REFERENCES lossy(id)");
    has_constraint(&f, "child_a_both_fkey", "FOREIGN KEY (a, \"both\") REFERENCES loose(b, a)");
    found(&f, KEEL_WARNING, "view.not_carried", "seen");
    says(&f, "view.not_carried", "seen", "CREATE VIEW seen AS SELECT id FROM lossy");
    found(&f, KEEL_WARNING, "trigger.not_carried", "lossy: trigger noticed");
    found(&f, KEEL_WARNING, "virtual_table.not_carried", "docs");
    stop(&f);
}

#define LONG20 "abcdefghijklmnopqrst"
#define LONG70 LONG20 LONG20 LONG20 "0123456789"
static const char names_sql[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, xmin INT, " LONG70 " INT);"
    "CREATE TABLE " LONG70 " (a INT, b INT, UNIQUE (a, b));"
    "CREATE TABLE s (a INT, b INT, CONSTRAINT " LONG70
    " CHECK (a > 0), CONSTRAINT same CHECK (a > 1),"
    " CONSTRAINT same CHECK (b > 1));"
    "CREATE INDEX " LONG20 LONG20 LONG20 "0\xc3\xa6\xc3\xb8\xc3\xa5 ON s (a);"
    "CREATE INDEX taken ON s (b);"
    "CREATE INDEX taken_too ON s (a, b);";

static void test_names(keel_scratch *cluster)
{
    fixture f =
        start(cluster, "names",
              "CREATE TABLE taken (id int PRIMARY KEY); CREATE INDEX taken_too ON taken (id)", NULL,
              names_sql);

    found(&f, KEEL_CRITICAL, "name.reserved", "t(xmin)");
    found(&f, KEEL_CRITICAL, "name.too_long", "t(" LONG70 ")");
    found(&f, KEEL_CRITICAL, "name.too_long", LONG70);
    found(&f, KEEL_INFO, "name.shortened", "s: constraint " LONG70);
    found(&f, KEEL_INFO, "name.shortened",
          "s: index " LONG20 LONG20 LONG20 "0\xc3\xa6\xc3\xb8\xc3\xa5");
    found(&f, KEEL_INFO, "name.changed", "s: index taken");
    found(&f, KEEL_INFO, "name.changed", "s: index taken_too");
    found(&f, KEEL_INFO, "name.changed", "s: constraint same");
    for (size_t i = 0; i < f.list.count; i++) {
        keel_error err = {0};
        if (strcmp(f.list.items[i].table->name, "s") == 0)
            ok(keel_pg_exec(f.pg, &err, f.list.items[i].sql), "the server takes it: %s",
               err.message);
    }
    has_index(&f, "taken_2", "CREATE INDEX taken_2 ON public.s USING btree (b)");
    has_index(&f, LONG20 LONG20 LONG20 "0\xc3\xa6",
              "CREATE INDEX \"" LONG20 LONG20 LONG20 "0\xc3\xa6\" ON public.s USING btree (a)");
    has_constraint(&f, "same_2", "CHECK ((b > 1))");
    stop(&f);
}

static void test_mapped(keel_scratch *cluster)
{
    fixture f = start(cluster, "mapped",
                      "CREATE TABLE people (pid bigint PRIMARY KEY, code text, n int); CREATE "
                      "TABLE \"Cities\" (id int UNIQUE);"
                      "CREATE UNIQUE INDEX ON people (code) WHERE n > 0",
                      "tables:\n"
                      "  users: {to: people, columns: {id: pid}}\n"
                      "  cities: skip\n"
                      "  notes: {to: remarks, columns: {body: content, gone: skip}}\n",
                      "CREATE TABLE users (id INTEGER PRIMARY KEY, code TEXT UNIQUE);"
                      "CREATE TABLE cities (id INTEGER PRIMARY KEY);"
                      "CREATE TABLE notes (id INTEGER PRIMARY KEY, author INT REFERENCES users, "
                      "city INT REFERENCES cities,"
                      " code TEXT REFERENCES users(code), body TEXT, gone INT REFERENCES users, "
                      "calc INT AS (length(body)),"
                      " UNIQUE (body), UNIQUE (gone));"
                      "CREATE INDEX notes_gone ON notes (gone);");

    run_statements(&f);
    has_constraint(&f, "remarks_author_fkey", "FOREIGN KEY (author) REFERENCES people(pid)");
    has_constraint(&f, "remarks_city_fkey", "FOREIGN KEY (city) REFERENCES \"Cities\"(id)");
    has_constraint(&f, "remarks_content_key", "UNIQUE (content)");
    found(&f, KEEL_WARNING, "foreign_key.not_carried", "notes(code)");
    found(&f, KEEL_WARNING, "foreign_key.not_carried", "notes(gone)");
    found(&f, KEEL_WARNING, "index.not_carried", "notes: index notes_gone");
    found(&f, KEEL_WARNING, "constraint.not_carried", "notes");
    is_str(cluster_value(f.pg, "SELECT count(*) FROM pg_attribute WHERE attrelid = "
                               "'remarks'::regclass AND attname = 'gone'"),
           "0", "a skipped column is not made");
    ok(strstr(cluster_value(f.pg, "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE "
                                  "adrelid = 'remarks'::regclass"),
              "content") != NULL,
       "a generated column refers to the target's names");
    stop(&f);
}

/* Made again over its own result (a resume), the same statements come out. */
static void test_again(keel_scratch *cluster)
{
    fixture f = start(cluster, "again", NULL, NULL, whole_sql);
    keel_ddl_list second = {0};
    keel_error err = {0};
    bool same = true;

    run_statements(&f);
    if (!keel_pg_catalog_load(f.pg, f.arena, &f.plan.catalog, &err))
        die("catalog", err.message);
    keel_plan_ddl(&f.plan, f.report, &second, &err);
    is_int((int64_t)second.count, (int64_t)f.list.count, "as many statements the second time");
    for (size_t i = 0; i < second.count && i < f.list.count; i++)
        same = same && strcmp(second.items[i].sql, f.list.items[i].sql) == 0;
    ok(same, "and the same ones");
    f.plan.creates_schema = true;
    f.plan.schema = "new \"one\"";
    is_str(keel_plan_create_schema_sql(&f.plan), "CREATE SCHEMA IF NOT EXISTS \"new \"\"one\"\"\"",
           "the schema");
    f.plan.creates_schema = false;
    ok(keel_plan_create_schema_sql(&f.plan) == NULL, "a schema that stands needs no statement");
    stop(&f);
}

/* What the translator says besides SQL becomes a finding. */
static void test_translated(keel_scratch *cluster)
{
    fixture f = start(cluster, "translated", NULL, NULL,
                      "CREATE TABLE t (id INTEGER PRIMARY KEY, flag BOOLEAN NOT NULL DEFAULT 1 "
                      "CHECK (flag IN (0, 1)),"
                      " made TIMESTAMP DEFAULT CURRENT_TIMESTAMP, doc JSON, title TEXT,"
                      " CONSTRAINT is_json CHECK (json_valid(doc)));"
                      "CREATE INDEX t_lower ON t (lower(title));");

    run_statements(&f);
    found(&f, KEEL_INFO, "constraint.implied", "t");
    found(&f, KEEL_INFO, "constraint.implied", "t: constraint is_json");
    has_constraint(&f, "is_json", "none");
    has_column(&f, "t", "flag", "boolean not null true");
    is_str(cluster_value(
               f.pg, "INSERT INTO t (title) VALUES ('x') RETURNING id = 1 AND made IS NOT NULL"),
           "t", "identity and default give values");
    found(&f, KEEL_INFO, "index.translated", "t: index t_lower");
    is_int((int64_t)warnings(&f), 0, "nothing is lost");
    stop(&f);
}

static void make_again(fixture *f)
{
    keel_error err = {0};

    keel_report_free(f->report);
    f->report = keel_report_create();
    ok(keel_plan_ddl(&f->plan, f->report, &f->list, &err), "statements are made again");
}

static void test_unread(keel_scratch *cluster)
{
    fixture f = start(cluster, "unread", NULL, NULL,
                      "CREATE TABLE t (a INT); CREATE UNIQUE INDEX half ON t (a) WHERE a > 0;");
    keel_sqlite_table *table = &f.source->tables.items[0];

    is_int((int64_t)f.list.count, 2, "a table and its index");
    table->parse_problem = "strange word at 7";
    table->indexes.items[0].parts[0].expr = NULL;
    table->indexes.items[0].where_sql = NULL;
    table->indexes.items[0].where_expr = NULL;
    make_again(&f);
    is_int((int64_t)f.list.count, 1,
           "an index whose condition could not be read is never built over all rows");
    found(&f, KEEL_WARNING, "index.not_carried", "t: index half");
    found(&f, KEEL_WARNING, "table.not_parsed", "t");
    says(&f, "table.not_parsed", "t", "strange word at 7");
    stop(&f);
}

static void test_restricted(keel_scratch *cluster)
{
    static const char *const only[] = {"a", NULL};
    fixture f =
        start(cluster, "restricted", NULL, "tables: {b: skip}",
              "CREATE TABLE a (x INT); CREATE TABLE b (x INT); CREATE VIEW v AS SELECT * FROM a;"
              "CREATE TRIGGER on_a AFTER INSERT ON a BEGIN DELETE FROM b; END;"
              "CREATE TRIGGER on_b AFTER INSERT ON b BEGIN DELETE FROM a; END;");

    is_int((int64_t)warnings(&f), 3, "a whole transfer names every view and trigger");
    f.plan.options.only = only;
    make_again(&f);
    is_int((int64_t)warnings(&f), 1, "with --table only what belongs to that table");
    found(&f, KEEL_WARNING, "trigger.not_carried", "a: trigger on_a");
    stop(&f);
}

static void test_wide(keel_scratch *cluster)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "CREATE TABLE wide (c0 INT");
    for (int i = 1; i <= 1600; i++)
        keel_str_addf(&sql, ", c%d INT", i);
    keel_str_add(&sql, ")");
    fixture f = start(cluster, "wide", NULL, NULL, sql.data);
    found(&f, KEEL_CRITICAL, "table.too_many_columns", "wide");
    stop(&f);
}

int main(void)
{
    keel_scratch *cluster = cluster_start(NULL);

    test_whole(cluster);
    test_ddl_items(cluster);
    test_nocase(cluster);
    test_lost(cluster);
    test_names(cluster);
    test_mapped(cluster);
    test_again(cluster);
    test_translated(cluster);
    test_unread(cluster);
    test_restricted(cluster);
    test_wide(cluster);
    keel_scratch_stop(cluster);
    return done_testing();
}

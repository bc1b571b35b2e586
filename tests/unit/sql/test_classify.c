/* Each statement's command, whether it may stand in a transaction, its manner, and its locks. */
#include "base/str.h"
#include "sql/classify.h"
#include "tap.h"

typedef struct row {
    const char *sql, *command;
    keel_sql_manner manner;
    bool transactional;
    const char *locks; /* "a AX, b SRE" */
} row;

#define BRIEF KEEL_MANNER_BRIEF
#define LONG KEEL_MANNER_LONG
#define DATA KEEL_MANNER_DATA

static const row rows[] = {
    {"alter table s.a add column b int", "ALTER TABLE", BRIEF, true, "s.a ACCESS EXCLUSIVE"},
    {"alter table a add foreign key (b) references c", "ALTER TABLE", BRIEF, true,
     "c SHARE ROW EXCLUSIVE, a SHARE ROW EXCLUSIVE"},
    {"alter table a add column b int references c", "ALTER TABLE", BRIEF, true,
     "a ACCESS EXCLUSIVE, c SHARE ROW EXCLUSIVE"},
    {"alter table a validate constraint x", "ALTER TABLE", LONG, true, "a SHARE UPDATE EXCLUSIVE"},
    {"alter table a validate constraint x, alter b set not null", "ALTER TABLE", BRIEF, true, "a ACCESS EXCLUSIVE"},
    {"alter table a set (fillfactor = 70)", "ALTER TABLE", BRIEF, true, "a SHARE UPDATE EXCLUSIVE"},
    {"alter table a set (user_catalog_table = true)", "ALTER TABLE", BRIEF, true, "a ACCESS EXCLUSIVE"},
    {"alter table a disable trigger t", "ALTER TABLE", BRIEF, true, "a SHARE ROW EXCLUSIVE"},
    {"alter table a attach partition b default", "ALTER TABLE", BRIEF, true,
     "b ACCESS EXCLUSIVE, a SHARE UPDATE EXCLUSIVE"},
    {"alter table a detach partition b concurrently", "ALTER TABLE .. DETACH PARTITION CONCURRENTLY", LONG, false,
     "b ACCESS EXCLUSIVE, a SHARE UPDATE EXCLUSIVE"},
    {"create index on a (b)", "CREATE INDEX", BRIEF, true, "a SHARE"},
    {"create index concurrently i on a (b)", "CREATE INDEX CONCURRENTLY", LONG, false, "a SHARE UPDATE EXCLUSIVE"},
    {"drop index s.i", "DROP INDEX", BRIEF, true, "s.i ACCESS EXCLUSIVE"},
    {"drop index concurrently i", "DROP INDEX CONCURRENTLY", LONG, false, "i SHARE UPDATE EXCLUSIVE"},
    {"drop table a, s.b cascade", "DROP TABLE", BRIEF, true, "a ACCESS EXCLUSIVE, s.b ACCESS EXCLUSIVE"},
    {"drop trigger t on s.a", "DROP TRIGGER", BRIEF, true, "s.a ACCESS EXCLUSIVE"},
    {"reindex table a", "REINDEX", BRIEF, true, "a SHARE"},
    {"reindex table concurrently a", "REINDEX CONCURRENTLY", LONG, false, "a SHARE UPDATE EXCLUSIVE"},
    {"reindex database d", "REINDEX", BRIEF, false, ""},
    {"vacuum a", "VACUUM", LONG, false, "a SHARE UPDATE EXCLUSIVE"},
    {"vacuum (full) a", "VACUUM", LONG, false, "a ACCESS EXCLUSIVE"},
    {"analyze a", "ANALYZE", LONG, true, "a SHARE UPDATE EXCLUSIVE"},
    {"cluster", "CLUSTER", BRIEF, false, ""},
    {"refresh materialized view concurrently m", "REFRESH MATERIALIZED VIEW", LONG, true, "m EXCLUSIVE"},
    {"create table a (b int references c)", "CREATE TABLE", BRIEF, true, "c SHARE ROW EXCLUSIVE"},
    {"create table p partition of a default", "CREATE TABLE", BRIEF, true, "a ACCESS EXCLUSIVE"},
    {"create trigger t before insert on a for each row execute function f()", "CREATE TRIGGER", BRIEF, true,
     "a SHARE ROW EXCLUSIVE"},
    {"lock table a in share mode", "LOCK TABLE", BRIEF, true, "a SHARE"},
    {"insert into a values (1)", "INSERT", DATA, true, "a ROW EXCLUSIVE"},
    {"copy a to stdout", "COPY", DATA, true, "a ACCESS SHARE"},
    {"do $$ begin end $$", "DO", DATA, true, ""},
    {"alter type t add value 'x'", "ALTER TYPE", BRIEF, true, ""},
    {"create database d", "CREATE DATABASE", BRIEF, false, ""},
    {"alter system set work_mem = '1GB'", "ALTER SYSTEM", BRIEF, false, ""},
    {"alter database d set tablespace s", "ALTER DATABASE", BRIEF, false, ""},
    {"alter database d connection limit 5", "ALTER DATABASE", BRIEF, true, ""},
    {"alter subscription s refresh publication", "ALTER SUBSCRIPTION", BRIEF, false, ""},
    {"alter subscription s add publication p", "ALTER SUBSCRIPTION", BRIEF, false, ""},
    {"alter subscription s disable", "ALTER SUBSCRIPTION", BRIEF, true, ""},
    {"set search_path = x", "SET", KEEL_MANNER_SESSION, true, ""},
    {"begin", "BEGIN", KEEL_MANNER_CONTROL, true, ""},
    {"commit", "COMMIT", KEEL_MANNER_CONTROL, true, ""},
};

static void classify(const char *sql, int version, keel_arena *arena, keel_sql_class *class)
{
    const keel_sql_node *node = NULL;
    keel_sql_complaint complaint;

    if (!keel_sql_parse(arena, sql, strlen(sql), &node, &complaint))
        node = NULL;
    keel_sql_classify(arena, node, sql, strlen(sql), version, class);
}

static const char *locks(keel_arena *arena, const keel_sql_class *class)
{
    const char *text = "";

    for (size_t i = 0; i < class->relations.count; i++) {
        const keel_sql_relation *r = &class->relations.items[i];
        text = keel_arena_printf(arena, "%s%s%s%s%s %s", text, i > 0 ? ", " : "", r->schema != NULL ? r->schema : "",
                                 r->schema != NULL ? "." : "", r->name, keel_sql_lock_name(r->lock));
    }
    return text;
}

static void test_rows(void)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(rows); i++) {
        keel_arena *arena = keel_arena_create();
        keel_sql_class class;
        classify(rows[i].sql, 0, arena, &class);
        is_str(class.command, rows[i].command, "%s", rows[i].sql);
        ok(class.manner == rows[i].manner && class.transactional == rows[i].transactional && class.analysed,
           "its manner (%d) and its transaction (%d)", (int)class.manner, class.transactional);
        is_str(locks(arena, &class), rows[i].locks, "its locks");
        keel_arena_free(arena);
    }
}

static void test_newer(void)
{
    keel_arena *arena = keel_arena_create();
    keel_sql_class class;

    classify("repack (concurrently) a", 0, arena, &class);
    ok(!class.analysed && !class.transactional && class.manner == LONG, "a statement of a newer server, by its words");
    classify("alter table a alter constraint x inherit", 0, arena, &class);
    ok(!class.analysed && class.transactional && class.manner == BRIEF, "an unknown ALTER is brief and transactional");
    is_str(class.command, "ALTER TABLE", "and has its name");
    classify("alter type t add value 'x'", 110000, arena, &class);
    ok(!class.transactional, "ALTER TYPE .. ADD VALUE before PostgreSQL 12");
    keel_arena_free(arena);
}

static void test_complaint(void)
{
    static const char sql[] = "select '이' form x y";
    keel_arena *arena = keel_arena_create();
    const keel_sql_node *node = NULL;
    keel_sql_complaint complaint;

    ok(!keel_sql_parse(arena, sql, strlen(sql), &node, &complaint), "a wrong statement is none");
    is_str(complaint.message, "syntax error at or near \"x\"", "what is wrong");
    is_int((int64_t)complaint.at, (int64_t)(strstr(sql, "x y") - sql), "where, in bytes");
    ok(!keel_sql_parse(arena, "select 1; select 2", 18, &node, &complaint), "two statements are not one");
    ok(!keel_sql_parse(arena, "se\0ct", 5, &node, &complaint), "nor is a NUL byte");
    keel_arena_free(arena);
}

int main(void)
{
    test_rows();
    test_newer();
    test_complaint();
    return done_testing();
}

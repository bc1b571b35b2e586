/* CREATE statements as models, shown as one line per thing. */
#include "sqlite/ddl.h"
#include "tap.h"

static void show_column(const keel_sqlite_column *column, keel_str *out)
{
    static const char *const affinities[] = {"blob", "text", "numeric", "integer", "real"};

    keel_str_addf(out, "%s:%s:%s", column->name, column->type, affinities[column->affinity]);
    if (column->primary_key > 0)
        keel_str_addf(out, " pk%d", column->primary_key);
    if (column->not_null)
        keel_str_add(out, " notnull");
    if (!keel_streq(column->collation, "BINARY"))
        keel_str_addf(out, " %s", column->collation);
    if (column->default_sql != NULL)
        keel_str_addf(out, " default<%s>%s", column->default_sql,
                      column->default_expr == NULL ? "?" : "");
    if (column->generated != KEEL_NOT_GENERATED)
        keel_str_addf(out, " %s<%s>%s",
                      column->generated == KEEL_GENERATED_STORED ? "stored" : "virtual",
                      column->generated_sql, column->generated_expr == NULL ? "?" : "");
}

static void show_parts(const keel_sqlite_index *index, keel_str *out)
{
    for (size_t i = 0; i < index->part_count; i++) {
        const keel_sqlite_index_part *part = &index->parts[i];
        keel_str_add(out, i > 0 ? "," : "(");
        if (part->column != NULL)
            keel_str_add(out, part->column);
        else
            keel_str_addf(out, "<%s>", part->sql);
        if (part->collation != NULL)
            keel_str_addf(out, " %s", part->collation);
        keel_str_add(out, part->descending ? " desc" : "");
    }
    keel_str_addc(out, ')');
}

static void show_names(const char *const *names, size_t count, keel_str *out)
{
    for (size_t i = 0; i < count; i++)
        keel_str_addf(out, "%s%s", i > 0 ? "," : "", names[i]);
}

static void show_key(const keel_sqlite_foreign_key *key, keel_str *out)
{
    keel_str_addf(out, "; fk %s(", key->name != NULL ? key->name : "");
    show_names(key->columns, key->count, out);
    keel_str_addf(out, ")->%s(", key->parent);
    if (key->parent_columns != NULL)
        show_names(key->parent_columns, key->count, out);
    keel_str_addc(out, ')');
    if (!keel_streq(key->on_delete, "NO ACTION"))
        keel_str_addf(out, " delete %s", key->on_delete);
    if (!keel_streq(key->on_update, "NO ACTION"))
        keel_str_addf(out, " update %s", key->on_update);
    keel_str_add(out, key->deferrable_initially_deferred ? " deferred" : "");
}

static void show_table(const keel_sqlite_table *table, keel_str *out)
{
    keel_str_addf(out, "%s", table->name);
    for (size_t i = 0; i < table->columns.count; i++) {
        keel_str_add(out, i > 0 ? ", " : " ");
        show_column(&table->columns.items[i], out);
    }
    for (size_t i = 0; i < table->checks.count; i++) {
        const keel_sqlite_check *check = &table->checks.items[i];
        keel_str_addf(out, "; check %s<%s>%s", check->name != NULL ? check->name : "", check->sql,
                      check->expr == NULL ? "?" : "");
    }
    for (size_t i = 0; i < table->foreign_keys.count; i++)
        show_key(&table->foreign_keys.items[i], out);
    for (size_t i = 0; i < table->indexes.count; i++) {
        const keel_sqlite_index *index = &table->indexes.items[i];
        keel_str_addf(out, "; %c %s", index->origin,
                      index->constraint_name != NULL ? index->constraint_name : "");
        show_parts(index, out);
    }
    for (size_t i = 0; i < table->conflict_clauses.count; i++)
        keel_str_addf(out, "; conflict %s", table->conflict_clauses.items[i]);
    keel_str_add(out, table->rowid_alias != NULL ? "; alias" : "");
    keel_str_add(out, table->autoincrement ? "; autoincrement" : "");
    keel_str_add(out, table->without_rowid ? "; without rowid" : "");
    keel_str_add(out, table->strict ? "; strict" : "");
}

typedef struct example {
    const char *sql, *model; /* model NULL: refused */
} example;

static const example tables[] = {
    {"CREATE TABLE t(a)", "t a::blob"},
    {"CREATE TABLE t(a, b, c)", "t a::blob, b::blob, c::blob"},
    {"create table IF NOT EXISTS main.T (A int);", "T A:int:integer"},
    {"CREATE TABLE \"my \"\"t\"(\"a b\" int, [c d] text, `e``f` blob, 'g' real)",
     "my \"t a b:int:integer, c d:text:text, e`f:blob:blob, g:real:real"},
    {"CREATE TABLE t(\n -- first ) (\n a int, /* , b text */ c text -- last\n)",
     "t a:int:integer, c:text:text"},
    {"CREATE TABLE t(a VARCHAR(20), b DECIMAL( 10 , 2 ), c UNSIGNED BIG INT, d DOUBLE PRECISION)",
     "t a:VARCHAR(20):text, b:DECIMAL(10,2):numeric, c:UNSIGNED BIG INT:integer, d:DOUBLE "
     "PRECISION:real"},
    {"CREATE TABLE t(a FLOATING POINT, b CHARINT, c STRING, d BOOLEAN, e DATETIME, f ANY)",
     "t a:FLOATING POINT:integer, b:CHARINT:integer, c:STRING:numeric, d:BOOLEAN:numeric, "
     "e:DATETIME:numeric, "
     "f:ANY:numeric"},
    {"CREATE TABLE t(a ANY, b INT) STRICT", "t a:ANY:blob, b:INT:integer; strict"},
    {"CREATE TABLE t(id INTEGER PRIMARY KEY)", "t id:INTEGER:integer pk1; p (id); alias"},
    {"CREATE TABLE t(id INT PRIMARY KEY)", "t id:INT:integer pk1; p (id)"},
    {"CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL)",
     "t id:INTEGER:integer pk1 notnull; p (id); alias; autoincrement"},
    {"CREATE TABLE t(id integer primary key desc)", "t id:integer:integer pk1; p (id desc)"},
    {"CREATE TABLE t(id integer, primary key(id desc))",
     "t id:integer:integer pk1; p (id desc); alias"},
    {"CREATE TABLE t(id integer, primary key(id autoincrement))",
     "t id:integer:integer pk1; p (id); alias; autoincrement"},
    {"CREATE TABLE t(a int, b text, PRIMARY KEY(b, A))",
     "t a:int:integer pk2, b:text:text pk1; p (b,a)"},
    {"CREATE TABLE t(a int, b text, CONSTRAINT pk PRIMARY KEY(a)) WITHOUT ROWID",
     "t a:int:integer pk1 notnull, b:text:text; p pk(a); without rowid"},
    {"CREATE TABLE t(a INTEGER PRIMARY KEY) WITHOUT ROWID, STRICT",
     "t a:INTEGER:integer pk1 notnull; p (a); without rowid; strict"},
    {"CREATE TABLE t(a text NOT NULL UNIQUE COLLATE NoCase)",
     "t a:text:text notnull NOCASE; u (a)"},
    {"CREATE TABLE t(a text collate my_order)", "t a:text:text my_order"},
    {"CREATE TABLE t(a, b, CONSTRAINT u1 UNIQUE(a, b), UNIQUE(b COLLATE NOCASE DESC))",
     "t a::blob, b::blob; u u1(a,b); u (b NOCASE desc)"},
    {"CREATE TABLE t(a DEFAULT 1, b DEFAULT -1, c DEFAULT +1.5, d DEFAULT 'x''y', e DEFAULT NULL)",
     "t a::blob default<1>, b::blob default<-1>, c::blob default<+1.5>, d::blob default<'x''y'>, "
     "e::blob default<NULL>"},
    {"CREATE TABLE t(a DEFAULT (1 + (2)), b DEFAULT (datetime('now')) NOT NULL)",
     "t a::blob default<1 + (2)>, b::blob notnull default<datetime('now')>"},
    {"CREATE TABLE t(a DEFAULT CURRENT_TIMESTAMP, b DEFAULT true, c DEFAULT foo, d DEFAULT "
     "\"bar\")",
     "t a::blob default<CURRENT_TIMESTAMP>, b::blob default<true>, c::blob default<foo>, d::blob "
     "default<\"bar\">"},
    {"CREATE TABLE t(a DEFAULT x'00ff' CHECK (a))", "t a::blob default<x'00ff'>; check <a>"},
    {"CREATE TABLE t(a DEFAULT (SELECT 1))", "t a::blob default<SELECT 1>?"},
    {"CREATE TABLE t(a int CHECK (a > 0), CHECK (a < 10))",
     "t a:int:integer; check <a > 0>; check <a < 10>"},
    {"CREATE TABLE t(a CONSTRAINT \"is good\" CHECK (a IN (')', '(', '--', '/*')))",
     "t a::blob; check is good<a IN (')', '(', '--', '/*')>"},
    {"CREATE TABLE t(a, b, CHECK (a = ')' OR (b AND (a <> '(('))))",
     "t a::blob, b::blob; check <a = ')' OR (b AND "
     "(a <> '(('))>"},
    {"CREATE TABLE t(a, CHECK (a IN (SELECT 1)))", "t a::blob; check <a IN (SELECT 1)>?"},
    {"CREATE TABLE t(a, g INT GENERATED ALWAYS AS (a * 2) STORED, h AS (a || ')') VIRTUAL, i AS "
     "(a))",
     "t a::blob, g:INT:integer stored<a * 2>, h::blob virtual<a || ')'>, i::blob virtual<a>"},
    {"CREATE TABLE t(g GENERATED ALWAYS AS (1) NOT NULL)", "t g::blob notnull virtual<1>"},
    {"CREATE TABLE t(a REFERENCES p)", "t a::blob; fk (a)->p()"},
    {"CREATE TABLE t(a int REFERENCES \"p q\"(\"x y\") ON DELETE CASCADE ON UPDATE SET NULL)",
     "t a:int:integer; fk (a)->p q(x y) delete CASCADE update SET NULL"},
    {"CREATE TABLE t(a REFERENCES p(x) DEFERRABLE INITIALLY DEFERRED)",
     "t a::blob; fk (a)->p(x) deferred"},
    {"CREATE TABLE t(a REFERENCES p(x) NOT DEFERRABLE INITIALLY DEFERRED)",
     "t a::blob; fk (a)->p(x)"},
    {"CREATE TABLE t(a REFERENCES p(x) DEFERRABLE)", "t a::blob; fk (a)->p(x)"},
    {"CREATE TABLE t(a REFERENCES p(x) DEFERRABLE INITIALLY IMMEDIATE NOT NULL)",
     "t a::blob notnull; fk (a)->p(x)"},
    {"CREATE TABLE t(a REFERENCES p(x) NOT NULL DEFERRABLE INITIALLY DEFERRED)",
     "t a::blob notnull; fk (a)->p(x) deferred"},
    {"CREATE TABLE t(a, b, CONSTRAINT f FOREIGN KEY (A, b) REFERENCES p(c, d) MATCH FULL ON DELETE "
     "SET DEFAULT)",
     "t a::blob, b::blob; fk f(a,b)->p(c,d) delete SET DEFAULT"},
    {"CREATE TABLE t(a, FOREIGN KEY(a) REFERENCES t(a) ON DELETE NO ACTION ON UPDATE RESTRICT)",
     "t a::blob; fk (a)->t(a) update RESTRICT"},
    {"CREATE TABLE t(a, b, UNIQUE(a) CHECK (a) FOREIGN KEY(b) REFERENCES p)",
     "t a::blob, b::blob; check <a>; fk (b)->p(); u (a)"},
    {"CREATE TABLE t(a UNIQUE ON CONFLICT REPLACE, b NOT NULL ON CONFLICT IGNORE, c UNIQUE ON "
     "CONFLICT ABORT)",
     "t a::blob, b::blob notnull, c::blob; u (a); u (c); conflict \"a\" UNIQUE ON CONFLICT "
     "REPLACE; conflict \"b\" "
     "NOT NULL ON CONFLICT IGNORE"},
    {"CREATE TABLE t(a, b, PRIMARY KEY(a, b) ON CONFLICT ROLLBACK)",
     "t a::blob pk1, b::blob pk2; p (a,b); conflict PRIMARY KEY (a, b) ON CONFLICT ROLLBACK"},
    {"CREATE TABLE t(key text, action int, \"order\" int, [group] int, abort real, end blob, desc, "
     "cast)",
     "t key:text:text, action:int:integer, order:int:integer, group:int:integer, abort:real:real, "
     "end:blob:blob, "
     "desc::blob, cast::blob"},
    {"CREATE TABLE asel(\n  id INT,\n  name TEXT,\n  amount NUM,\n  \"a:b\"\n)",
     "asel id:INT:integer, name:TEXT:text, amount:NUM:numeric, a:b::blob"},
    {"CREATE TABLE t(a \"VARCHAR\"(9), b 'my type')", "t a:VARCHAR(9):text, b:my type:numeric"},
    {"CREATE TABLE \xc3\xbc(\xc3\xa9t\xc3\xa9 int)", "\xc3\xbc \xc3\xa9t\xc3\xa9:int:integer"},
    {"CREATE TABLE t(a int null, b null default 3)", "t a:int:integer, b::blob default<3>"},
    {"CREATE TABLE t", NULL},
    {"CREATE TABLE t(", NULL},
    {"CREATE TABLE t()", NULL},
    {"CREATE TABLE t(a int", NULL},
    {"CREATE TABLE t(a int) WITH ROWID", NULL},
    {"CREATE TABLE t(a CHECK (b)", NULL},
    {"CREATE TABLE t(a) garbage", NULL},
    {"CREATE TABLE t(select int)", NULL},
    {"CREATE TABLE t(a DEFAULT)", NULL},
    {"CREATE TABLE t(a 'open)", NULL},
    {"CREATE TABLE t(a, FOREIGN KEY(a) REFERENCES p(x, y))", NULL},
    {"CREATE TABLE t(a, PRIMARY KEY(nowhere))", NULL},
    {"CREATE VIEW v AS SELECT 1", NULL},
};

static const example indexes[] = {
    {"CREATE INDEX i ON t(a)", "i (a)"},
    {"CREATE UNIQUE INDEX IF NOT EXISTS \"my i\" ON \"t t\"(\"a b\" DESC, c ASC)",
     "unique my i (a b desc,c)"},
    {"CREATE INDEX main.i ON t(lower(a), b COLLATE nocase DESC)", "i (<lower(a)>,b NOCASE desc)"},
    {"CREATE INDEX i ON t(a || ',' || b, (c + 1))", "i (<a || ',' || b>,<(c + 1)>)"},
    {"CREATE INDEX i ON t(a) WHERE b IS NOT NULL AND c = ')'",
     "i (a) where<b IS NOT NULL AND c = ')'>"},
    {"CREATE INDEX i ON t(a) WHERE a IN (SELECT 1);", "i (a) where<a IN (SELECT 1)>?"},
    {"CREATE INDEX i ON t('a')", "i (a)"},
    {"CREATE INDEX i ON t()", NULL},
    {"CREATE INDEX i ON t(a", NULL},
    {"CREATE INDEX i ON t(a) WHERE", NULL},
};

static void each_table(keel_arena *arena)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++) {
        KEEL_CLEANUP(keel_str_free) keel_str out = {0};
        keel_sqlite_table table = {0};
        keel_error err = {0};
        bool parsed = keel_ddl_parse_table(arena, tables[i].sql, &table, &err);
        if (parsed)
            show_table(&table, &out);
        is_str(parsed ? keel_str_text(&out) : NULL, tables[i].model, "table %zu", i);
        if (!parsed)
            ok(err.message[0] != '\0', "table %zu: the reason is told", i);
    }
}

static void each_index(keel_arena *arena)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(indexes); i++) {
        KEEL_CLEANUP(keel_str_free) keel_str out = {0};
        keel_sqlite_index index = {0};
        keel_error err = {0};
        bool parsed = keel_ddl_parse_index(arena, indexes[i].sql, &index, &err);
        if (parsed) {
            keel_str_addf(&out, "%s%s ", index.unique ? "unique " : "", index.name);
            show_parts(&index, &out);
            if (index.where_sql != NULL)
                keel_str_addf(&out, " where<%s>%s", index.where_sql,
                              index.where_expr == NULL ? "?" : "");
        }
        is_str(parsed ? keel_str_text(&out) : NULL, indexes[i].model, "index %zu", i);
    }
}

static void types_have_words_and_numbers(keel_arena *arena)
{
    keel_sqlite_column column = {0};

    keel_ddl_set_type(arena, &column, "Decimal(12,4)", false);
    is_str(column.type_word, "DECIMAL", "the word of a type is in capitals");
    is_int(column.type_args[0], 12, "its first number");
    is_int(column.type_args[1], 4, "its second number");
    keel_ddl_set_type(arena, &column, "unsigned big int", false);
    is_str(column.type_word, "UNSIGNED BIG INT", "a type of several words");
    is_int(column.type_args[0], 0, "has no number");
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    each_table(arena);
    each_index(arena);
    types_have_words_and_numbers(arena);
    return done_testing();
}

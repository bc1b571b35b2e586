/* Definitions that are equal under other names and spellings, and those that only look it: indexes, CHECKs, defaults.
 * The numbers in the names are those of the requirements. */
#include <stdlib.h>

#include "check_case.h"
#include "verify/expression.h"

#define T "tables:\n  t:\n"

#define TABLE "CREATE TABLE t (id int PRIMARY KEY, at timestamptz, chain text, name varchar(50), meta jsonb," \
              " deleted_at timestamptz, \"Odd c\" text COLLATE \"C\");"
static const check_case INDEXES[] = {
    {.name = "S0-57, S4-27, S4-53: by name or by definition", .check = "schema.index_missing",
     .sql = TABLE "CREATE INDEX a ON t (at DESC, chain); CREATE INDEX b ON t USING gin (meta jsonb_path_ops);"
                  "CREATE UNIQUE INDEX c ON t (lower(name)) INCLUDE (chain, at) WHERE deleted_at IS NULL;"
                  "CREATE INDEX d ON t (\"Odd c\" COLLATE \"POSIX\" text_pattern_ops DESC NULLS LAST, at NULLS FIRST);"
                  "CREATE INDEX e ON t ((meta ->> 'status'), \"Odd c\");"
                  "CREATE INDEX f ON t (name) WHERE chain IN ('b', 'a') AND name <> 'x';",
     .suite = T "    indexes:\n      - a\n      - {name: other, keys: [at desc, chain]}\n"
                "      - {keys: meta jsonb_path_ops, method: gin}\n"
                "      - {keys: LOWER(name), where: (deleted_at is null), include: at, unique: true}\n"
                "      - {keys: \"lower(name :: text)\", where: t.deleted_at IS NULL}\n"
                "      - keys: ['\"Odd c\" collate \"POSIX\" text_pattern_ops desc nulls last', at nulls first]\n"
                "      - keys: [\"meta->>'status'\", Odd c asc]\n"
                "      - {keys: name, where: \"t.chain IN ('a', 'b') AND (name <> 'x')\"}\n",
     .found = "", .note = "8 indexes"},
    {.name = "S3-35, S4-54: those that only look it", .check = "schema.index_missing",
     .sql = TABLE "CREATE INDEX a ON t (at, chain); CREATE INDEX b ON t (meta); CREATE INDEX c ON t (lower(name));"
                  "CREATE INDEX d ON t (name) WHERE chain = 'a'; CREATE INDEX e ON t (chain) INCLUDE (at);"
                  "CREATE INDEX f ON t (chain text_pattern_ops, name);",
     .suite = T "    indexes:\n      - keys: [chain, at]\n      - keys: [at desc, chain]\n"
                "      - {name: b, keys: meta, method: gin}\n      - {keys: lower(name), unique: true}\n"
                "      - keys: upper(name)\n      - {keys: name, where: chain = 'b'}\n      - keys: name\n"
                "      - {keys: chain, include: [at, id]}\n      - keys: [chain, name]\n      - {name: x, severity: error}\n",
     .found = "warning public.t: no index is btree (at desc, chain)\n"
              "warning public.t: no index is btree (chain) include (at, id)\n"
              "warning public.t: no index is btree (chain, at)\n"
              "warning public.t: no index is btree (chain, name)\n"
              "warning public.t: no index is btree (name)\n"
              "warning public.t: no index is btree (name) where chain = 'b'\n"
              "warning public.t: no index is btree (upper(name))\n"
              "warning public.t: no index is unique btree (lower(name))\n"
              "warning public.t: the index \"b\" is btree (meta), not gin (meta)\n"
              "error public.t: the index \"x\" does not exist"},
    {.name = "S4-14: an index that is not valid does not count", .check = "schema.index_missing",
     .sql = TABLE "CREATE INDEX a ON t (at); CREATE INDEX b ON t (chain); CREATE INDEX c ON t (chain);"
                  "UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('a'::regclass, 'b'::regclass)",
     .suite = T "    indexes: [a, keys: at, keys: chain]\n",
     .found = "warning public.t: the index \"a\" is not valid, nothing can use it\n"
              "warning public.t: the index \"a\" is not valid, nothing can use it"},
    {.name = "a suite that nobody can read", .check = "schema.index_missing",
     .sql = TABLE,
     .suite = T "    indexes:\n      - keys: chian\n      - {keys: chain, where: deleted_at is nul}\n"
                "      - {keys: at, where: \"true /* ( */), (false /* ) */\"}\n      - {keys: chain, include: nmae}\n",
     .found = "error public.t: an index names the column \"nmae\", which does not exist; the nearest is \"name\"\n"
              "error public.t: the suite's index btree (at) where true /* ( */), (false /* ) */ cannot be read: it is not "
              "one expression\n"
              "error public.t: the suite's index btree (chain) where deleted_at is nul cannot be read: syntax error at or "
              "near \"nul\"\n"
              "error public.t: the suite's index btree (chian) cannot be read: column \"chian\" does not exist"},
    {.name = "a partitioned table, and what is no table", .check = "schema.index_missing",
     .sql = "CREATE TABLE t (id int, at date) PARTITION BY RANGE (at); CREATE TABLE t1 PARTITION OF t DEFAULT;"
            "CREATE INDEX ON t (id, at); CREATE MATERIALIZED VIEW m AS SELECT 1 AS id",
     .suite = "tables:\n  t: {indexes: {keys: [id, at]}}\n  m: {indexes: {keys: id}}\n",
     .found = "error public.m: an index is demanded of what is no table but a materialized view"},
};

static const check_case CHECKS[] = {
    {.name = "S4-46..51: by name or by expression", .check = "schema.constraint_missing",
     .sql = "CREATE TABLE t (a int, b varchar(20), \"C d\" numeric(10,2), f int, g int, CONSTRAINT one CHECK (a >= 0),"
            " CHECK (b IN ('x', 'y')), CHECK (\"C d\" > 0 OR \"C d\" IS NULL), CHECK ((f IS NULL) <> (g IS NULL)),"
            " CONSTRAINT u UNIQUE (a))",
     .suite = T "    constraints:\n      - one\n      - u\n      - {name: other, check: (t.a)>=0}\n"
                "      - check: b = ANY (ARRAY['y', 'x'])\n      - check: '\"C d\" > 0 OR \"C d\" IS NULL'\n"
                "      - check: (f is null) != (g is null) -- one of them\n",
     .found = "", .note = "6 constraints"},
    {.name = "S4-47, S4-50: those that only look it", .check = "schema.constraint_missing",
     .sql = "CREATE TABLE t (a int, b text, CONSTRAINT one CHECK (a > 0), CONSTRAINT level CHECK (b IN ('lot', 'wip')))",
     .suite = T "    constraints:\n      - {name: one, check: a >= 0}\n      - {name: level, check: \"b IN ('LOT', 'WIP')\"}\n"
                "      - check: \"b IN ('lot', 'wip', 'serial')\"\n      - two\n      - {check: a <> 7, severity: critical}\n",
     .found = "critical public.t: no constraint says CHECK (a <> 7)\n"
              "error public.t: no constraint says CHECK (b IN ('lot', 'wip', 'serial'))\n"
              "error public.t: the constraint \"level\" is CHECK ((b = ANY (ARRAY['lot'::text, 'wip'::text]))), not CHECK "
              "(b IN ('LOT', 'WIP'))\n"
              "error public.t: the constraint \"one\" is CHECK ((a > 0)), not CHECK (a >= 0)\n"
              "error public.t: the constraint \"two\" does not exist"},
    {.name = "not validated, unless another one is", .check = "schema.constraint_missing",
     .sql = "CREATE TABLE t (a int, b int, CHECK (b > 0)); ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NOT VALID;"
            "ALTER TABLE t ADD CONSTRAINT y CHECK (b > 0) NOT VALID",
     .suite = T "    constraints: [x, check: a > 0, check: b > 0]\n",
     .found = "error public.t: the constraint \"x\" is NOT VALID: older rows may break it\n"
              "error public.t: the constraint \"x\" is NOT VALID: older rows may break it"},
    {.name = "a suite that nobody can read", .check = "schema.constraint_missing",
     .sql = "CREATE TABLE t (amount int)",
     .suite = T "    constraints:\n      - check: amuont > 0\n      - check: amount > 'x'\n      - check: no_such(amount)\n",
     .found = "error public.t: the suite's check cannot be read: column \"amuont\" does not exist (amuont > 0)\n"
              "error public.t: the suite's check cannot be read: function no_such(integer) does not exist (no_such(amount))\n"
              "error public.t: the suite's check cannot be read: invalid input syntax for type integer: \"x\" (amount > 'x')"},
};

static const check_case DEFAULTS[] = {
    {.name = "the same in other words", .check = "schema.column_default",
     .sql = "CREATE DOMAIN level AS text; CREATE TABLE t (id serial, a varchar(20) DEFAULT 'new', b numeric(10,2) DEFAULT 0,"
            " c timestamptz DEFAULT now(), d jsonb DEFAULT '{}', e level DEFAULT 'x', f date DEFAULT CURRENT_DATE, g text[]"
            " DEFAULT '{}', h int GENERATED ALWAYS AS (id * 2) STORED, i uuid DEFAULT gen_random_uuid(), j int,"
            " k bigint GENERATED BY DEFAULT AS IDENTITY, l bool DEFAULT true, m timestamp DEFAULT now())",
     .suite = T "    columns:\n      id: serial\n      a: varchar(20) default 'new'::text\n      b: numeric(10,2) default 0.0\n"
                "      c: timestamptz default CURRENT_TIMESTAMP\n      d: jsonb default '{ }'\n      e: level default 'x'\n"
                "      f: date default current_date\n      g: text[] default ARRAY[]::text[]\n      h: int default (2 * id)\n"
                "      i: uuid default pg_catalog.gen_random_uuid()\n      j: int default none\n      k: bigserial\n"
                "      l: boolean default 't'\n      m: timestamp default current_timestamp\n",
     .found = "warning public.t(h): the default is (id * 2), not (2 * id)", .note = "14 columns, 1 warning"},
    {.name = "others", .check = "schema.column_default",
     .sql = "CREATE TABLE t (a int DEFAULT 1, b int, c int DEFAULT 1, d int NOT NULL, e int GENERATED ALWAYS AS IDENTITY,"
            " f text DEFAULT 'now()', g int DEFAULT 1)",
     .suite = T "    columns:\n      a: int default 2\n      b: int default 0\n      c: int default none\n      d: serial\n"
                "      e: int default none\n      f: text default now()\n      g: int default x\n",
     .found = "warning public.t(a): the default is 1, not 2\n"
              "warning public.t(b): there is no default, and the suite says 0\n"
              "warning public.t(c): the default is 1, and the suite says none\n"
              "warning public.t(d): no sequence feeds the column, and the suite says serial\n"
              "warning public.t(e): the default is an identity, and the suite says none\n"
              "warning public.t(f): the default is 'now()'::text, not now()\n"
              "error public.t(g): the suite's default cannot be read: column \"x\" does not exist"},
};

static void test_settle(void)
{
    static const struct {
        const char *printed, *settled;
    } all[] = {
        {"(a = ANY ('{b,a}'::text[]))", "(a = ANY ('{a,b}'::text[]))"},
        {"(a <> ALL ('{b,a,b}'::text[]))", "(a <> ALL ('{a,b}'::text[]))"},
        {"(a = ANY ('{\"b,}\",\"a\\\"\",c''d}'::text[]))", "(a = ANY ('{\"a\\\"\",\"b,}\",c''d}'::text[]))"},
        {"(a = ANY ('{}'::text[]))", "(a = ANY ('{}'::text[]))"},
        {"('= ANY (''{b,a}''' = a)", "('= ANY (''{b,a}''' = a)"},
        {"(a > CURRENT_TIMESTAMP)", "(a > now())"},
        {"(a > CURRENT_TIMESTAMP(3))", "(a > CURRENT_TIMESTAMP(3))"},
        {"(\"CURRENT_TIMESTAMP\" > 'CURRENT_TIMESTAMP')", "(\"CURRENT_TIMESTAMP\" > 'CURRENT_TIMESTAMP')"},
        {"(x_CURRENT_TIMESTAMP > 0)", "(x_CURRENT_TIMESTAMP > 0)"},
        {"(a = 'b''", "(a = 'b''"},
        {"= ANY ('{", "= ANY ('{"},
        {"", ""},
    };
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    for (size_t i = 0; i < KEEL_COUNT_OF(all); i++)
        is_str(keel_expression_settle(arena, all[i].printed), all[i].settled, "settled: %s", all[i].printed);
}

static void run_all(keel_scratch *cluster, const check_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case_run(cluster, &cases[i]);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    test_settle();
    run_all(cluster, INDEXES, KEEL_COUNT_OF(INDEXES));
    run_all(cluster, CHECKS, KEEL_COUNT_OF(CHECKS));
    run_all(cluster, DEFAULTS, KEEL_COUNT_OF(DEFAULTS));
    return done_testing();
}

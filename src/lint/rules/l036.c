#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count; i++) {
        const keel_sql_relation *r = &s->class->relations.items[i];
        const keel_world_table *table = keel_world_table_find(keel_lint_world(lint), r->schema, r->name);
        bool empty = table != NULL && table->since == 0 && keel_lint_live(lint) && table->bytes == 0;
        if (!keel_lint_made_here(table) && !empty)
            keel_lint_found(lint, s, NULL, KEEL_ERROR, r->name, "Delete in batches what has to go, or suppress this with the reason.",
                            "every row is removed%s",
                            keel_streq(keel_sql_text_of(s->node, "behavior"), "DROP_CASCADE") ? ", and those of all tables that refer to it" : "");
    }
}

static const char *const kinds[] = {"TruncateStmt", NULL};

const keel_lint_rule keel_lint_l036 = {
    .id = "L036",
    .name = "truncate",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE, for a moment; the rows are gone",
    .help = "TRUNCATE removes every row; with CASCADE also those of every table whose foreign key points here. "
            "There is no way back but a backup.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "TRUNCATE t;",
    .good = "DELETE FROM t WHERE id < 100;",
    .kinds = kinds,
    .judge = judge,
};

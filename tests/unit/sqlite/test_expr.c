/* Expressions as trees, written back as (operator operand ...) so that a test can show them. */
#include "base/str.h"
#include "sqlite/expr.h"
#include "tap.h"

static void show(const keel_expr *expr, keel_str *out);

static void show_args(const char *head, const keel_expr *expr, keel_str *out)
{
    keel_str_addf(out, "(%s%s", expr->negated ? "not-" : "", head);
    for (size_t i = 0; i < expr->arg_count; i++) {
        keel_str_addc(out, ' ');
        show(expr->args[i], out);
    }
    keel_str_add(out, expr->star ? " *)" : ")");
}

static void show(const keel_expr *expr, keel_str *out)
{
    static const char *const heads[] = {[KEEL_EXPR_IN] = "in",
                                        [KEEL_EXPR_BETWEEN] = "between",
                                        [KEEL_EXPR_IS_NULL] = "isnull",
                                        [KEEL_EXPR_CASE] = "case"};

    if (expr == NULL) {
        keel_str_addc(out, '_');
        return;
    }
    switch (expr->kind) {
    case KEEL_EXPR_NULL:
        keel_str_add(out, "null");
        break;
    case KEEL_EXPR_INTEGER:
    case KEEL_EXPR_KEYWORD:
        keel_str_add(out, expr->text);
        break;
    case KEEL_EXPR_REAL:
        keel_str_addf(out, "r%s", expr->text);
        break;
    case KEEL_EXPR_TEXT:
        keel_str_addf(out, "'%s'", expr->text);
        break;
    case KEEL_EXPR_BLOB:
        keel_str_addf(out, "x%s", expr->text);
        break;
    case KEEL_EXPR_COLUMN:
        keel_str_addf(out, expr->double_quoted ? "\"%s\"" : "%s", expr->text);
        break;
    case KEEL_EXPR_UNARY:
    case KEEL_EXPR_BINARY:
    case KEEL_EXPR_LIKE:
        show_args(expr->text, expr, out);
        break;
    case KEEL_EXPR_FUNCTION:
        keel_str_addf(out, "%s", expr->text);
        show_args("", expr, out);
        break;
    case KEEL_EXPR_CAST:
    case KEEL_EXPR_COLLATE:
        keel_str_addf(out, "%s:", expr->text);
        show(expr->args[0], out);
        break;
    case KEEL_EXPR_IN:
    case KEEL_EXPR_BETWEEN:
    case KEEL_EXPR_IS_NULL:
    case KEEL_EXPR_CASE:
        show_args(heads[expr->kind], expr, out);
        break;
    }
}

typedef struct example {
    const char *sql, *tree; /* tree NULL: not parseable */
} example;

static const example examples[] = {
    {"1", "1"},
    {"-1", "(- 1)"},
    {"0xFF", "255"},
    {"0xffffffffffffffff", "-1"},
    {"9223372036854775807", "9223372036854775807"},
    {"9223372036854775808", "r9223372036854775808"},
    {"-9223372036854775808", "(- 9223372036854775808)"},
    {"1.5e-3", "r1.5e-3"},
    {".5", "r.5"},
    {"'it''s'", "'it's'"},
    {"x'00FF'", "x00ff"},
    {"NULL", "null"},
    {"current_timestamp", "CURRENT_TIMESTAMP"},
    {"true", "TRUE"},
    {"a", "a"},
    {"\"a\"\"b\"", "\"a\"b\""},
    {"[a b]", "a b"},
    {"`a``b`", "a`b"},
    {"t.a", "a"},
    {"main.\"t\".\"a\"", "a"},
    {"key", "key"},
    {"a + b * c", "(+ a (* b c))"},
    {"(a + b) * c", "(* (+ a b) c)"},
    {"a - b - c", "(- (- a b) c)"},
    {"a || b || c", "(|| (|| a b) c)"},
    {"a * b || c", "(* a (|| b c))"},
    {"a or b and c", "(OR a (AND b c))"},
    {"not a = b", "(NOT (= a b))"},
    {"not a and b", "(AND (NOT a) b)"},
    {"a = not b", "(= a (NOT b))"},
    {"a == b", "(= a b)"},
    {"a != b", "(<> a b)"},
    {"a = b < c", "(= a (< b c))"},
    {"a < b & c", "(< a (& b c))"},
    {"-a collate nocase", "nocase:(- a)"},
    {"a = b collate nocase", "(= a nocase:b)"},
    {"~a | b", "(| (~ a) b)"},
    {"a is null", "(isnull a)"},
    {"a is not null", "(not-isnull a)"},
    {"a isnull or b notnull", "(OR (isnull a) (not-isnull b))"},
    {"a not null", "(not-isnull a)"},
    {"a is b", "(IS a b)"},
    {"a is not 5", "(IS NOT a 5)"},
    {"a is distinct from b", "(IS NOT a b)"},
    {"a is not distinct from b", "(IS a b)"},
    {"a in (1, 2)", "(in a 1 2)"},
    {"a not in ('x')", "(not-in a 'x')"},
    {"a in ()", "(in a)"},
    {"a between 1 and 2 and b", "(AND (between a 1 2) b)"},
    {"a not between b + 1 and c", "(not-between a (+ b 1) c)"},
    {"a like '%x' escape '!'", "(LIKE a '%x' '!')"},
    {"a not glob '*[^0-9]*'", "(not-GLOB a '*[^0-9]*')"},
    {"a regexp b", "(REGEXP a b)"},
    {"Lower(a)", "lower( a)"},
    {"count(*)", "count( *)"},
    {"replace(a, 'x', '')", "replace( a 'x' '')"},
    {"random()", "random()"},
    {"case when a then 1 else 2 end", "(case _ a 1 2)"},
    {"case a when 1 then 'x' when 2 then 'y' end", "(case a 1 'x' 2 'y' _)"},
    {"cast(a as decimal(10, 2))", "decimal(10, 2):a"},
    {"a ->> '$.b' = 'c'", "(= (->> a '$.b') 'c')"},
    {"a /* one */ + -- two\n b", "(+ a b)"},
    {"", NULL},
    {"a +", NULL},
    {"a b", NULL},
    {"(a", NULL},
    {"a)", NULL},
    {"(a, b) = (1, 2)", NULL},
    {"a in (select 1)", NULL},
    {"a in t", NULL},
    {"exists (select 1)", NULL},
    {"select", NULL},
    {"'open", NULL},
    {"x'0'", NULL},
    {"12abc", NULL},
    {"?1", NULL},
    {"case a end", NULL},
    {"cast(a)", NULL},
    {"a between 1", NULL},
    {"count(distinct a)", NULL},
};

static void each_example(keel_arena *arena)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(examples); i++) {
        KEEL_CLEANUP(keel_str_free) keel_str out = {0};
        const keel_expr *expr = NULL;
        keel_error err = {0};
        bool parsed = keel_expr_parse(arena, examples[i].sql, &expr, &err);
        if (parsed)
            show(expr, &out);
        is_str(parsed ? keel_str_text(&out) : NULL, examples[i].tree, "expression %zu", i);
    }
}

static void the_place_is_named(keel_arena *arena)
{
    const keel_expr *expr;
    keel_error err = {0};

    ok(!keel_expr_parse(arena, "a =\n  = b", &expr, &err), "two operators in a row are refused");
    is_str(err.message, "line 2, column 3: a value is missing near \"=\"",
           "and the place is named");
}

/* Depth beyond SQLite's own limit is refused, not a crash. */
static void depth_has_a_limit(keel_arena *arena)
{
    enum { DEEP = 100000 };
    const char *const starts[] = {"(", "-", "NOT ", "a+"};
    const keel_expr *expr;
    keel_error err;

    for (size_t i = 0; i < KEEL_COUNT_OF(starts); i++) {
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        for (int depth = 0; depth < DEEP; depth++)
            keel_str_add(&sql, starts[i]);
        keel_str_add(&sql, "a");
        ok(!keel_expr_parse(arena, keel_str_text(&sql), &expr, &err),
           "100000 times \"%s\" is refused", starts[i]);
    }
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    each_example(arena);
    the_place_is_named(arena);
    depth_has_a_limit(arena);
    return done_testing();
}

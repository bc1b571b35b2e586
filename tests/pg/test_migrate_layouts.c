/* A folder per layout (tests/layouts, each showing every feature of its tool): all of them end in the same schema, and what
 * has a way down leaves nothing behind. */
#include "migrate_scene.h"

#include "migrate/layout.h"
#include "migrate/verify.h"
#include "tap.h"

static keel_scratch *cluster;
static const char *folders;

static const char everything[] = "accounts accounts_pkey open_orders orders orders_by_account orders_pkey"
                                 " account_state orders_touched touched";

typedef struct row {
    const char *folder, *layout;
    const char *versions; /* in the order of application */
    int steps;
    bool down;            /* every migration has a way down */
    const char *more;     /* objects beyond those of `everything`, in front of them */
} row;

static const row rows[] = {
    {"own", "pgkeel", "0001 0002 9 10", 7, true, ""},
    {"golang-migrate", "up-down", "000001 000002 000003 000004 000005", 5, true, ""},
    {"v-pairs", "up-down", "0001 0002 0003 0004 0005", 5, true, ""},
    {"several-servers", "up-down",
     "20240101000000000000 20240102000000000000 20240103000000000000 20240104000000000000 20240105000000000000", 6, true, ""},
    {"diesel", "diesel", "00000000000000 20180101000000 20180601000000 20180601000001 20180601000002", 6, true, ""},
    {"prisma", "prisma",
     "20240101000000_init 20240102000000_orders 20240103000000_trigger 20240104000000_index 20240105000000_view", 5, false, ""},
    {"dbmate", "dbmate", "20240101000000 20240102000000 20240103000000 20240104000000", 5, true, ""},
    {"goose", "goose", "00001 00002 00003 00004 20240105000000", 6, true, "tenant_acme tenant_acme_pkey "},
    {"sqlx", "plain", "20240101000000 20240102000000 20240103000000 20240104000000", 5, false, ""},
    {"sqlx-reversible", "up-down", "20240101000000 20240102000000 20240103000000 20240104000000", 5, true, ""},
    {"plain", "plain", "1 2 10 11", 4, false, ""},
    {"flyway", "flyway", "1 1.2 1.10 2 3 R__open_orders", 7, true, ""},
    {"alembic", "alembic", "0001_1a2b3c4d5e6f 0002_2b3c4d5e6f70 0003_3c4d5e6f7081 0004_4d5e6f708192", 6, true,
     "alembic_version alembic_version_pkc "},
};

/* What stands in schema public: relations, then types, triggers and functions. */
static const char *standing(place *p)
{
    return cluster_value(
        p->pg, "SELECT coalesce(string_agg(name, ' ' ORDER BY kind, more DESC, name COLLATE \"C\"), '') FROM ("
               " SELECT 1 AS kind, relname ~ '^(alembic|tenant)' AS more, relname::text AS name FROM pg_class"
               "  WHERE relnamespace = 'public'::regnamespace AND relkind <> 't'"
               " UNION ALL SELECT 2, false, typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')"
               " UNION ALL SELECT 3, false, tgname FROM pg_trigger WHERE NOT tgisinternal"
               " UNION ALL SELECT 4, false, proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace) o");
}

static const char *versions(place *p, const keel_work *work)
{
    const char *text = "";

    for (size_t i = 0; i < work->lines.count; i++)
        text = keel_arena_printf(p->arena, "%s%s%s", text, i > 0 ? " " : "", work->lines.items[i].migration->version);
    return text;
}

static bool verify(place *p)
{
    keel_migrate_options options = options_of(p);
    const keel_work *work = NULL;

    return keel_migrate_verify(p->arena, &options, p->report, &work, &p->err) && !has_finding(p, "migrate.drift") &&
           work->pending == 0;
}

static void apply(place *p, const row *r, const char *when)
{
    const char *wanted = keel_arena_printf(p->arena, "%s%s", r->more, everything);

    ok(up(p), "up %s: %s", when, p->err.message);
    is_int((int64_t)p->result->steps.count, r->steps, "so many steps");
    is_str(standing(p), wanted, "exactly these objects stand there");
    is_str(cluster_value(p->pg, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_by_account'::regclass"), "t",
           "the index that was built concurrently is valid");
    ok(verify(p), "verify: %s", p->err.message);
    ok(up(p) && p->result->migrations == 0, "nothing is pending any more");
}

static void test_layout(const row *r)
{
    const keel_work *work = NULL;
    place p;

    open_place(&p, cluster, r->folder);
    copy_folder(&p, keel_arena_printf(p.arena, "%s/%s", folders, r->folder));
    keel_variables_add(p.arena, &p.variables, "TENANT", "acme", &p.err);
    keel_variables_add(p.arena, &p.variables, "tenant", "acme", &p.err);
    if (!ok(look(&p, &work), "plan: %s", p.err.message)) {
        close_place(&p);
        return;
    }
    is_str(work->folder->layout->id, r->layout, "the layout is recognised by %s", work->folder->recognised_by);
    is_str(versions(&p, work), r->versions, "in this order");
    ok(work->pending == work->lines.count && !work->refused, "all of it is pending");
    apply(&p, r, "");
    if (r->down) {
        ok(down_to(&p, "0"), "down: %s", p.err.message);
        is_str(standing(&p), "", "nothing is left");
        is_str(cluster_value(p.pg, "SELECT count(*) FROM pgkeel.migration"), "0", "nor in the journal");
        apply(&p, r, "again");
    } else {
        ok(!down_to(&p, "0") && strstr(p.err.message, "has no way down") != NULL, "there is no way down: %s", p.err.message);
    }
    close_place(&p);
}

static void test_repeatable_after_down(void)
{
    place p;

    open_place(&p, cluster, "repeatable_after_down");
    copy_folder(&p, keel_arena_printf(p.arena, "%s/flyway", folders));
    keel_variables_add(p.arena, &p.variables, "tenant", "acme", &p.err);
    ok(up(&p), "up: %s", p.err.message);
    write_file(&p, "R__open_orders.sql", "CREATE OR REPLACE VIEW open_orders AS SELECT o.id, 'new'::text AS email FROM orders o;\n");
    ok(up(&p) && p.result->migrations == 1, "a repeatable file that has changed is run again: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT pg_get_viewdef('open_orders') LIKE '%new%'"), "t", "the new view");
    ok(down_to(&p, "2") && p.result->migrations == 1, "one version back: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT to_regclass('open_orders') IS NULL"), "t", "took the view with it");
    ok(up(&p) && p.result->migrations == 2, "up again makes both anew: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT to_regclass('open_orders') IS NULL"), "f", "the view is there again");
    close_place(&p);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    folders = argv[1];
    cluster = cluster_start(NULL);
    for (size_t i = 0; i < KEEL_COUNT_OF(rows); i++)
        test_layout(&rows[i]);
    test_repeatable_after_down();
    keel_scratch_stop(cluster);
    return done_testing();
}

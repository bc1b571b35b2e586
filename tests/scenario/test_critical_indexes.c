/* The tracker's index migration (examples/kamiyo/migrations/pgkeel/012_critical_indexes.sql): seven indexes on a live
 * database. The marks (S0-45) are rows of the users' requirements. */
#include "chain.h"
#include "probe.h"

#define TRACKER "kamiyo/migrations/pgkeel"

static const char *const indexes[][3] = {
    {"S0-38", "idx_exploits_timestamp_chain_active",
     "public.exploits USING btree (\"timestamp\" DESC, chain) WHERE (deleted_at IS NULL)"},
    {"S0-39", "idx_users_stripe_customer_active",
     "public.users USING btree (stripe_customer_id) WHERE ((stripe_customer_id IS NOT NULL) AND is_active)"},
    {"S0-40", "idx_alerts_exploit_channel_recent",
     "public.alerts_sent USING btree (exploit_id, channel, sent_at DESC)"},
    {"S0-41", "idx_users_api_key_active_lookup",
     "public.users USING btree (api_key, is_active, tier) WHERE (is_active AND (api_key IS NOT NULL))"},
    {"S0-42", "idx_exploits_created_active_list",
     "public.exploits USING btree (created_at DESC, id, chain, protocol, amount_usd) WHERE (deleted_at IS NULL)"},
    {"S0-43", "idx_subscriptions_user_active_lookup",
     "public.user_subscriptions USING btree (user_id, status, current_period_end DESC) WHERE ((status)::text = ANY"
     " ((ARRAY['active'::character varying, 'trialing'::character varying])::text[]))"},
    {"S0-44", "idx_exploits_tx_hash_covering",
     "public.exploits USING btree (tx_hash, id, chain, \"timestamp\", amount_usd) WHERE (deleted_at IS NULL)"},
};

static chain_run command(const chain_place *p, const char *word, const char *option, const char *value)
{
    return chain_migrate(p->arena, p->conninfo, chain_example(p->arena, TRACKER), word, option, value);
}

static void fill(const chain_place *p)
{
    chain_run run = command(p, "up", "--to", "009");

    chain_good(&run, "up to 009");
    cluster_exec(p->pg,
                 "INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source, created_at)"
                 " SELECT '0x' || md5(i::text), 'Ethereum', 'P' || i % 100, i, now() - i * interval '1 hour', 'rss',"
                 " now() - i * interval '1 hour' FROM generate_series(1, 20000) i;"
                 "INSERT INTO users (email, password_hash, stripe_customer_id) SELECT i || '@x', 'x', 'cus_' || i"
                 " FROM generate_series(1, 5000) i;"
                 "INSERT INTO alerts_sent (exploit_id, channel) SELECT i, 'email' FROM generate_series(1, 20000) i;"
                 "ANALYZE");
}

/* In front of each index, the query that it serves and what it is to gain. */
static void test_reasons(const chain_place *p)
{
    const char *at = chain_text(p->arena, TRACKER "/012_critical_indexes.sql");

    for (size_t i = 0; i < KEEL_COUNT_OF(indexes); i++) {
        const char *serves = strstr(at, "-- Serves: SELECT "), *gain = strstr(at, "-- Gain: ");
        const char *index = strstr(at, "CREATE INDEX CONCURRENTLY ");
        bool told = serves != NULL && gain != NULL && index != NULL && serves < gain && gain < index &&
                    strncmp(index + 26, indexes[i][1], strlen(indexes[i][1])) == 0;
        ok(told, "S0-104: %s has its query and its gain", indexes[i][1]);
        if (!told)
            return;
        at = index + 26;
    }
    ok(strstr(at, "CREATE INDEX CONCURRENTLY") == NULL, "S0-104: and there is no other");
}

static size_t occurrences(const char *text, const char *word)
{
    size_t count = 0;

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        count++;
    return count;
}

static void test_plan(const chain_place *p)
{
    const char *const words[] = {"migrate", "plan", "--dir", chain_example(p->arena, TRACKER), NULL};
    chain_run said = chain_say(p->arena, p->conninfo, words);
    const char *plan = strstr(said.text, "012_critical_indexes.sql (pending)");
    const char *behind = plan != NULL ? strstr(plan, "014_confidence.sql (pending)") : NULL;

    ok(plan != NULL && behind != NULL, "S0-51: version 012 is planned");
    if (plan == NULL || behind == NULL)
        return;
    const char *twelfth = keel_arena_strndup(p->arena, plan, (size_t)(behind - plan));
    is_int((int64_t)occurrences(twelfth, "by itself: CREATE INDEX CONCURRENTLY cannot run inside a transaction block"), 7,
           "S0-45: seven steps outside of transactions");
    is_int((int64_t)occurrences(twelfth, ": SHARE UPDATE EXCLUSIVE"), 7, "S0-45: under a lock that lets writers through");
    ok(occurrences(twelfth, " s by estimate (") >= 7, "S0-46: how long each will take is told beforehand");
}

static void test_up(const chain_place *p)
{
    static const char *const tables[] = {"exploits", "users", "alerts_sent", NULL};
    const char *const words[] = {"migrate", "up", "--dir", chain_example(p->arena, TRACKER), "--to", "012", NULL};
    probe writer;

    probe_begin(&writer, p->conninfo, tables);
    chain_run said = chain_say(p->arena, p->conninfo, words);
    ok(probe_end(&writer), "S0-45: %lld times somebody writes meanwhile: %s", (long long)writer.attempts, writer.err.message);
    is_int(said.exit_code, 0, "S0-45: up to 012");
    ok(strstr(said.text, "Migration 012: COMPLETE") != NULL, "S0-50: at its end it says: Migration 012: COMPLETE");
    for (size_t i = 0; i < KEEL_COUNT_OF(indexes); i++)
        is_str(cluster_value(p->pg, keel_arena_printf(p->arena, "SELECT split_part(pg_get_indexdef(indexrelid), ' ON ', 2)"
                                                                " FROM pg_index WHERE indisvalid AND indexrelid = '%s'"
                                                                "::regclass", indexes[i][1])),
               indexes[i][2], "%s S0-50: %s", indexes[i][0], indexes[i][1]);
}

static void test_missing(const chain_place *p)
{
    const char *const words[] = {"migrate", "repair", "--dir", chain_example(p->arena, TRACKER), "012", "--undone", "--step",
                                 "9", "--reason", "an index was dropped", NULL};

    cluster_exec(p->pg, "DROP INDEX idx_alerts_exploit_channel_recent");
    chain_run run = chain_pgkeel(p->arena, p->conninfo, words);
    chain_good(&run, "its last step is to be run again");
    run = command(p, "up", NULL, NULL);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "Migration 012: idx_alerts_exploit_channel_recent missing or not"
                                                         " valid") != NULL,
       "S0-50: with one missing it fails: %s", chain_failure(&run));
    cluster_exec(p->pg, "CREATE INDEX idx_alerts_exploit_channel_recent ON alerts_sent (exploit_id, channel, sent_at DESC)");
    run = command(p, "up", NULL, NULL);
    chain_good(&run, "S0-50: and with all of them it ends");
}

static void test_way_back(const chain_place *p)
{
    chain_run run;

    cluster_exec(p->pg, "UPDATE exploits SET confidence_score = 90 WHERE id = 1; UPDATE exploits SET deleted_at = now()"
                        " WHERE id = 2");
    run = command(p, "down", NULL, NULL);
    chain_good(&run, "014 down");
    run = command(p, "down", NULL, NULL);
    ok(run.exit_code == 2 && strstr(chain_failure(&run), "there are withdrawn exploits") != NULL,
       "012 does not forget which exploits were withdrawn: %s", chain_failure(&run));
    cluster_exec(p->pg, "UPDATE exploits SET deleted_at = NULL");
    run = command(p, "down", NULL, NULL);
    chain_good(&run, "012 down, at the step where it stopped");
    run = command(p, "up", NULL, NULL);
    chain_good(&run, "and up again");
    is_str(cluster_value(p->pg, "SELECT confidence_score FROM exploits WHERE id = 1"), "90",
           "what was known about an exploit is known again");
}

static void test_to_base(const chain_place *p)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *none = NULL;
    char nowhere[CLUSTER_CONNINFO_SIZE];
    chain_run run = command(p, "down", "--to", "0");

    ok(run.exit_code == 2 && strstr(chain_failure(&run), "there are rows in ") != NULL,
       "the first version keeps its tables while there are rows in them: %s", chain_failure(&run));
    cluster_exec(p->pg, "TRUNCATE exploits, users CASCADE");
    run = command(p, "down", "--to", "0");
    chain_good(&run, "S4-100: empty, the tracker goes all the way down too");
    none = chain_database("critical_indexes_none", NULL, nowhere);
    is_str(chain_difference(p->arena, chain_schema_of(p->arena, none), chain_schema_of(p->arena, p->pg)), "",
           "S4-100: and nothing of it is left");
}

int main(int argc, char **argv)
{
    chain_open(argc, argv);
    chain_place p = chain_place_open("critical_indexes", NULL);
    test_reasons(&p);
    fill(&p);
    test_plan(&p);
    test_up(&p);
    test_missing(&p);
    test_way_back(&p);
    test_to_base(&p);
    chain_place_close(&p);
    chain_close();
    return done_testing();
}

/* The exploit tracker of examples/kamiyo into a target that has rows of its own: 20,000 exploits
 * with the dirt of the field. Truth is read from the SQLite file by the test itself and sent to the
 * server as hex, so that neither pgkeel's conversion nor its journal vouches for itself. The marks
 * (S0-6) are rows of the users' requirements. */
#include "demo/kamiyo.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "scene.h"
#include "tap.h"
#include "transfer/undo.h"
#include "transfer/verify.h"

static keel_kamiyo_expected expected;

/* The target's own rows: 700 exploits, one of which the source has too; 300 users; payments of
 * theirs. */
static const char own_rows[] =
    "INSERT INTO exploits (tx_hash, chain, protocol, timestamp, source)"
    " SELECT 'own-' || i, 'base', 'own', now(), 'own' FROM generate_series(1, 700) i;"
    "INSERT INTO users (email, password_hash) SELECT 'own-' || i || '@x.example', 'x' FROM "
    "generate_series(1, 300) i;"
    "INSERT INTO alerts_sent (exploit_id, channel) SELECT id, 'own' FROM exploits;"
    "INSERT INTO alert_preferences (user_id, channel) SELECT id, 'own' FROM users;"
    "INSERT INTO payments (user_id, amount, status, tier) SELECT id, 9.99, 'paid', 'pro' FROM "
    "users;"
    "CREATE FUNCTION noticed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
    "CREATE TRIGGER noticed AFTER INSERT ON sources FOR EACH ROW EXECUTE FUNCTION noticed();";

static const char *const tables[] = {"exploits",          "sources",
                                     "alerts_sent",       "users",
                                     "alert_preferences", "community_submissions",
                                     "user_reputation",   "payments"};

/* Copies a query on the file into a table of the target made for it: every value as hex text. */
static void bring_truth(const scene *s, const char *table, const char *columns, const char *query)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    sqlite3 *file = NULL;
    sqlite3_stmt *rows = NULL;
    int64_t sent = 0;
    keel_error err = {0};

    keel_str_addf(&text, "CREATE TABLE truth.%s (%s)", table, columns);
    cluster_exec(s->pg, text.data);
    keel_str_clear(&text);
    sqlite3_open_v2(s->source, &file, SQLITE_OPEN_READONLY, NULL);
    if (sqlite3_prepare_v2(file, query, -1, &rows, NULL) != SQLITE_OK)
        printf("Bail out! %s\n", sqlite3_errmsg(file));
    while (sqlite3_step(rows) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            const char *value = (const char *)sqlite3_column_text(rows, i);
            keel_str_addf(&text, "%s%s", i > 0 ? "\t" : "", value != NULL ? value : "\\N");
        }
        keel_str_addc(&text, '\n');
    }
    sqlite3_finalize(rows);
    sqlite3_close(file);
    KEEL_CLEANUP(keel_str_free) keel_str copy = {0};
    keel_str_addf(&copy, "COPY truth.%s FROM STDIN", table);
    if (!keel_pg_copy_in_begin(s->pg, &err, copy.data) ||
        !keel_pg_copy_in_send(s->pg, &err, keel_str_text(&text), text.size) ||
        !keel_pg_copy_in_end(s->pg, &sent, &err))
        printf("Bail out! %s\n", err.message);
}

static void bring_all_truth(const scene *s)
{
    cluster_exec(s->pg, "CREATE SCHEMA truth; CREATE FUNCTION truth.hex(t text) RETURNS text "
                        "LANGUAGE sql IMMUTABLE AS"
                        " $$ SELECT upper(encode(convert_to(t, 'UTF8'), 'hex')) $$");
    bring_truth(s, "exploits",
                "id bigint, tx_hash text, chain text, protocol text, source text, description "
                "text, amount text",
                "SELECT id, hex(tx_hash), hex(chain), hex(protocol), hex(source),"
                " CASE WHEN description IS NOT NULL THEN hex(description) END,"
                " CASE WHEN typeof(amount_usd) IN ('real', 'integer') THEN printf('%.17g', "
                "amount_usd) END FROM exploits");
    bring_truth(s, "alerts", "id bigint, tx_hash text, channel text, recipient text",
                "SELECT a.id, hex(e.tx_hash), hex(channel), CASE WHEN recipient IS NOT NULL THEN "
                "hex(recipient) END"
                " FROM alerts_sent a LEFT JOIN exploits e ON e.id = a.exploit_id");
    bring_truth(s, "preferences", "id bigint, email text, channel text",
                "SELECT p.id, hex(u.email), hex(channel) FROM alert_preferences p LEFT JOIN users "
                "u ON u.id = p.user_id");
}

static int64_t number(const scene *s, const char *sql)
{
    return atoll(scene_value(s, "%s", sql));
}

static void test_plan(scene *s)
{
    char before[64];

    snprintf(before, sizeof before, "%s", scene_value(s, "SELECT count(*) FROM pg_class"));
    ok(scene_plan(s, (keel_run_options){.mapping_file = s->mapping, .keys = KEEL_KEYS_REMAP}),
       "a plan is made");
    ok(scene_finding(s, "target.trigger", "sources") != NULL,
       "the plan names the trigger that will fire");
    is_int((int64_t)keel_report_count_of(s->report, KEEL_CRITICAL), 0,
           "and has nothing critical to say");
    is_str(scene_value(s, "SELECT count(*) FROM pg_class"), before,
           "the plan writes nothing"); /* S3-95 */
    for (size_t i = 0; s->plan != NULL && i < s->plan->table_count; i++)
        if (strcmp(s->plan->tables[i]->name, "alerts_sent") == 0 ||
            strcmp(s->plan->tables[i]->name, "alert_preferences") == 0)
            for (size_t j = 0; j < s->plan->tables[i]->references.count; j++)
                ok(s->plan->tables[i]->references.items[j].parent->index < i,
                   "%s comes after its parent", s->plan->tables[i]->name); /* S0-8 */
}

static void test_accounting(const scene *s)
{
    for (size_t i = 0; i < expected.table_count; i++) {
        const keel_run_table *table = scene_table(s, expected.tables[i].table);
        is_int(table->source_rows, expected.tables[i].rows, "%s: every source row is counted",
               table->source); /* S0-32 */
        is_int(table->inserted + table->merged + table->rejected, expected.tables[i].rows,
               "%s: inserted + merged + rejected", table->source); /* S0-1 S0-32 S1-19 */
        is_int(table->rejected, expected.tables[i].must_reject, "%s: rejected as planted",
               table->source); /* S1-23 */
    }
    is_int(scene_table(s, "exploits")->merged, 1,
           "the exploit that the target knew is merged"); /* S1-24 */
    ok(scene_finding(s, "transfer.merged_different", "exploits") != NULL,
       "and that it differs is said");
    is_int(s->result->exit_code, 1, "exit code 1: rows were rejected"); /* S0-37 */
    ok(scene_finding(s, "transfer.rejects", "exploits") != NULL,
       "with the reason named per table"); /* S0-37 */
}

static void test_rejects(const scene *s)
{
    int64_t must_reject = 0;

    for (size_t i = 0; i < expected.table_count; i++)
        must_reject += expected.tables[i].must_reject;
    is_int(number(s, "SELECT count(*) FROM pgkeel.reject"), must_reject,
           "every reject is in the journal");
    is_int(number(s, "SELECT count(*) FROM pgkeel.reject WHERE key IS NULL OR key = '' OR code = "
                     "'' OR reason = ''"),
           0, "each with key, code and reason");
    is_str(scene_value(s, "SELECT coalesce(string_agg(DISTINCT code, ', '), 'none') FROM "
                          "pgkeel.reject WHERE column_name IS NULL"),
           "none", "and with the column at fault");
}

static void test_parents(const scene *s)
{
    is_int(number(s, "SELECT count(*) FROM alerts_sent a JOIN pgkeel.key_map k ON k.source_table = "
                     "'alerts_sent'"
                     " AND k.new_key = a.id::text JOIN truth.alerts t ON t.id::text = k.old_key "
                     "JOIN exploits e ON e.id ="
                     " a.exploit_id WHERE truth.hex(e.tx_hash) = t.tx_hash"),
           scene_table(s, "alerts_sent")->inserted,
           "every alert refers to the exploit of its tx_hash"); /* S0-9 S0-6 */
    is_int(number(s, "SELECT count(*) FROM (SELECT truth.hex(e.tx_hash), truth.hex(a.channel), "
                     "truth.hex(a.recipient)"
                     " FROM alerts_sent a JOIN exploits e ON e.id = a.exploit_id WHERE a.channel "
                     "<> 'own' EXCEPT ALL"
                     " SELECT tx_hash, channel, recipient FROM truth.alerts) x"),
           0, "and without the journal: no alert that the source does not have"); /* S0-9 S1-20 */
    is_int(number(s, "SELECT count(*) FROM alert_preferences a JOIN pgkeel.key_map k ON "
                     "k.source_table = 'alert_preferences'"
                     " AND k.new_key = a.id::text JOIN truth.preferences t ON t.id::text = "
                     "k.old_key JOIN users u ON"
                     " u.id = a.user_id WHERE truth.hex(u.email) = t.email AND "
                     "truth.hex(a.channel) = t.channel"),
           scene_table(s, "alert_preferences")->inserted,
           "every preference belongs to the user of its address"); /* S0-10 */
    is_int(number(s, "SELECT count(*) FROM payments p JOIN users u ON u.id = p.user_id WHERE "
                     "u.email LIKE 'own-%'"),
           300, "payments, which live in the target only, keep their users"); /* S0-11 S3-92 */
    is_int(number(s, "SELECT (SELECT count(*) FROM alerts_sent a LEFT JOIN exploits e ON e.id = "
                     "a.exploit_id WHERE e.id IS NULL)"
                     " + (SELECT count(*) FROM alert_preferences a LEFT JOIN users u ON u.id = "
                     "a.user_id WHERE u.id IS NULL)"
                     " + (SELECT count(*) FROM payments p LEFT JOIN users u ON u.id = p.user_id "
                     "WHERE u.id IS NULL)"),
           0, "no orphans"); /* S0-13 S0-34 S1-18 */
}

static void test_maps(const scene *s)
{
    static const char *const mapped[] = {"exploits", "users", "alerts_sent", "alert_preferences"};

    for (size_t i = 0; i < KEEL_COUNT_OF(mapped); i++) {
        const keel_run_table *table = scene_table(s, mapped[i]);
        is_str(table->keys, "remap", "%s: keys are new", mapped[i]); /* S0-6 */
        is_int(
            atoll(scene_value(
                s, "SELECT count(DISTINCT old_key) FROM pgkeel.key_map WHERE source_table = '%s'",
                mapped[i])),
            table->inserted + table->merged, "%s: the id map is complete",
            mapped[i]); /* S0-7 S0-12 S0-36 */
        is_int(atoll(scene_value(
                   s,
                   "SELECT count(*) FROM pgkeel.key_map k WHERE source_table = '%s' AND NOT EXISTS"
                   " (SELECT 1 FROM %s t WHERE t.id::text = k.new_key)",
                   mapped[i], mapped[i])),
               0, "%s: every key in it exists", mapped[i]); /* S0-7 S0-36 */
    }
}

static void test_values(const scene *s)
{
    is_int(number(s, "SELECT count(*) FROM exploits e JOIN truth.exploits t ON t.tx_hash = "
                     "truth.hex(e.tx_hash)"
                     " WHERE (truth.hex(e.chain), truth.hex(e.protocol), truth.hex(e.source), "
                     "truth.hex(e.description))"
                     " IS DISTINCT FROM (t.chain, t.protocol, t.source, t.description) AND "
                     "e.source <> 'own'"),
           0, "every exploit has its texts, byte by byte"); /* S0-33 */
    is_int(number(s, "SELECT count(*) FROM exploits e JOIN truth.exploits t ON t.tx_hash = "
                     "truth.hex(e.tx_hash)"
                     " WHERE e.source <> 'own' AND t.amount IS NOT NULL AND abs(e.amount_usd - "
                     "t.amount::numeric) > 0.005000001"),
           0, "every amount is right to the cent"); /* S0-33 */
    is_int(
        number(s,
               "SELECT count(*) FROM (SELECT tx_hash FROM exploits GROUP BY 1 HAVING count(*) > 1"
               " UNION ALL SELECT email FROM users GROUP BY 1 HAVING count(*) > 1) x"),
        0, "no duplicates of tx_hash or email"); /* S0-35 S1-24 */
    is_int(number(s, "SELECT count(*) FROM exploits WHERE source = 'own' OR tx_hash LIKE 'own-%'"),
           701, "the target's own rows are as they were"); /* S3-90 */
    for (size_t i = 0; i < 6; i++)
        ok(atoll(scene_value(
               s, "SELECT nextval(pg_get_serial_sequence('%s', 'id')) - (SELECT max(id) FROM %s)",
               tables[i], tables[i])) > 0,
           "%s: the sequence is beyond the largest key", tables[i]);
}

static void counts(const scene *s, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++)
        used += (size_t)snprintf(out + used, size - used, "%s ",
                                 scene_value(s, "SELECT count(*) FROM %s", tables[i]));
}

static void test_verified(scene *s)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    const keel_verify_options options = {.conninfo = s->conninfo, .run = s->result->run, .jobs = 2};
    keel_verify_result *result = NULL;
    keel_error err = {0};

    ok(keel_transfer_verify(s->arena, &options, report, progress, &result, &err),
       "the run is verified %s", err.message);
    for (size_t i = 0; i < keel_report_count(report); i++)
        if (keel_report_at(report, i)->severity >= KEEL_ERROR)
            printf("# %s %s: %s\n", keel_report_at(report, i)->check,
                   keel_report_at(report, i)->object, keel_report_at(report, i)->message);
    is_int((int64_t)keel_report_count_of(report, KEEL_CRITICAL), 0,
           "nothing critical is found"); /* S0-4 S0-37 */
}

/* The file and the target after a second run, and after the undo. */
static void test_again(scene *s, const char *before)
{
    char filled[256], now[256];
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    const keel_undo_options options = {.conninfo = s->conninfo, .run = s->result->run, .jobs = 2};
    keel_undo_result *undone = NULL;
    keel_error err = {0};

    counts(s, filled, sizeof filled);
    ok(scene_run(s, (keel_run_options){.mapping_file = s->mapping, .keys = KEEL_KEYS_REMAP}) &&
           s->result->already_complete,
       "the same again is complete already");
    counts(s, now, sizeof now);
    is_str(now, filled, "and nothing is doubled"); /* S3-93 */
    ok(keel_transfer_undo(s->arena, &options, report, progress, &undone, &err) && undone->complete,
       "the run is undone %s", err.message);
    counts(s, now, sizeof now);
    is_str(now, before,
           "and the target has its own rows and no others"); /* S0-70 S3-90 S3-92 S3-94 */
    is_int(number(s, "SELECT count(*) FROM payments p JOIN users u ON u.id = p.user_id"), 300,
           "the undo has cascaded into nothing"); /* S3-92 */
}

/* Size and time of the last change: the source is only ever read. */
static void source_facts(const scene *s, char *out, size_t size)
{
    struct stat file;

    if (stat(s->source, &file) == 0)
        snprintf(out, size, "%lld %lld.%09ld", (long long)file.st_size,
                 (long long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

static void hold_one(const scene *s)
{
    sqlite3 *file = NULL;
    sqlite3_stmt *row = NULL;

    sqlite3_open_v2(s->source, &file, SQLITE_OPEN_READONLY, NULL);
    sqlite3_prepare_v2(
        file,
        "SELECT tx_hash FROM exploits e WHERE typeof(amount_usd) = 'real' AND amount_usd < 1e6 AND"
        " length(timestamp) = 26 AND typeof(description) = 'text' AND verified_on_chain IN (0, 1)"
        " AND length(chain) < 20 ORDER BY (SELECT count(*) FROM alerts_sent a WHERE a.exploit_id = "
        "e.id) DESC",
        -1, &row, NULL);
    if (sqlite3_step(row) != SQLITE_ROW)
        printf("Bail out! no exploit with alerts\n");
    scene_value(s,
                "INSERT INTO exploits (tx_hash, chain, protocol, timestamp, source) VALUES ('%s', "
                "'base', 'held', now(),"
                " 'own') RETURNING id",
                (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    sqlite3_close(file);
}

int main(void)
{
    scene *s = scene_open(cluster_start(NULL), "kamiyo", NULL, keel_kamiyo_target_sql);
    const keel_kamiyo_options options = {.exploits = 20000, .seed = 1, .dirt = 1};
    char before[256], file_before[64] = "", file_after[64] = "gone";

    if (!keel_kamiyo_create(s->source, &options, &expected, &s->err)) {
        printf("Bail out! %s\n", s->err.message);
        return 1;
    }
    cluster_exec(s->pg, "SET TimeZone = 'UTC'");
    cluster_exec(s->pg, own_rows);
    hold_one(s);
    scene_map(s, keel_kamiyo_mapping_yaml);
    counts(s, before, sizeof before);
    source_facts(s, file_before, sizeof file_before);
    test_plan(s);
    if (ok(scene_run(s, (keel_run_options){.mapping_file = s->mapping, .keys = KEEL_KEYS_REMAP}),
           "the run is done")) {
        bring_all_truth(s);
        test_accounting(s);
        test_rejects(s);
        test_parents(s);
        test_maps(s);
        test_verified(s);
        test_values(s);
        test_again(s, before);
        source_facts(s, file_after, sizeof file_after);
        is_str(file_after, file_before, "the file is as it was"); /* S1-22 S3-90 */
    }
    if (tap_failed > 0)
        scene_show(s);
    scene_close(s);
    return done_testing();
}

#include "demo/kamiyo.h"

#include "sqlite_scratch.h"
#include "tap.h"

#define EXPLOITS 2000

/* What the generator says it planted must be what an outsider finds. */
static const struct {
    const char *table, *defect, *sql;
} planted[] = {
    {"exploits", "key_other_case",
     "SELECT count(*) FROM exploits a JOIN exploits b ON lower(a.tx_hash) = b.tx_hash WHERE "
     "a.tx_hash <> b.tx_hash"},
    {"exploits", "key_trailing_space",
     "SELECT count(*) FROM exploits a JOIN exploits b ON a.tx_hash = b.tx_hash || ' '"},
    {"exploits", "id_beyond_int4", "SELECT count(*) FROM exploits WHERE id > 2147483647"},
    {"exploits", "too_long", "SELECT count(*) FROM exploits WHERE length(chain) > 100"},
    {"exploits", "empty_text", "SELECT count(*) FROM exploits WHERE category = ''"},
    {"exploits", "not_available", "SELECT count(*) FROM exploits WHERE amount_usd = 'N/A'"},
    {"exploits", "infinity", "SELECT count(*) FROM exploits WHERE amount_usd = 9e999"},
    {"exploits", "numeric_overflow", "SELECT count(*) FROM exploits WHERE amount_usd = 1e19"},
    {"exploits", "time_iso_z",
     "SELECT count(*) FROM exploits WHERE timestamp LIKE '____-__-__T__:__:__Z'"},
    {"exploits", "time_offset", "SELECT count(*) FROM exploits WHERE timestamp LIKE '%+00:00'"},
    {"exploits", "time_epoch", "SELECT count(*) FROM exploits WHERE typeof(timestamp) = 'integer'"},
    {"exploits", "time_date_only",
     "SELECT count(*) FROM exploits WHERE length(timestamp) = 10 AND typeof(timestamp) = 'text'"},
    {"exploits", "time_cut_short", "SELECT count(*) FROM exploits WHERE timestamp = '2020-08-'"},
    {"exploits", "time_in_zone_gap",
     "SELECT count(*) FROM exploits WHERE timestamp LIKE '2024-03-31 02:%' OR timestamp LIKE "
     "'2024-10-27 02:%'"},
    {"exploits", "nul_byte",
     "SELECT count(*) FROM exploits WHERE instr(CAST(description AS BLOB), x'00') > 0"},
    {"exploits", "invalid_utf8",
     "SELECT count(*) FROM exploits WHERE instr(CAST(description AS BLOB), x'fc') > 0"},
    {"exploits", "blob_in_text",
     "SELECT count(*) FROM exploits WHERE typeof(description) = 'blob'"},
    {"exploits", "huge_text", "SELECT count(*) FROM exploits WHERE length(description) = 1000000"},
    {"exploits", "flag_word",
     "SELECT count(*) FROM exploits WHERE verified_on_chain IN ('true', 'f', '')"},
    {"alerts_sent", "orphan",
     "SELECT count(*) FROM alerts_sent WHERE exploit_id NOT IN (SELECT id FROM exploits)"},
    {"alerts_sent", "null_required", "SELECT count(*) FROM alerts_sent WHERE sent_at IS NULL"},
    {"alerts_sent", "exact_copy",
     "SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT exploit_id, channel, recipient, "
     "sent_at FROM alerts_sent))"
     " FROM alerts_sent"},
    {"users", "api_key_twin",
     "SELECT count(*) FROM users a JOIN users b ON lower(a.api_key) = b.api_key WHERE a.api_key <> "
     "b.api_key"},
    {"users", "time_milliseconds",
     "SELECT count(*) FROM users WHERE last_request > 1000000000000"
     " AND typeof(last_request) = 'integer'"},
    {"alert_preferences", "json_broken",
     "SELECT count(*) FROM alert_preferences WHERE NOT json_valid(chains)"},
    {"user_reputation", "null_key",
     "SELECT count(*) FROM user_reputation WHERE wallet_address IS NULL"},
};

/* A clean file has none of these. */
static const char *const dirty_sql[] = {
    "SELECT count(*) FROM pragma_foreign_key_check",
    "SELECT count(*) FROM user_reputation WHERE wallet_address IS NULL",
    "SELECT count(*) FROM exploits WHERE typeof(amount_usd) <> 'real'",
    "SELECT count(*) FROM exploits WHERE length(timestamp) <> 26 OR typeof(timestamp) <> 'text'",
    "SELECT count(*) FROM exploits WHERE typeof(verified_on_chain) <> 'integer' OR "
    "typeof(description) <> 'text'",
    "SELECT count(*) FROM exploits WHERE instr(CAST(description AS BLOB), x'00') > 0 OR id > "
    "2147483647",
    "SELECT count(*) FROM alerts_sent WHERE sent_at IS NULL",
    "SELECT count(*) FROM users a JOIN users b ON lower(a.api_key) = lower(b.api_key) WHERE a.id "
    "<> b.id",
    "SELECT count(*) FROM alert_preferences WHERE NOT json_valid(chains)",
    "SELECT count(*) FROM community_submissions WHERE status IS NULL",
    "SELECT count(*) FROM x402_payments WHERE typeof(block_number) <> 'integer'",
};

#define BAD_EXPLOIT                                                                                \
    "length(chain) > 100 OR typeof(amount_usd) = 'text' AND amount_usd <> '' OR abs(amount_usd) "  \
    ">= 1e18"                                                                                      \
    " OR timestamp IN ('2020-08-', '2024-02-30 11:12:13.000000') OR timestamp LIKE '2024-03-31 "   \
    "02:%'"                                                                                        \
    " OR timestamp LIKE '2024-10-27 02:%' OR instr(CAST(description AS BLOB), x'00') > 0"          \
    " OR instr(CAST(description AS BLOB), x'fc') > 0 OR typeof(description) = 'blob'"              \
    " OR verified_on_chain = 'maybe' OR typeof(confidence_score) <> 'integer'"

/* The rejects of a table and of its children, worked out again from the file. */
static const struct {
    const char *table, *sql;
} rejects[] = {
    {"exploits", "SELECT count(*) FROM exploits WHERE " BAD_EXPLOIT},
    {"sources", "SELECT 0"},
    {"alerts_sent",
     "SELECT count(*) FROM alerts_sent WHERE sent_at IS NULL OR length(recipient) > 255"
     " OR instr(CAST(recipient AS BLOB), x'df65') > 0 OR exploit_id NOT IN"
     " (SELECT id FROM exploits WHERE NOT coalesce(" BAD_EXPLOIT ", 0))"},
    {"user_reputation", "SELECT count(*) FROM user_reputation WHERE wallet_address IS NULL"},
    {"x402_analytics", "SELECT 0"},
};

static int64_t
expected_defect(const keel_kamiyo_expected *expected, const char *table, const char *defect)
{
    for (size_t i = 0; i < expected->defect_count; i++)
        if (strcmp(expected->defects[i].table, table) == 0 &&
            strcmp(expected->defects[i].defect, defect) == 0)
            return expected->defects[i].rows;
    return -1;
}

static int64_t expected_rejects(const keel_kamiyo_expected *expected, const char *table)
{
    for (size_t i = 0; i < expected->table_count; i++)
        if (strcmp(expected->tables[i].table, table) == 0)
            return expected->tables[i].must_reject;
    return -1;
}

static void test_dirty(sqlite3 *db, const keel_kamiyo_expected *expected)
{
    is_int((int64_t)expected->table_count, 11, "eleven tables");
    for (size_t i = 0; i < expected->table_count; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", expected->tables[i].table);
        is_int(scratch_count(db, sql), expected->tables[i].rows, "%s: rows as said",
               expected->tables[i].table);
    }
    for (size_t i = 0; i < KEEL_COUNT_OF(planted); i++) {
        int64_t said = expected_defect(expected, planted[i].table, planted[i].defect);
        ok(said > 0, "%s: %s planted", planted[i].table, planted[i].defect);
        is_int(scratch_count(db, planted[i].sql), said, "%s: %s as said", planted[i].table,
               planted[i].defect);
    }
    for (size_t i = 0; i < KEEL_COUNT_OF(rejects); i++)
        is_int(scratch_count(db, rejects[i].sql), expected_rejects(expected, rejects[i].table),
               "%s: must_reject as worked out from the file", rejects[i].table);
    ok(expected_defect(expected, "alerts_sent", "parent_rejected") > 0,
       "alerts of rejected exploits are counted");
}

static void test_clean(sqlite3 *db, const keel_kamiyo_expected *expected)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(dirty_sql); i++)
        is_int(scratch_count(db, dirty_sql[i]), 0, "clean: %s", dirty_sql[i]);
    for (size_t i = 0; i < expected->table_count; i++)
        is_int(expected->tables[i].must_reject, 0, "clean: no reject in %s",
               expected->tables[i].table);
    is_int((int64_t)expected->defect_count, 0, "clean: no defect");
}

static bool same_bytes(const char *left, const char *right)
{
    FILE *a = fopen(left, "rb"), *b = fopen(right, "rb");
    int byte = 0;
    bool same = a != NULL && b != NULL;

    while (same && byte != EOF) {
        byte = getc(a);
        same = byte == getc(b);
    }
    if (a != NULL)
        fclose(a);
    if (b != NULL)
        fclose(b);
    return same;
}

static void make(const char *path,
                 uint64_t seed,
                 double dirt,
                 void (*test)(sqlite3 *, const keel_kamiyo_expected *))
{
    keel_kamiyo_options options = {.exploits = EXPLOITS, .seed = seed, .dirt = dirt};
    keel_kamiyo_expected expected = {0};
    keel_error err = {0};
    sqlite3 *db = NULL;

    ok(keel_kamiyo_create(path, &options, &expected, &err), "made: seed %d dirt %g %s", (int)seed,
       dirt, err.message);
    if (test != NULL && sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
        test(db, &expected);
    sqlite3_close(db);
}

static void test_refusals(const char *existing, const char *other)
{
    keel_kamiyo_options options = {.exploits = 10, .dirt = 1};
    keel_error err = {0};

    ok(!keel_kamiyo_create(existing, &options, NULL, &err), "an existing file is not touched");
    is_int(err.kind, KEEL_ERR_IO, "and that is an IO error");
    options.exploits = -1;
    ok(!keel_kamiyo_create(other, &options, NULL, &err), "a negative size is refused");
    is_int(err.kind, KEEL_ERR_USAGE, "and that is a usage error");
    ok(access(other, F_OK) != 0, "no file is left behind");
    options.exploits = 1;
    ok(keel_kamiyo_create(other, &options, NULL, &err), "one exploit is enough");
}

int main(void)
{
    static const char *const names[] = {"a.db", "b.db", "c.db", "clean.db", "tiny.db"};
    char folder[] = "/tmp/keel-kamiyo-XXXXXX", path[5][128];

    if (!ok(mkdtemp(folder) != NULL, "scratch folder"))
        return done_testing();
    for (int i = 0; i < 5; i++)
        snprintf(path[i], sizeof path[i], "%s/%s", folder, names[i]);
    make(path[0], 7, 1, test_dirty);
    make(path[1], 7, 1, NULL);
    make(path[2], 8, 1, test_dirty);
    make(path[3], 7, 0, test_clean);
    ok(same_bytes(path[0], path[1]), "the same seed gives the same file");
    ok(!same_bytes(path[0], path[2]), "another seed gives another");
    test_refusals(path[0], path[4]);
    for (int i = 0; i < 5; i++)
        unlink(path[i]);
    rmdir(folder);
    return done_testing();
}

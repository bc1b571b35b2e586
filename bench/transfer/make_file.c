/* make_file PATH [SCALE]: the SQLite file that the transfer benches measure with. At scale 1: 100 k
 * users, 1 M exploits, 2 M alerts, 1 M payments; clean values of every common kind, 2 % NULLs where
 * NULL is allowed, ids with gaps that do not start at 1, every constraint and index declared. The
 * same scale gives the same file. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo/random.h"

#define USERS         100000
#define EXPLOITS      1000000
#define ALERTS        2000000
#define PAYMENTS      1000000
#define FIRST_USER    1000
#define FIRST_EXPLOIT 50000
#define NOW           1761955200 /* 2025-11-01 */

static const char tables_sql[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -131072;"
    "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE,"
    " tier VARCHAR(50) NOT NULL DEFAULT 'free', is_active BOOLEAN NOT NULL DEFAULT 1, created_at "
    "DATETIME NOT NULL,"
    " last_request DATETIME);"
    "CREATE TABLE exploits (id INTEGER PRIMARY KEY AUTOINCREMENT, tx_hash TEXT NOT NULL UNIQUE, "
    "chain TEXT NOT NULL,"
    " protocol TEXT NOT NULL, amount_usd REAL, timestamp DATETIME NOT NULL, description TEXT, "
    "metadata JSON,"
    " deleted_at DATETIME);"
    "CREATE TABLE alerts_sent (id INTEGER PRIMARY KEY AUTOINCREMENT, exploit_id INTEGER NOT NULL"
    " REFERENCES exploits (id) ON DELETE CASCADE, channel TEXT NOT NULL, recipient TEXT, sent_at "
    "DATETIME NOT NULL);"
    "CREATE TABLE payments (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL"
    " REFERENCES users (id) ON DELETE CASCADE, amount NUMERIC(10,2) NOT NULL, currency VARCHAR(10) "
    "NOT NULL"
    " DEFAULT 'USD', status TEXT NOT NULL, created_at DATETIME NOT NULL, note TEXT);"
    "BEGIN";

static const char indexes_sql[] =
    "CREATE INDEX idx_exploits_timestamp ON exploits (timestamp DESC);"
    "CREATE INDEX idx_exploits_chain ON exploits (chain);"
    "CREATE INDEX idx_alerts_exploit ON alerts_sent (exploit_id);"
    "CREATE INDEX idx_payments_user ON payments (user_id);"
    "COMMIT";

typedef struct maker {
    sqlite3 *db;
    sqlite3_stmt *insert;
    keel_random random;
    char text[8][512]; /* what the row's text parameters point at */
    int texts;
} maker;

/* Ids with gaps, computable from the row. */
static int64_t user_id(int64_t row)
{
    return FIRST_USER + row + row / 9;
}

static int64_t exploit_id(int64_t row)
{
    return FIRST_EXPLOIT + row + row / 5 * 3;
}

static bool two_percent(maker *make)
{
    return keel_random_chance(&make->random, 2);
}

static char *next_text(maker *make)
{
    return make->text[make->texts++];
}

static void bind_constant(maker *make, int place, const char *text)
{
    sqlite3_bind_text(make->insert, place, text, -1, SQLITE_STATIC);
}

static void bind_time(maker *make, int place, bool microseconds)
{
    time_t moment = (time_t)(NOW - keel_random_below(&make->random, 4 * 365 * 86400));
    char *text = next_text(make);
    struct tm parts = {0};

    gmtime_r(&moment, &parts);
    size_t size = strftime(text, 32, "%Y-%m-%d %H:%M:%S", &parts);
    if (microseconds)
        snprintf(text + size, 16, ".%06d", (int)keel_random_below(&make->random, 1000000));
    bind_constant(make, place, text);
}

static void fill_user(maker *make, int64_t row)
{
    static const char *const tiers[] = {"free", "basic", "pro", "team"};
    char *email = next_text(make);

    snprintf(email, sizeof make->text[0], "user%" PRId64 "@mail.example", row);
    sqlite3_bind_int64(make->insert, 1, user_id(row));
    bind_constant(make, 2, email);
    bind_constant(make, 3, tiers[keel_random_zipf(&make->random, 4)]);
    sqlite3_bind_int(make->insert, 4, keel_random_chance(&make->random, 90));
    bind_time(make, 5, false);
    if (!two_percent(make))
        bind_time(make, 6, true);
}

static void bind_description(maker *make, int place)
{
    static const char *const causes[] = {
        "Flash-Darlehen über drei Börsen 💸", "재진입 공격, 볼트가 비워짐",
        "Oracle manipulé, liquidité vidée", "клон подписи моста", "a signer's key was leaked"};
    char *text = next_text(make), hop[21];

    keel_random_hex(&make->random, hop, 20);
    snprintf(text, sizeof make->text[0],
             "%s: attacker drained the pool in block %d, first hop %s, review pending",
             causes[keel_random_below(&make->random, 5)],
             (int)keel_random_below(&make->random, 20000000), hop);
    bind_constant(make, place, text);
}

static void bind_metadata(maker *make, int place)
{
    char *text = next_text(make);

    snprintf(text, sizeof make->text[0],
             "{\"block\": %d, \"confidence\": 0.%02d, \"tags\": [\"%s\", \"bridge\"]}",
             (int)keel_random_below(&make->random, 20000000),
             (int)keel_random_below(&make->random, 100),
             keel_random_chance(&make->random, 50) ? "defi" : "nft");
    bind_constant(make, place, text);
}

static void fill_exploit(maker *make, int64_t row)
{
    static const char *const chains[] = {"Ethereum", "BSC",      "Arbitrum",
                                         "Polygon",  "Optimism", "Unknown"};
    static const char *const protocols[] = {"Harbor Lend", "Orchid Swap", "Kestrel Vaults",
                                            "Basalt Bridge"};
    char *hash = next_text(make);

    memcpy(hash, "0x", 2);
    keel_random_hex(&make->random, hash + 2, 64);
    sqlite3_bind_int64(make->insert, 1, exploit_id(row));
    bind_constant(make, 2, hash);
    bind_constant(make, 3, chains[keel_random_zipf(&make->random, 6)]);
    bind_constant(make, 4, protocols[keel_random_zipf(&make->random, 4)]);
    if (!two_percent(make))
        sqlite3_bind_double(make->insert, 5,
                            (double)keel_random_below(&make->random, 20000000000) / 100.0);
    bind_time(make, 6, true);
    if (!two_percent(make))
        bind_description(make, 7);
    if (!two_percent(make))
        bind_metadata(make, 8);
    if (two_percent(make))
        bind_time(make, 9, true);
}

static int64_t rows_of(double scale, int64_t rows)
{
    int64_t scaled = (int64_t)((double)rows * scale);

    return scaled > 0 ? scaled : 1;
}

typedef struct part {
    const char *insert_sql;
    int64_t rows;
    void (*fill)(maker *make, int64_t row);
    int64_t parent_rows; /* at scale 1; 0 = no parent, else parameter 2 is its id */
    int64_t (*parent_id)(int64_t row);
} part;

static void fill_alert(maker *make, int64_t row)
{
    static const char *const channels[] = {"email", "discord", "telegram", "slack"};
    char *recipient = next_text(make);

    sqlite3_bind_int64(make->insert, 1, 700 + row * 2);
    bind_constant(make, 3, channels[keel_random_zipf(&make->random, 4)]);
    snprintf(recipient, sizeof make->text[0], "reader%d@mail.example",
             (int)keel_random_below(&make->random, 100000));
    if (!two_percent(make))
        bind_constant(make, 4, recipient);
    bind_time(make, 5, false);
}

static void fill_payment(maker *make, int64_t row)
{
    static const char *const states[] = {"succeeded", "failed", "refunded"};

    sqlite3_bind_int64(make->insert, 1, 9000 + row + row / 100);
    sqlite3_bind_double(make->insert, 3, (double)keel_random_below(&make->random, 100000) / 100.0);
    bind_constant(make, 4, keel_random_chance(&make->random, 80) ? "USD" : "EUR");
    bind_constant(make, 5, states[keel_random_zipf(&make->random, 3)]);
    bind_time(make, 6, false);
    if (two_percent(make))
        bind_constant(make, 7, "charged twice, one refunded");
}

static const part parts[] = {
    {"INSERT INTO users VALUES (?,?,?,?,?,?)", USERS, fill_user, 0, NULL},
    {"INSERT INTO exploits VALUES (?,?,?,?,?,?,?,?,?)", EXPLOITS, fill_exploit, 0, NULL},
    {"INSERT INTO alerts_sent VALUES (?,?,?,?,?)", ALERTS, fill_alert, EXPLOITS, exploit_id},
    {"INSERT INTO payments VALUES (?,?,?,?,?,?,?)", PAYMENTS, fill_payment, USERS, user_id},
};

static bool make_part(maker *make, const part *what, double scale)
{
    int64_t rows = rows_of(scale, what->rows), parents = rows_of(scale, what->parent_rows);
    int state = sqlite3_prepare_v2(make->db, what->insert_sql, -1, &make->insert, NULL);

    for (int64_t row = 0; row < rows && (state == SQLITE_OK || state == SQLITE_DONE); row++) {
        sqlite3_clear_bindings(make->insert);
        make->texts = 0;
        what->fill(make, row);
        if (what->parent_id != NULL)
            sqlite3_bind_int64(make->insert, 2,
                               what->parent_id(keel_random_below(&make->random, parents)));
        state = sqlite3_step(make->insert);
        sqlite3_reset(make->insert);
    }
    sqlite3_finalize(make->insert);
    return state == SQLITE_OK || state == SQLITE_DONE;
}

static bool make_file(const char *path, double scale)
{
    maker make = {.random = {.state = 20251101}};
    bool made = sqlite3_open_v2(path, &make.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
                    SQLITE_OK &&
                sqlite3_exec(make.db, tables_sql, NULL, NULL, NULL) == SQLITE_OK;

    for (size_t i = 0; made && i < sizeof parts / sizeof parts[0]; i++)
        made = make_part(&make, &parts[i], scale);
    made = made && sqlite3_exec(make.db, indexes_sql, NULL, NULL, NULL) == SQLITE_OK;
    if (!made)
        fprintf(stderr, "make_file: %s: %s\n", path, sqlite3_errmsg(make.db));
    sqlite3_close(make.db);
    return made;
}

int main(int argc, char **argv)
{
    double scale = argc > 2 ? strtod(argv[2], NULL) : 1.0;

    if (argc < 2 || argc > 3 || !(scale > 0 && scale <= 100)) {
        fprintf(stderr, "usage: make_file PATH [SCALE]\n");
        return 2;
    }
    return make_file(argv[1], scale) ? 0 : 1;
}

/* Keys, references, constraints, names, and tables that are odd as such. */
#include "hostile.h"

#define LANDS(table, values, where, column, want)                                                  \
    {                                                                                              \
        table, "", values, where, KEEL_HOSTILE_LANDS, column, want                                 \
    }
#define REJECT(table, values, where, column, code)                                                 \
    {                                                                                              \
        table, "", values, where, KEEL_HOSTILE_REJECT, column, code                                \
    }
#define LANDS_INTO(table, into, values, where, column, want)                                       \
    {                                                                                              \
        table, into, values, where, KEEL_HOSTILE_LANDS, column, want                               \
    }
#define REJECT_INTO(table, into, values, where, column, code)                                      \
    {                                                                                              \
        table, into, values, where, KEEL_HOSTILE_REJECT, column, code                              \
    }

// clang-format off
static const char *const schema[] = {
    "CREATE TABLE generated (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED,"
    " c INTEGER GENERATED ALWAYS AS (a + 1) VIRTUAL)",
    "CREATE TABLE checked (id INTEGER PRIMARY KEY, price REAL CHECK (price > 0), state TEXT NOT NULL,"
    " CHECK (state IN ('open', 'closed')))",
    "CREATE TABLE nocase (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE UNIQUE)",
    "CREATE TABLE partial (id INTEGER PRIMARY KEY, owner TEXT, active INTEGER)",
    "CREATE UNIQUE INDEX partial_active ON partial (owner) WHERE active = 1",
    "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT)",
    "CREATE UNIQUE INDEX accounts_email ON accounts (lower(email))",
    "CREATE TABLE \"N Mixed Case\" (\"Order\" INTEGER PRIMARY KEY, \"select\" TEXT, \"quo\"\"te\" TEXT)",
    "CREATE TABLE \"order\" (id INTEGER PRIMARY KEY, \"group\" TEXT)",
    "CREATE TABLE text_keys (code TEXT PRIMARY KEY, n INTEGER)",
    "CREATE TABLE pairs (a INTEGER NOT NULL, b TEXT NOT NULL, v TEXT, PRIMARY KEY (a, b))",
    "CREATE TABLE pair_notes (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, FOREIGN KEY (a, b) REFERENCES pairs (a, b))",
    "CREATE TABLE no_rowid (k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID",
    "CREATE TABLE parents (id INTEGER PRIMARY KEY, v INTEGER)",
    "CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents (id))",
    "CREATE TABLE grandchildren (id INTEGER PRIMARY KEY, child_id INTEGER NOT NULL REFERENCES children)",
    "CREATE TABLE selves (id INTEGER PRIMARY KEY, boss_id INTEGER REFERENCES selves (id))",
    "CREATE TABLE policies (id INTEGER PRIMARY KEY, version_id INTEGER REFERENCES versions (id), v TEXT)",
    "CREATE TABLE versions (id INTEGER PRIMARY KEY, policy_id INTEGER NOT NULL REFERENCES policies (id), v TEXT)",
    "CREATE TABLE defaulted (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 'null', b INTEGER DEFAULT (1+1),"
    " c TEXT DEFAULT 'it''s', d TEXT DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)",
    "CREATE TABLE no_rows (id INTEGER PRIMARY KEY, v TEXT NOT NULL)",
    "CREATE TABLE lonely (v TEXT)",
    "CREATE TABLE no_key (a INTEGER, b TEXT)",
    "CREATE VIEW open_checked AS SELECT id, price FROM checked WHERE state = 'open'",
    "CREATE TRIGGER counted_touch AFTER UPDATE ON counted BEGIN UPDATE lonely SET v = v; END",
};

static const keel_hostile_row rows[] = {
    LANDS_INTO("generated", "(id, a)", "1, 2", "id = 1", "b", "4"),
    LANDS_INTO("generated", "(id, a)", "2, 10", "id = 2", "c", "11"),
    REJECT_INTO("generated", "(id, a)", "3, 'x'", "id = 3", "a", "syntax"),

    LANDS("checked", "1, 9.5, 'open'", "id = 1", "price", "9.5"),
    LANDS("checked", "2, NULL, 'closed'", "id = 2", "price", NULL),
    REJECT("checked", "3, -1, 'open'", "id = 3", NULL, "check"),
    REJECT("checked", "4, 1, 'OPEN'", "id = 4", NULL, "check"),
    LANDS("checked", "5, 0.01, 'open'", "id = 5", "price", "0.01"),

    LANDS("nocase", "1, 'Ada@x.example'", "id = 1", "email", "Ada@x.example"),
    LANDS("nocase", "2, 'bob@x.example'", "id = 2", "email", "bob@x.example"),
    LANDS("partial", "1, 'ada', 1", "id = 1", "active", "1"),
    LANDS("partial", "2, 'ada', 0", "id = 2", "active", "0"),
    LANDS("partial", "3, 'ada', 0", "id = 3", "active", "0"),
    LANDS("accounts", "1, 'Ada@x.example'", "id = 1", "email", "Ada@x.example"),
    LANDS("accounts", "2, 'Bob@x.example'", "id = 2", "email", "Bob@x.example"),

    LANDS("N Mixed Case", "1, 'one', 'q'", "\"Order\" = 1", "select", "one"),
    LANDS("N Mixed Case", "2, NULL, 'r'", "\"Order\" = 2", "quo\"te", "r"),
    LANDS("order", "1, 'by'", "id = 1", "group", "by"),

    LANDS("text_keys", "'a', 1", "code = 'a'", "n", "1"),
    LANDS("text_keys", "'A', 2", "code = 'A'", "n", "2"),
    LANDS("text_keys", "'a ', 3", "code = 'a '", "n", "3"),
    LANDS("text_keys", "'', 4", "code = ''", "n", "4"),
    REJECT("text_keys", "NULL, 5", "code IS NULL AND n = 5", "code", "null"),
    REJECT("text_keys", "NULL, 6", "code IS NULL AND n = 6", "code", "null"),

    LANDS("pairs", "1, 'x', 'one'", "a = 1 AND b = 'x'", "v", "one"),
    LANDS("pairs", "1, 'y', 'two'", "a = 1 AND b = 'y'", "v", "two"),
    REJECT("pairs", "'one', 'x', 'three'", "v = 'three'", "a", "syntax"),
    LANDS("pair_notes", "1, 1, 'y'", "id = 1", "b", "y"),
    LANDS("pair_notes", "2, 1, NULL", "id = 2", "a", "1"), /* half a key refers to nothing */
    REJECT("pair_notes", "3, 2, 'x'", "id = 3", NULL, "orphan"),
    LANDS("no_rowid", "'k1', 1", "k = 'k1'", "v", "1"),
    REJECT("no_rowid", "'k2', 'two'", "k = 'k2'", "v", "syntax"),
    LANDS("no_rowid", "'k3', 3", "k = 'k3'", "v", "3"),

    LANDS("parents", "1, 10", "id = 1", "v", "10"),
    REJECT("parents", "2, 'ten'", "id = 2", "v", "syntax"),
    LANDS("parents", "-3, 30", "id = -3", "v", "30"),
    LANDS("children", "1, 1", "id = 1", "parent_id", "1"),
    LANDS("children", "2, NULL", "id = 2", "parent_id", NULL),
    LANDS("children", "3, -3", "id = 3", "parent_id", "-3"),
    REJECT("children", "4, 99", "id = 4", "parent_id", "orphan"),
    REJECT("children", "5, 2", "id = 5", "parent_id", "parent_rejected"),
    LANDS("grandchildren", "1, 1", "id = 1", "child_id", "1"),
    REJECT("grandchildren", "2, 4", "id = 2", "child_id", "parent_rejected"),
    REJECT("grandchildren", "3, 5", "id = 3", "child_id", "parent_rejected"),
    REJECT("grandchildren", "4, 77", "id = 4", "child_id", "orphan"),

    LANDS("selves", "1, NULL", "id = 1", "boss_id", NULL),
    LANDS("selves", "2, 1", "id = 2", "boss_id", "1"),
    LANDS("selves", "3, 3", "id = 3", "boss_id", "3"),
    LANDS("selves", "4, 5", "id = 4", "boss_id", "5"), /* forward, and a ring */
    LANDS("selves", "5, 4", "id = 5", "boss_id", "4"),
    REJECT("selves", "6, 77", "id = 6", "boss_id", "orphan"),
    REJECT("selves", "7, 6", "id = 7", "boss_id", "parent_rejected"),
    REJECT("selves", "8, 7", "id = 8", "boss_id", "parent_rejected"),
    LANDS("policies", "1, 1, 'p1'", "id = 1", "version_id", "1"),
    LANDS("policies", "2, NULL, 'p2'", "id = 2", "version_id", NULL),
    REJECT("policies", "3, 9, 'p3'", "id = 3", "version_id", "orphan"),
    LANDS("versions", "1, 1, 'v1'", "id = 1", "policy_id", "1"),
    LANDS("versions", "2, 1, 'v2'", "id = 2", "policy_id", "1"),
    REJECT("versions", "3, 3, 'v3'", "id = 3", "policy_id", "parent_rejected"),

    LANDS("defaulted", "1, 5, 6, 'x', 'y'", "id = 1", "a", "5"),
    REJECT_INTO("defaulted", "(id)", "2", "id = 2", "a", "syntax"), /* the default was the text 'null' */
    LANDS_INTO("defaulted", "(id, a)", "3, NULL", "id = 3", "b", "2"),
    LANDS_INTO("defaulted", "(id, a)", "4, 1", "id = 4", "c", "it's"),
    LANDS("counted", "7, 'seven'", "id = 7", "v", "seven"),
    LANDS("lonely", "'one'", "v = 'one'", "v", "one"),
    LANDS("lonely", "NULL", "v IS NULL", "v", NULL),
    REJECT("lonely", "x'ff'", "v = x'ff'", "v", "storage_class"),
    LANDS("no_key", "1, 'same'", "a = 1", "b", "same"),
    LANDS("no_key", "1, 'same'", "a = 1", "b", "same"), /* twice, and two rows arrive */
};
// clang-format on

const keel_hostile_part keel_hostile_shapes = {schema, KEEL_COUNT_OF(schema), rows,
                                               KEEL_COUNT_OF(rows)};

#include <stdio.h>
#include <tap.h>

#include "transfer/plan.h"

static const struct {
    const char *word;
    int args[2];
    const char *wanted;
} DECLARED[] = {
    {"INTEGER", {0}, "bigint"},
    {"INT", {0}, "bigint"},
    {"BIGINT", {0}, "bigint"},
    {"INT8", {0}, "bigint"},
    {"UNSIGNED BIG INT", {0}, "bigint"},
    {"INTEGER UNSIGNED", {0}, "bigint"},
    {"INT", {11}, "bigint"},
    {"SMALLINT", {0}, "smallint"},
    {"INT2", {0}, "smallint"},
    {"TINYINT", {0}, "smallint"},
    {"TINYINT", {4}, "smallint"},
    {"TINYINT", {1}, "boolean"},
    {"MEDIUMINT", {0}, "integer"},
    {"INT4", {0}, "integer"},
    {"BOOLEAN", {0}, "boolean"},
    {"BOOL", {0}, "boolean"},
    {"REAL", {0}, "double precision"},
    {"FLOAT", {0}, "double precision"},
    {"FLOAT4", {0}, "double precision"},
    {"FLOATING POINT", {0}, "double precision"},
    {"DOUBLE", {0}, "double precision"},
    {"DOUBLE PRECISION", {0}, "double precision"},
    {"DECIMAL", {10, 5}, "numeric(10,5)"},
    {"DECIMAL", {10}, "numeric(10,0)"},
    {"NUMERIC", {20, 2}, "numeric(20,2)"},
    {"DECIMAL", {0}, "numeric"},
    {"NUMERIC", {0}, "numeric"},
    {"NUMERIC", {2000, 2}, "numeric"},
    {"NUMERIC", {5, 9}, "numeric"},
    {"NUMERIC", {5, -2}, "numeric"},
    {"MONEY", {0}, "numeric"},
    {"TEXT", {0}, "text"},
    {"TEXT", {50}, "text"},
    {"LONGTEXT", {0}, "text"},
    {"CLOB", {0}, "text"},
    {"STRING", {0}, "text"},
    {"VARCHAR", {20}, "varchar(20)"},
    {"VARCHAR", {0}, "text"},
    {"NVARCHAR", {100}, "varchar(100)"},
    {"CHARACTER", {20}, "varchar(20)"},
    {"NCHAR", {55}, "varchar(55)"},
    {"CHAR", {3}, "varchar(3)"},
    {"CHAR", {0}, "text"},
    {"VARYING CHARACTER", {255}, "varchar(255)"},
    {"NATIVE CHARACTER", {70}, "varchar(70)"},
    {"VARCHAR", {99999999}, "text"},
    {"BLOB", {0}, "bytea"},
    {"LONGBLOB", {0}, "bytea"},
    {"BYTEA", {0}, "bytea"},
    {"BINARY", {16}, "bytea"},
    {"VARBINARY", {16}, "bytea"},
    {"DATE", {0}, "date"},
    {"DATETIME", {0}, "timestamptz"},
    {"DATETIME", {6}, "timestamptz"},
    {"TIMESTAMP", {0}, "timestamptz"},
    {"TIMESTAMPTZ", {0}, "timestamptz"},
    {"TIMESTAMP WITH TIME ZONE", {0}, "timestamptz"},
    {"TIMESTAMP WITHOUT TIME ZONE", {0}, "timestamp"},
    {"TIME", {0}, "time"},
    {"JSON", {0}, "jsonb"},
    {"JSONB", {0}, "jsonb"},
    {"UUID", {0}, "uuid"},
    {"GUID", {0}, "uuid"},
    {"INET", {0}, "inet"},
    {"ANY", {0}, NULL},
    {"", {0}, NULL},
    {"GEOMETRY", {0}, NULL},
    {"POINT", {0}, NULL},
    {"INTERVAL", {0}, NULL},
};

static const struct {
    const char *name;
    int64_t integers, reals, texts, blobs, nulls, greatest;
    const char *wanted;
} CELLS[] = {
    {"integers", 10, 0, 0, 0, 5, 9, "bigint"},
    {"integers and a few reals", 10, 1, 0, 0, 0, 9, "double precision"},
    {"reals", 0, 10, 0, 0, 0, 0, "double precision"},
    {"reals and integers that a double cannot hold", 3, 10, 0, 0, 0, INT64_C(9007199254740993),
     "numeric"},
    {"reals and the last integer that a double can hold", 3, 10, 0, 0, 0, INT64_C(9007199254740992),
     "double precision"},
    {"mostly text", 3, 1, 9, 0, 0, 9, "text"},
    {"numbers together outweigh text", 5, 5, 9, 0, 0, 9, "double precision"},
    {"a tie goes to text", 5, 0, 5, 0, 0, 9, "text"},
    {"blobs", 1, 0, 1, 9, 0, 9, "bytea"},
    {"a tie of text and blob goes to text", 0, 0, 3, 3, 0, 0, "text"},
    {"nothing but NULL", 0, 0, 0, 0, 9, 0, "text"},
    {"no rows", 0, 0, 0, 0, 0, 0, "text"},
};

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    for (size_t i = 0; i < KEEL_COUNT_OF(DECLARED); i++) {
        keel_sqlite_column column = {.type_word = DECLARED[i].word,
                                     .type_args = {DECLARED[i].args[0], DECLARED[i].args[1]}};
        is_str(keel_type_for_declaration(arena, &column), DECLARED[i].wanted, "%s(%d,%d)",
               DECLARED[i].word, DECLARED[i].args[0], DECLARED[i].args[1]);
    }
    for (size_t i = 0; i < KEEL_COUNT_OF(CELLS); i++) {
        keel_sqlite_profile profile = {.max_integer = CELLS[i].greatest};
        profile.class_counts[KEEL_CELL_INTEGER] = CELLS[i].integers;
        profile.class_counts[KEEL_CELL_REAL] = CELLS[i].reals;
        profile.class_counts[KEEL_CELL_TEXT] = CELLS[i].texts;
        profile.class_counts[KEEL_CELL_BLOB] = CELLS[i].blobs;
        profile.class_counts[KEEL_CELL_NULL] = CELLS[i].nulls;
        is_str(keel_type_for_cells(&profile), CELLS[i].wanted, "%s", CELLS[i].name);
    }
    return done_testing();
}

/* The inside of the kamiyo generator: a row in the making, the tables, the defects that spoil a
 * row. A table fills a clean row; its defects then each take the rows they want; what was done is
 * counted, never guessed. */
#ifndef KEEL_DEMO_KAMIYO_TABLE_H
#define KEEL_DEMO_KAMIYO_TABLE_H

#include <sqlite3.h>

#include "demo/kamiyo.h"
#include "demo/random.h"

#define KEEL_KAMIYO_COLUMNS 18
#define KEEL_KAMIYO_DEFECTS 32 /* of one table */
#define KEEL_KAMIYO_HUGE    1000000

typedef enum keel_kamiyo_class {
    KEEL_KAMIYO_NULL,
    KEEL_KAMIYO_INTEGER,
    KEEL_KAMIYO_REAL,
    KEEL_KAMIYO_TEXT,
    KEEL_KAMIYO_BLOB,
} keel_kamiyo_class;

typedef struct keel_kamiyo_cell {
    keel_kamiyo_class class;
    int64_t integer;
    double real;
    const char *bytes;
    size_t size;
} keel_kamiyo_cell;

#define KEEL_KAMIYO_CELL_TEXT(literal)                                                             \
    {                                                                                              \
        .class = KEEL_KAMIYO_TEXT, .bytes = (literal), .size = sizeof(literal) - 1                 \
    }
#define KEEL_KAMIYO_CELL_BLOB(literal)                                                             \
    {                                                                                              \
        .class = KEEL_KAMIYO_BLOB, .bytes = (literal), .size = sizeof(literal) - 1                 \
    }
#define KEEL_KAMIYO_CELL_INTEGER(value)                                                            \
    {                                                                                              \
        .class = KEEL_KAMIYO_INTEGER, .integer = (value)                                           \
    }
#define KEEL_KAMIYO_CELL_REAL(value)                                                               \
    {                                                                                              \
        .class = KEEL_KAMIYO_REAL, .real = (value)                                                 \
    }

typedef struct keel_kamiyo_row {
    keel_kamiyo_cell cells[KEEL_KAMIYO_COLUMNS];
    uint32_t touched; /* columns that a defect has taken; each takes one defect at most */
    bool rejected;    /* cannot arrive */
    bool parent_lost; /* because its parent cannot arrive */
    bool barren;      /* no child may point here: which of two twins arrives is not ours to say */
    int64_t seconds;  /* the moment the row is about, Unix time */
    char text[4096];  /* what the cells point at */
    size_t text_size;
} keel_kamiyo_row;

/* Rows that others point at. */
typedef struct keel_kamiyo_parents {
    int64_t *ids;
    unsigned char *rejected, *barren;
    int64_t count;
} keel_kamiyo_parents;

typedef struct keel_kamiyo_job {
    const keel_kamiyo_options *options;
    keel_random random;
    keel_kamiyo_parents exploits, users, payments;
    char previous_key[256]; /* natural key of the last unspoilt row of this table, "" if used up */
    const keel_kamiyo_row *previous; /* the row before this one, NULL at the first */
    char *huge;                      /* KEEL_KAMIYO_HUGE bytes of text */
} keel_kamiyo_job;

typedef struct keel_kamiyo_defect {
    const char *name;
    int column;
    double per_10k; /* rows of 10,000 */
    bool rejects;
    int64_t exactly;       /* instead of the rate, if > 0 */
    keel_kamiyo_cell cell; /* planted, unless `spoil` is set */
    bool (*spoil)(keel_kamiyo_job *job,
                  keel_kamiyo_row *row,
                  int column); /* false = not this row */
} keel_kamiyo_defect;

typedef struct keel_kamiyo_dirt {
    const keel_kamiyo_defect *defects;
    size_t count;
} keel_kamiyo_dirt;

typedef struct keel_kamiyo_table {
    const char *name;
    int columns;
    int key_column; /* of the natural key (text), or -1 */
    int64_t (*rows)(const keel_kamiyo_job *job);
    void (*fill)(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row);
    size_t parents_offset; /* of its keel_kamiyo_parents in the job; 0 = nobody's parent */
    const keel_kamiyo_dirt *dirt;
} keel_kamiyo_table;

/* kamiyo_schema.c */
extern const char *const keel_kamiyo_tables_sql, *const keel_kamiyo_x402_sql;
extern const char *const keel_kamiyo_indexes_sql;

/* kamiyo_exploits.c, kamiyo_people.c, kamiyo_x402.c */
extern const keel_kamiyo_table keel_kamiyo_exploits, keel_kamiyo_sources, keel_kamiyo_alerts_sent;
extern const keel_kamiyo_table keel_kamiyo_users, keel_kamiyo_alert_preferences,
    keel_kamiyo_community_submissions, keel_kamiyo_user_reputation;
extern const keel_kamiyo_table keel_kamiyo_x402_payments, keel_kamiyo_x402_tokens,
    keel_kamiyo_x402_usage, keel_kamiyo_x402_analytics;

/* kamiyo_dirt.c, kamiyo_dirt_people.c */
extern const keel_kamiyo_dirt keel_kamiyo_clean, keel_kamiyo_exploits_dirt,
    keel_kamiyo_alerts_sent_dirt;
extern const keel_kamiyo_dirt keel_kamiyo_users_dirt, keel_kamiyo_alert_preferences_dirt,
    keel_kamiyo_community_submissions_dirt, keel_kamiyo_user_reputation_dirt;
extern const keel_kamiyo_dirt keel_kamiyo_x402_payments_dirt, keel_kamiyo_x402_tokens_dirt,
    keel_kamiyo_x402_usage_dirt;

/* kamiyo_write.c: makes and inserts all rows of a table, and appends what was planted */
bool keel_kamiyo_write(keel_kamiyo_job *job,
                       sqlite3 *db,
                       const keel_kamiyo_table *table,
                       keel_kamiyo_expected *expected,
                       keel_error *err);
bool keel_kamiyo_fail(sqlite3 *db, keel_error *err, const char *doing);

/* kamiyo_spoil.c: defects that depend on the row */
typedef bool keel_kamiyo_spoil(keel_kamiyo_job *job, keel_kamiyo_row *row, int column);
keel_kamiyo_spoil keel_kamiyo_spoil_key_case, keel_kamiyo_spoil_key_space,
    keel_kamiyo_spoil_copy_of_previous;
keel_kamiyo_spoil keel_kamiyo_spoil_api_key_twin, keel_kamiyo_spoil_api_key_form;
keel_kamiyo_spoil keel_kamiyo_spoil_time_z, keel_kamiyo_spoil_time_offset,
    keel_kamiyo_spoil_time_epoch, keel_kamiyo_spoil_time_milliseconds,
    keel_kamiyo_spoil_time_date_only, keel_kamiyo_spoil_time_gap;
keel_kamiyo_spoil keel_kamiyo_spoil_flag_word, keel_kamiyo_spoil_number,
    keel_kamiyo_spoil_foreign_text, keel_kamiyo_spoil_huge_text, keel_kamiyo_spoil_big_id,
    keel_kamiyo_spoil_orphan, keel_kamiyo_spoil_long_email;

/* kamiyo_row.c: setting cells */
void keel_kamiyo_set_null(keel_kamiyo_row *row, int column);
void keel_kamiyo_set_integer(keel_kamiyo_row *row, int column, int64_t value);
void keel_kamiyo_set_real(keel_kamiyo_row *row, int column, double value);
void keel_kamiyo_set_text(keel_kamiyo_row *row, int column, const char *constant);
void keel_kamiyo_set_textf(keel_kamiyo_row *row, int column, const char *fmt, ...)
    KEEL_PRINTF(3, 4);
/* Times: CURRENT_TIMESTAMP's form in UTC, and what datetime.now() writes on a server in Copenhagen.
 */
void keel_kamiyo_set_utc(keel_kamiyo_row *row, int column, int64_t seconds);
void keel_kamiyo_set_local(keel_kamiyo_row *row, int column, int64_t seconds, int64_t microseconds);
/* A moment of the last five years, recent ones more often. */
int64_t keel_kamiyo_moment(keel_random *random);
/* Points the child's column at a parent by ordinal; the child of a rejected parent is rejected. */
void keel_kamiyo_set_parent(keel_kamiyo_row *row,
                            int column,
                            const keel_kamiyo_parents *parents,
                            int64_t ordinal);

#endif

/* What the files of the translation share. A piece is a translated subexpression with what is known
 * of its value: the family decides which operators keep their meaning. */
#ifndef KEEL_TRANSFER_TRANSLATE_INSIDE_H
#define KEEL_TRANSFER_TRANSLATE_INSIDE_H

#include "transfer/translate.h"

typedef enum keel_family {
    KEEL_FAMILY_NULL,
    KEEL_FAMILY_INTEGER,
    KEEL_FAMILY_REAL,    /* double precision in the target */
    KEEL_FAMILY_NUMERIC, /* decimal in the target, integer or real in SQLite */
    KEEL_FAMILY_TEXT,
    KEEL_FAMILY_BOOL, /* 0 or 1 in SQLite */
    KEEL_FAMILY_BYTES,
    KEEL_FAMILY_DATE,
    KEEL_FAMILY_TIME, /* time of day and timestamps */
    KEEL_FAMILY_JSON,
    KEEL_FAMILY_ENUM,
    KEEL_FAMILY_OTHER,
} keel_family;

typedef struct keel_piece {
    keel_family family;
    const char *sql;
    bool atom;                           /* needs no parentheses as an operand */
    const keel_expr *literal;            /* the constant that it is, or NULL */
    const keel_translate_column *column; /* the bare column that it is, or NULL */
    const char *collation;               /* what SQLite compares it by; NULL is BINARY */
    bool explicit_collation;             /* COLLATE was written */
    bool wide;                           /* INTEGER of 64 bits in the target */
    bool real;  /* always of class REAL in SQLite, so that / is not an integer division */
    bool loose; /* text in the target that may be a number in SQLite: its affinity is not TEXT */
} keel_piece;

typedef struct keel_translation {
    keel_arena *arena;
    keel_translate_use use;
    const keel_translate_column *columns;
    size_t count;
    const char *note;   /* what was done to keep the meaning */
    const char *reason; /* why it differs: the first one found */
} keel_translation;

/* Always false, so that `return keel_differ(...)` reads well. */
bool keel_differ(keel_translation *t, const char *fmt, ...) KEEL_PRINTF(2, 3);
void keel_note(keel_translation *t, const char *note);
/* The SQL of a piece as an operand: in parentheses unless it is an atom. */
const char *keel_operand(keel_translation *t, const keel_piece *piece);
const char *keel_literal_sql(keel_translation *t, const char *text);
const char *keel_family_name(keel_family family);
bool keel_is_number(const keel_piece *piece);
/* The constant 0 or 1 (or FALSE, TRUE). */
bool keel_is_zero_or_one(const keel_piece *piece, bool *ret_one);
/* The text of a text constant, else NULL. */
const char *keel_text_constant(const keel_piece *piece);
const keel_translate_column *keel_find_source(const keel_translation *t, const char *name);

/* A value of any family. */
bool keel_walk(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
/* A truth value: SQLite takes any number for one. */
bool keel_walk_truth(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
/* A bare column (translate_column.c). */
bool keel_walk_column(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
/* =, <>, <, ... IS, IS NOT, IN, BETWEEN (translate_compare.c). */
bool keel_walk_comparison(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
bool keel_translate_compare(keel_translation *t,
                            const char *operation,
                            const keel_piece *left,
                            const keel_piece *right,
                            keel_piece *ret_piece);
bool keel_walk_in(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
bool keel_walk_between(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
/* LIKE and GLOB with a constant pattern (translate_pattern.c). */
bool keel_walk_pattern(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
/* + - * / % || & | and signs (translate_arithmetic.c). */
bool keel_walk_arithmetic(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
bool keel_walk_sign(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
/* Functions, CASE and CAST (translate_function.c). */
bool keel_walk_function(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
bool keel_walk_case(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);
bool keel_walk_cast(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece);

/* typeof(column) = 'integer', typeof(column) IN (...): what the target type leaves of it
 * (translate_typeof.c). */
typedef enum keel_typeof_answer {
    KEEL_TYPEOF_UNKNOWN,
    KEEL_TYPEOF_ALWAYS,   /* true for every value that the column can hold, NULL included */
    KEEL_TYPEOF_NOT_NULL, /* true exactly if the column is not NULL */
    KEEL_TYPEOF_NULL,     /* true exactly if it is */
} keel_typeof_answer;
keel_typeof_answer keel_typeof_test(const keel_translation *t,
                                    const keel_expr *expr,
                                    const keel_translate_column **ret_column);

/* true if the types of the columns alone make a CHECK true or NULL (translate_implied.c). */
bool keel_is_implied(keel_translation *t, const keel_expr *expr);

/* A DEFAULT fitted to its column's type (translate_default.c); the present time (translate_now.c):
 * *ret_is_now is false if the expression is no form of it. */
bool keel_translate_default(keel_translation *t,
                            const keel_expr *expr,
                            const keel_pg_type *wanted,
                            const char **ret_sql);
/* "2026-11-20", a day that exists */
bool keel_is_day(const char *text);
bool keel_translate_now(keel_translation *t,
                        const keel_expr *expr,
                        const keel_pg_type *wanted,
                        bool *ret_is_now,
                        const char **ret_sql);
/* A generated value fitted to its column's type (translate_generated.c). */
bool keel_fit_generated(keel_translation *t,
                        const keel_piece *piece,
                        const keel_pg_type *wanted,
                        const char **ret_sql);

#endif

/* A typed cell of SQLite into the field format of PostgreSQL's binary COPY: strictly. No value is changed,
 * guessed, truncated or dropped in silence; what does not fit is a misfit with a reason. Thread-safe as long as
 * each thread has its own output, counts and misfit. */
#ifndef KEEL_CONVERT_ENCODE_H
#define KEEL_CONVERT_ENCODE_H

#include "base/str.h"
#include "convert/rule.h"

/* Stable codes of the reasons, as journal and JSON show them. */
#define KEEL_MISFIT_CODES(X)                                                             \
    X(NULL_VALUE, "null", "NULL in a NOT NULL column")                                   \
    X(CLASS, "storage_class", "this storage class does not fit the type")                \
    X(NUL_BYTE, "nul_byte", "text holds a NUL byte, which PostgreSQL cannot store")      \
    X(UTF8, "invalid_utf8", "text is not valid UTF-8")                                   \
    X(RANGE, "out_of_range", "outside the range of the type")                            \
    X(FRACTION, "fraction", "has digits that the type cannot hold")                      \
    X(NOT_FINITE, "not_finite", "NaN or infinity")                                       \
    X(SYNTAX, "syntax", "not a valid value of the type")                                 \
    X(DATE, "impossible_date", "no such date or time")                                   \
    X(ZONE_GAP, "local_time", "this local time does not exist or exists twice in its zone") \
    X(EPOCH, "epoch", "a number in a date or time column whose meaning is not stated")   \
    X(TOO_LONG, "too_long", "longer than the type allows")                               \
    X(PADDING, "padding", "ends in blanks, which character(n) takes for padding")        \
    X(LABEL, "enum_label", "not a label of the enum")                                    \
    X(JSON, "json", "not valid JSON")                                                    \
    X(JSON_KEYS, "json_duplicate_key", "the object repeats a key, jsonb would drop one") \
    X(JSON_U0000, "json_u0000", "jsonb cannot hold \\u0000")                             \
    X(ENCODING, "target_encoding", "the target's encoding lacks a character")            \
    X(ORPHAN, "orphan", "its parent row does not exist")                                 \
    X(PARENT_REJECTED, "parent_rejected", "its parent row was rejected")                 \
    X(KEY_HELD, "key_held", "the target already holds this key")                         \
    X(DUPLICATE, "duplicate", "equal to another row under a unique key")                 \
    X(CHECK, "check", "violates a CHECK constraint of the target")                       \
    X(EXCLUSION, "exclusion", "conflicts under an exclusion constraint")                 \
    X(SERVER, "server", "the server refused the row")
typedef enum keel_misfit_code {
    KEEL_FITS = 0,
#define X(name, id, text) KEEL_MISFIT_##name##_,
    KEEL_MISFIT_CODES(X)
#undef X
} keel_misfit_code;
const char *keel_misfit_id(keel_misfit_code code);   /* "nul_byte" */
const char *keel_misfit_text(keel_misfit_code code); /* "text holds a NUL byte, ..." */

/* Encodes one cell: appends 4 bytes length and the value to `out` (length -1 for NULL), with misfit policy
 * applied. On KEEL_FITS something was appended; on anything else nothing was. `json_hash` (may be NULL) receives
 * keel_json_hash of a json/jsonb value, 0 for NULL, so that the row hash need not parse again. */
keel_misfit_code keel_encode(const keel_rule *rule, const keel_cell *cell, keel_str *out, keel_rule_counts *counts,
                             uint64_t *json_hash);

/* true if `kind` has a binary encoder here (ARRAY: if its element has one). */
bool keel_encode_supports(const keel_pg_type *type);

/* The value of a cell as text for people, journal and CSV: integers and reals in shortest form, text as it is,
 * hex ("x'..'" without the frame) if it is a BLOB or not valid UTF-8 or holds NUL; *ret_hex says which. At most
 * `limit` bytes of the value are used (0 = all). */
void keel_cell_text(const keel_cell *cell, size_t limit, keel_str *out, bool *ret_hex);

#endif

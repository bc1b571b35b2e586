/* What goes wrong in exploits and alerts_sent, and how often. `rejects` is by examples/kamiyo:
 * where the mapping or the target's types can take the value, it arrives. */
#include <math.h>

#include "demo/kamiyo_columns.h"
#include "demo/kamiyo_table.h"

#define HUNDRED                                                                                    \
    "0123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 "  \
    "123456789 "

// clang-format off
static const keel_kamiyo_defect exploits[] = {
    {"key_other_case", EXPLOIT_TX_HASH, 20, false, .spoil = keel_kamiyo_spoil_key_case},
    {"key_trailing_space", EXPLOIT_TX_HASH, 15, false, .spoil = keel_kamiyo_spoil_key_space},
    {"id_beyond_int4", EXPLOIT_ID, 0.5, false, .spoil = keel_kamiyo_spoil_big_id},
    {"too_long", EXPLOIT_CHAIN, 10, true, .cell = KEEL_KAMIYO_CELL_TEXT(HUNDRED)},
    {"empty_text", EXPLOIT_CATEGORY, 100, false, .cell = KEEL_KAMIYO_CELL_TEXT("")},
    {"not_available", EXPLOIT_AMOUNT_USD, 5, true, .cell = KEEL_KAMIYO_CELL_TEXT("N/A")},
    {"not_a_number", EXPLOIT_AMOUNT_USD, 1, true, .cell = KEEL_KAMIYO_CELL_TEXT("NaN")},
    {"infinity", EXPLOIT_AMOUNT_USD, 2, true, .cell = KEEL_KAMIYO_CELL_REAL(INFINITY)},
    {"numeric_overflow", EXPLOIT_AMOUNT_USD, 2, true, .cell = KEEL_KAMIYO_CELL_REAL(1e19)},
    {"empty_number", EXPLOIT_AMOUNT_USD, 50, false, .cell = KEEL_KAMIYO_CELL_TEXT("")},
    {"needs_rounding", EXPLOIT_AMOUNT_USD, 200, false, .cell = KEEL_KAMIYO_CELL_REAL(1234567.005)},
    {"time_iso_z", EXPLOIT_TIMESTAMP, 1000, false, .spoil = keel_kamiyo_spoil_time_z},
    {"time_offset", EXPLOIT_TIMESTAMP, 500, false, .spoil = keel_kamiyo_spoil_time_offset},
    {"time_epoch", EXPLOIT_TIMESTAMP, 200, false, .spoil = keel_kamiyo_spoil_time_epoch},
    {"time_date_only", EXPLOIT_TIMESTAMP, 100, false, .spoil = keel_kamiyo_spoil_time_date_only},
    {"time_cut_short", EXPLOIT_TIMESTAMP, 5, true, .cell = KEEL_KAMIYO_CELL_TEXT("2020-08-")},
    {"time_impossible", EXPLOIT_TIMESTAMP, 2, true, .cell = KEEL_KAMIYO_CELL_TEXT("2024-02-30 11:12:13.000000")},
    {"time_in_zone_gap", EXPLOIT_TIMESTAMP, 2, true, .spoil = keel_kamiyo_spoil_time_gap},
    {"empty_time", EXPLOIT_CREATED_AT, 100, false, .cell = KEEL_KAMIYO_CELL_TEXT("")},
    {"foreign_text", EXPLOIT_DESCRIPTION, 500, false, .spoil = keel_kamiyo_spoil_foreign_text},
    {"nul_byte", EXPLOIT_DESCRIPTION, 2, true, .cell = KEEL_KAMIYO_CELL_TEXT("drained\0by replay")},
    {"invalid_utf8", EXPLOIT_DESCRIPTION, 2, true, .cell = KEEL_KAMIYO_CELL_TEXT("R\xfc" "ckerstattung offen")},
    {"blob_in_text", EXPLOIT_DESCRIPTION, 2, true, .cell = KEEL_KAMIYO_CELL_BLOB("\x89PNG\r\n\x1a\n")},
    {"huge_text", EXPLOIT_DESCRIPTION, 1, false, .spoil = keel_kamiyo_spoil_huge_text},
    {"flag_word", EXPLOIT_VERIFIED_ON_CHAIN, 300, false, .spoil = keel_kamiyo_spoil_flag_word},
    {"flag_maybe", EXPLOIT_VERIFIED_ON_CHAIN, 2, true, .cell = KEEL_KAMIYO_CELL_TEXT("maybe")},
    {"score_not_integer", EXPLOIT_CONFIDENCE_SCORE, 2, true, .spoil = keel_kamiyo_spoil_number},
};

static const keel_kamiyo_defect alerts_sent[] = {
    {"exact_copy", ALERT_EXPLOIT_ID, 15, false, .spoil = keel_kamiyo_spoil_copy_of_previous},
    {"orphan", ALERT_EXPLOIT_ID, 50, true, .spoil = keel_kamiyo_spoil_orphan},
    {"null_required", ALERT_SENT_AT, 20, true},
    {"too_long", ALERT_RECIPIENT, 10, true, .cell = KEEL_KAMIYO_CELL_TEXT(HUNDRED HUNDRED HUNDRED)},
    {"empty_text", ALERT_RECIPIENT, 100, false, .cell = KEEL_KAMIYO_CELL_TEXT("")},
    {"invalid_utf8", ALERT_RECIPIENT, 2, true, .cell = KEEL_KAMIYO_CELL_TEXT("stra\xdf" "e@mail.example")},
};
// clang-format on

const keel_kamiyo_dirt keel_kamiyo_clean = {NULL, 0};
const keel_kamiyo_dirt keel_kamiyo_exploits_dirt = {exploits, KEEL_COUNT_OF(exploits)};
const keel_kamiyo_dirt keel_kamiyo_alerts_sent_dirt = {alerts_sent, KEEL_COUNT_OF(alerts_sent)};

/* What goes wrong in the tables about people and payments, and how often. */
#include "demo/kamiyo_columns.h"
#include "demo/kamiyo_table.h"

// clang-format off
static const keel_kamiyo_defect users[] = {
    {"api_key_twin", USER_API_KEY, 5, true, .spoil = keel_kamiyo_spoil_api_key_twin},
    {"api_key_no_uuid", USER_API_KEY, 200, false, .spoil = keel_kamiyo_spoil_api_key_form},
    {"key_other_case", USER_EMAIL, 20, false, .spoil = keel_kamiyo_spoil_key_case},
    {"key_trailing_space", USER_EMAIL, 15, false, .spoil = keel_kamiyo_spoil_key_space},
    {"too_long", USER_EMAIL, 10, true, .spoil = keel_kamiyo_spoil_long_email},
    {"time_milliseconds", USER_LAST_REQUEST, 100, false, .spoil = keel_kamiyo_spoil_time_milliseconds},
    {"integer_overflow", USER_REQUEST_COUNT, 10, true, .cell = KEEL_KAMIYO_CELL_INTEGER(INT64_C(3000000000))},
};

static const keel_kamiyo_defect alert_preferences[] = {
    {"orphan", PREFERENCE_USER_ID, 50, true, .spoil = keel_kamiyo_spoil_orphan},
    {"needs_rounding", PREFERENCE_MIN_AMOUNT_USD, 10, true, .cell = KEEL_KAMIYO_CELL_REAL(0.005)},
    {"json_broken", PREFERENCE_CHAINS, 20, true, .cell = KEEL_KAMIYO_CELL_TEXT("[\"ethereum\",")},
    {"json_scalar", PREFERENCE_CHAINS, 50, false, .cell = KEEL_KAMIYO_CELL_TEXT("\"ethereum\"")},
    {"json_u0000", PREFERENCE_CHAINS, 2, true, .cell = KEEL_KAMIYO_CELL_TEXT("[\"base\\u0000\"]")},
    {"json_key_twice", PREFERENCE_CHAINS, 5, false, .cell = KEEL_KAMIYO_CELL_TEXT("{\"all\": true, \"all\": false}")},
    {"json_key_twice_strict", PREFERENCE_PROTOCOLS, 5, true, .cell = KEEL_KAMIYO_CELL_TEXT("{\"all\": 1, \"all\": 2}")},
    {"empty_json", PREFERENCE_PROTOCOLS, 100, false, .cell = KEEL_KAMIYO_CELL_TEXT("")},
    {"null_required", PREFERENCE_IS_ACTIVE, 20, true},
};

static const keel_kamiyo_defect community_submissions[] = {
    {"null_required", SUBMISSION_STATUS, 20, true},
    {"time_epoch_unstated", SUBMISSION_REVIEWED_AT, 20, true, .cell = KEEL_KAMIYO_CELL_INTEGER(1726400000)},
    {"numeric_overflow", SUBMISSION_BOUNTY_PAID, 10, true, .cell = KEEL_KAMIYO_CELL_REAL(123456789.0)},
};

static const keel_kamiyo_defect user_reputation[] = {
    {"null_key", REPUTATION_WALLET, 0, true, .exactly = 2},
    {"needs_rounding", REPUTATION_BOUNTIES, 500, false, .cell = KEEL_KAMIYO_CELL_REAL(0.30000000000000004)},
};

static const keel_kamiyo_defect x402_payments[] = {
    {"nul_byte", PAYMENT_FROM, 5, true, .cell = KEEL_KAMIYO_CELL_TEXT("0x\0")},
    {"integer_is_text", PAYMENT_BLOCK_NUMBER, 10, true, .cell = KEEL_KAMIYO_CELL_TEXT("pending")},
};

static const keel_kamiyo_defect x402_tokens[] = {
    {"orphan", TOKEN_PAYMENT_ID, 50, true, .spoil = keel_kamiyo_spoil_orphan},
};

static const keel_kamiyo_defect x402_usage[] = {
    {"orphan", USAGE_PAYMENT_ID, 50, true, .spoil = keel_kamiyo_spoil_orphan},
    {"integer_is_text", USAGE_STATUS_CODE, 10, true, .cell = KEEL_KAMIYO_CELL_TEXT("timeout")},
};
// clang-format on

const keel_kamiyo_dirt keel_kamiyo_users_dirt = {users, KEEL_COUNT_OF(users)};
const keel_kamiyo_dirt keel_kamiyo_alert_preferences_dirt = {alert_preferences,
                                                             KEEL_COUNT_OF(alert_preferences)};
const keel_kamiyo_dirt keel_kamiyo_community_submissions_dirt = {
    community_submissions, KEEL_COUNT_OF(community_submissions)};
const keel_kamiyo_dirt keel_kamiyo_user_reputation_dirt = {user_reputation,
                                                           KEEL_COUNT_OF(user_reputation)};
const keel_kamiyo_dirt keel_kamiyo_x402_payments_dirt = {x402_payments,
                                                         KEEL_COUNT_OF(x402_payments)};
const keel_kamiyo_dirt keel_kamiyo_x402_tokens_dirt = {x402_tokens, KEEL_COUNT_OF(x402_tokens)};
const keel_kamiyo_dirt keel_kamiyo_x402_usage_dirt = {x402_usage, KEEL_COUNT_OF(x402_usage)};

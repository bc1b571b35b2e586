/* x402_*: payments per request, bolted on later. They have no table in the target: the transfer
 * makes them. */
#include <stddef.h>

#include "demo/kamiyo_columns.h"
#include "demo/kamiyo_table.h"

static const char *const chains[] = {"base", "ethereum", "solana"};
static const char receiver[] = "0x00000000000000000000000000000000ca11ab1e";

static int64_t payment_rows(const keel_kamiyo_job *job)
{
    return job->options->exploits / 50 + 10;
}

static void fill_payment_state(keel_kamiyo_job *job, keel_kamiyo_row *row)
{
    static const char *const states[] = {"used", "verified", "expired", "pending"};
    keel_random *random = &job->random;
    int state = keel_random_zipf(random, KEEL_COUNT_OF(states));

    keel_kamiyo_set_text(row, PAYMENT_STATUS, states[state]);
    keel_kamiyo_set_utc(row, PAYMENT_CREATED_AT, row->seconds);
    if (state != 3)
        keel_kamiyo_set_utc(row, PAYMENT_VERIFIED_AT, row->seconds + 40);
    keel_kamiyo_set_utc(row, PAYMENT_EXPIRES_AT, row->seconds + 86400);
    keel_kamiyo_set_utc(row, PAYMENT_UPDATED_AT, row->seconds + 60);
}

static void fill_payment(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    keel_random *random = &job->random;
    char hash[65];

    keel_random_hex(random, hash, 64);
    row->seconds = keel_kamiyo_moment(random);
    keel_kamiyo_set_integer(row, PAYMENT_ID, ordinal + 1);
    keel_kamiyo_set_textf(row, PAYMENT_TX_HASH, "0x%s", hash);
    keel_kamiyo_set_text(row, PAYMENT_CHAIN,
                         chains[keel_random_zipf(random, KEEL_COUNT_OF(chains))]);
    keel_kamiyo_set_real(row, PAYMENT_AMOUNT_USDC,
                         (double)(1 + keel_random_below(random, 50000000)) / 1e6);
    keel_kamiyo_set_textf(row, PAYMENT_FROM, "0x%.40s", hash + 10);
    keel_kamiyo_set_text(row, PAYMENT_TO, receiver);
    keel_kamiyo_set_integer(row, PAYMENT_BLOCK_NUMBER, 18000000 + ordinal * 12);
    keel_kamiyo_set_integer(row, PAYMENT_CONFIRMATIONS, 1 + keel_random_below(random, 64));
    keel_kamiyo_set_real(row, PAYMENT_RISK_SCORE, (double)keel_random_below(random, 100) / 100.0);
    keel_kamiyo_set_integer(row, PAYMENT_REQUESTS_ALLOCATED, 1000);
    keel_kamiyo_set_integer(row, PAYMENT_REQUESTS_USED, keel_random_below(random, 1001));
    fill_payment_state(job, row);
}

const keel_kamiyo_table keel_kamiyo_x402_payments = {
    .name = "x402_payments",
    .columns = PAYMENT_COLUMNS,
    .key_column = -1,
    .rows = payment_rows,
    .fill = fill_payment,
    .parents_offset = offsetof(keel_kamiyo_job, payments),
    .dirt = &keel_kamiyo_x402_payments_dirt,
};

static int64_t token_rows(const keel_kamiyo_job *job)
{
    return job->payments.count;
}

static void fill_token(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    char hash[65];

    keel_random_hex(&job->random, hash, 64);
    row->seconds = keel_kamiyo_moment(&job->random);
    keel_kamiyo_set_integer(row, TOKEN_ID, ordinal + 1);
    keel_kamiyo_set_textf(row, TOKEN_HASH, "%s", hash);
    keel_kamiyo_set_parent(row, TOKEN_PAYMENT_ID, &job->payments, ordinal);
    keel_kamiyo_set_utc(row, TOKEN_CREATED_AT, row->seconds);
    keel_kamiyo_set_utc(row, TOKEN_EXPIRES_AT, row->seconds + 86400);
    if (keel_random_chance(&job->random, 70))
        keel_kamiyo_set_utc(row, TOKEN_LAST_USED_AT,
                            row->seconds + keel_random_below(&job->random, 86400));
}

const keel_kamiyo_table keel_kamiyo_x402_tokens = {
    .name = "x402_tokens",
    .columns = TOKEN_COLUMNS,
    .key_column = -1,
    .rows = token_rows,
    .fill = fill_token,
    .dirt = &keel_kamiyo_x402_tokens_dirt,
};

static int64_t usage_rows(const keel_kamiyo_job *job)
{
    return job->payments.count * 5;
}

static void fill_usage(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    static const char *const endpoints[] = {"/exploits", "/stats", "/sources", "/exploits/latest"};
    static const int codes[] = {200, 304, 402, 404, 429, 500};
    keel_random *random = &job->random;

    row->seconds = keel_kamiyo_moment(random);
    keel_kamiyo_set_integer(row, USAGE_ID, ordinal + 1);
    keel_kamiyo_set_parent(row, USAGE_PAYMENT_ID, &job->payments,
                           keel_random_below(random, job->payments.count));
    keel_kamiyo_set_text(row, USAGE_ENDPOINT,
                         endpoints[keel_random_zipf(random, KEEL_COUNT_OF(endpoints))]);
    keel_kamiyo_set_text(row, USAGE_METHOD, "GET");
    keel_kamiyo_set_integer(row, USAGE_STATUS_CODE,
                            codes[keel_random_zipf(random, KEEL_COUNT_OF(codes))]);
    keel_kamiyo_set_integer(row, USAGE_RESPONSE_TIME_MS, 3 + keel_random_zipf(random, 2000));
    keel_kamiyo_set_textf(row, USAGE_IP_ADDRESS, "198.51.100.%d",
                          (int)keel_random_below(random, 256));
    keel_kamiyo_set_text(row, USAGE_USER_AGENT, "kamiyo-sdk/1.4");
    keel_kamiyo_set_utc(row, USAGE_CREATED_AT, row->seconds);
}

const keel_kamiyo_table keel_kamiyo_x402_usage = {
    .name = "x402_usage",
    .columns = USAGE_COLUMNS,
    .key_column = -1,
    .rows = usage_rows,
    .fill = fill_usage,
    .dirt = &keel_kamiyo_x402_usage_dirt,
};

static int64_t analytics_rows(const keel_kamiyo_job *job)
{
    return job->options->exploits / 100 + 3;
}

static void fill_analytics(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    keel_random *random = &job->random;
    int64_t payments = keel_random_below(random, 40);

    keel_kamiyo_set_integer(row, ANALYTICS_ID, ordinal + 1);
    keel_kamiyo_set_utc(row, ANALYTICS_HOUR_BUCKET, 1735689600 + ordinal / 3 * 3600);
    keel_kamiyo_set_text(row, ANALYTICS_CHAIN, chains[ordinal % 3]);
    keel_kamiyo_set_integer(row, ANALYTICS_PAYMENTS, payments);
    keel_kamiyo_set_real(row, ANALYTICS_AMOUNT_USDC, (double)payments * 0.1);
    keel_kamiyo_set_integer(row, ANALYTICS_REQUESTS, payments * 37);
    keel_kamiyo_set_integer(row, ANALYTICS_UNIQUE_PAYERS, payments / 2);
}

const keel_kamiyo_table keel_kamiyo_x402_analytics = {
    .name = "x402_analytics",
    .columns = ANALYTICS_COLUMNS,
    .key_column = -1,
    .rows = analytics_rows,
    .fill = fill_analytics,
    .dirt = &keel_kamiyo_clean,
};

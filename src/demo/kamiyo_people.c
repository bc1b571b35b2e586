/* users, alert_preferences, community_submissions and user_reputation: who reads and who reports.
 */
#include <stddef.h>

#include "demo/kamiyo_columns.h"
#include "demo/kamiyo_table.h"

static const char *const chains[] = {"ethereum", "bsc", "arbitrum", "polygon", "optimism", "base"};

static int64_t user_rows(const keel_kamiyo_job *job)
{
    return job->options->exploits / 20 + 20;
}

static void fill_user(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    static const char *const tiers[] = {"free", "basic", "pro", "team", "enterprise"};
    static const char *const names[] = {"ada",  "bo",    "chen",  "dmitri",
                                        "elif", "farah", "goran", "hye"};
    keel_random *random = &job->random;
    char hex[33];

    keel_random_hex(random, hex, 32);
    keel_kamiyo_set_integer(row, USER_ID, ordinal * 2 + 100 + keel_random_below(random, 2));
    keel_kamiyo_set_textf(row, USER_EMAIL, "%s.%d@mail.example",
                          names[keel_random_below(random, 8)], (int)ordinal);
    keel_kamiyo_set_textf(row, USER_API_KEY, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12,
                          hex + 16, hex + 20);
    keel_kamiyo_set_text(row, USER_TIER, tiers[keel_random_zipf(random, KEEL_COUNT_OF(tiers))]);
    int64_t joined = keel_kamiyo_moment(random);
    keel_kamiyo_set_utc(row, USER_CREATED_AT, joined);
    row->seconds = joined + keel_random_below(random, 30 * 86400);
    if (keel_random_chance(random, 80))
        keel_kamiyo_set_local(row, USER_LAST_REQUEST, row->seconds + 3600,
                              keel_random_below(random, 1000000));
    keel_kamiyo_set_integer(row, USER_REQUEST_COUNT, keel_random_below(random, 20000));
}

const keel_kamiyo_table keel_kamiyo_users = {
    .name = "users",
    .columns = USER_COLUMNS,
    .key_column = USER_EMAIL,
    .rows = user_rows,
    .fill = fill_user,
    .parents_offset = offsetof(keel_kamiyo_job, users),
    .dirt = &keel_kamiyo_users_dirt,
};

static int64_t preference_rows(const keel_kamiyo_job *job)
{
    return job->users.count + job->users.count / 2;
}

static void fill_preference(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    static const char *const channels[] = {"email", "discord", "telegram", "slack", "webhook"};
    keel_random *random = &job->random;

    keel_kamiyo_set_integer(row, PREFERENCE_ID, ordinal + 1);
    keel_kamiyo_set_parent(row, PREFERENCE_USER_ID, &job->users,
                           keel_random_below(random, job->users.count));
    keel_kamiyo_set_text(row, PREFERENCE_CHANNEL,
                         channels[keel_random_zipf(random, KEEL_COUNT_OF(channels))]);
    keel_kamiyo_set_real(row, PREFERENCE_MIN_AMOUNT_USD,
                         (double)(keel_random_below(random, 200) * 5000));
    keel_kamiyo_set_textf(row, PREFERENCE_CHAINS, "[\"%s\", \"%s\"]",
                          chains[keel_random_below(random, 3)],
                          chains[3 + keel_random_below(random, 3)]);
    if (keel_random_chance(random, 60))
        keel_kamiyo_set_text(row, PREFERENCE_PROTOCOLS, "[\"Harbor Lend\",\"Orchid Swap\"]");
    keel_kamiyo_set_integer(row, PREFERENCE_IS_ACTIVE, keel_random_chance(random, 85));
}

const keel_kamiyo_table keel_kamiyo_alert_preferences = {
    .name = "alert_preferences",
    .columns = PREFERENCE_COLUMNS,
    .key_column = -1,
    .rows = preference_rows,
    .fill = fill_preference,
    .dirt = &keel_kamiyo_alert_preferences_dirt,
};

static int64_t submission_rows(const keel_kamiyo_job *job)
{
    return job->options->exploits / 20 + 10;
}

static void fill_review(keel_kamiyo_job *job, keel_kamiyo_row *row)
{
    static const char *const verdicts[] = {"verified", "rejected", "duplicate"};
    keel_random *random = &job->random;
    bool reviewed = keel_random_chance(random, 70);
    int64_t verdict = keel_random_below(random, 3);

    keel_kamiyo_set_text(row, SUBMISSION_STATUS, reviewed ? verdicts[verdict] : "pending");
    keel_kamiyo_set_real(
        row, SUBMISSION_BOUNTY_PAID,
        reviewed && verdict == 0 ? (double)keel_random_below(random, 500000) / 100.0 : 0.0);
    if (!reviewed)
        return;
    keel_kamiyo_set_utc(row, SUBMISSION_REVIEWED_AT,
                        row->seconds + keel_random_below(random, 864000));
    keel_kamiyo_set_text(row, SUBMISSION_REVIEWED_BY, "moderator");
}

static void fill_submission(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    keel_random *random = &job->random;
    char hash[65];

    keel_random_hex(random, hash, 64);
    row->seconds = keel_kamiyo_moment(random);
    keel_kamiyo_set_integer(row, SUBMISSION_ID, ordinal + 1);
    keel_kamiyo_set_textf(row, SUBMISSION_TX_HASH, "0x%s", hash);
    keel_kamiyo_set_text(row, SUBMISSION_CHAIN,
                         chains[keel_random_zipf(random, KEEL_COUNT_OF(chains))]);
    keel_kamiyo_set_text(row, SUBMISSION_PROTOCOL, "Kestrel Vaults");
    keel_kamiyo_set_real(row, SUBMISSION_AMOUNT_USD,
                         (double)keel_random_below(random, 90000000) / 100.0);
    keel_kamiyo_set_textf(row, SUBMISSION_DESCRIPTION, "funds moved to a mixer, first hop %.8s",
                          hash + 8);
    keel_kamiyo_set_textf(row, SUBMISSION_WALLET, "0x%040llx",
                          (unsigned long long)keel_random_below(random, ordinal / 3 + 1));
    if (keel_random_chance(random, 50))
        keel_kamiyo_set_textf(row, SUBMISSION_EVIDENCE_URL, "https://evidence.example/%.16s",
                              hash + 30);
    keel_kamiyo_set_utc(row, SUBMISSION_CREATED_AT, row->seconds);
    fill_review(job, row);
}

const keel_kamiyo_table keel_kamiyo_community_submissions = {
    .name = "community_submissions",
    .columns = SUBMISSION_COLUMNS,
    .key_column = -1,
    .rows = submission_rows,
    .fill = fill_submission,
    .dirt = &keel_kamiyo_community_submissions_dirt,
};

static int64_t reputation_rows(const keel_kamiyo_job *job)
{
    return submission_rows(job) / 3;
}

static void fill_reputation(keel_kamiyo_job *job, int64_t ordinal, keel_kamiyo_row *row)
{
    keel_random *random = &job->random;
    int64_t verified = keel_random_below(random, 40);

    row->seconds = keel_kamiyo_moment(random);
    keel_kamiyo_set_textf(row, REPUTATION_WALLET, "0x%040llx", (unsigned long long)ordinal);
    keel_kamiyo_set_integer(row, REPUTATION_VERIFIED, verified);
    keel_kamiyo_set_integer(row, REPUTATION_FALSE, keel_random_below(random, 5));
    keel_kamiyo_set_integer(row, REPUTATION_DUPLICATE, keel_random_below(random, 9));
    keel_kamiyo_set_real(row, REPUTATION_BOUNTIES,
                         (double)(verified * keel_random_below(random, 30000)) / 100.0);
    keel_kamiyo_set_integer(row, REPUTATION_SCORE, verified * 10 - keel_random_below(random, 30));
    keel_kamiyo_set_utc(row, REPUTATION_CREATED_AT, row->seconds);
    keel_kamiyo_set_utc(row, REPUTATION_UPDATED_AT, row->seconds + 3600);
}

const keel_kamiyo_table keel_kamiyo_user_reputation = {
    .name = "user_reputation",
    .columns = REPUTATION_COLUMNS,
    .key_column = -1,
    .rows = reputation_rows,
    .fill = fill_reputation,
    .dirt = &keel_kamiyo_user_reputation_dirt,
};

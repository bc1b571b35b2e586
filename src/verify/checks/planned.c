#include "verify/checks/planned.h"

#include <ctype.h>

static const char *const plans[] = {
    "after",       "appointment", "arrival",  "available",  "before",  "begin",    "begins", "booking",   "deadline",
    "delivery",    "departure",   "due",      "effective",  "embargo", "end",      "ends",   "estimated", "eta",
    "expected",    "expects",     "exp",      "expiration", "expire",  "expires",  "expiry", "from",      "future",
    "holiday",     "lease",       "matures",  "maturity",   "next",    "period",   "plan",   "planned",   "promised",
    "publish",     "publishes",   "release",  "releases",   "remind",  "reminder", "renew",  "renewal",   "renews",
    "reservation", "retry",       "schedule", "scheduled",  "start",   "starts",   "target", "through",   "thru",
    "to",          "trial",       "until",    "upcoming",   "valid",
};

static const char *const facts[] = {
    "changed",  "completed", "created",  "deleted",  "ended",    "finished", "first",     "inserted",
    "last",     "logged",    "measured", "modified", "occurred", "paid",     "processed", "received",
    "recorded", "reviewed",  "seen",     "sent",     "started",  "updated",  "verified",
};

enum { LONGEST_WORD = 16 };

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* The next word of valid_until, validUntil or "Valid Until" in lower case; its end. One that is too long to be known
 * is cut. */
static const char *next_word(const char *at, char word[LONGEST_WORD])
{
    size_t size = 0;

    while (*at != '\0' && isalpha((unsigned char)*at) == 0)
        at++;
    for (bool lower = false; isalpha((unsigned char)*at) != 0; at++) {
        if (lower && isupper((unsigned char)*at) != 0)
            break;
        lower = islower((unsigned char)*at) != 0;
        if (size < LONGEST_WORD - 1)
            word[size++] = (char)tolower((unsigned char)*at);
    }
    word[size] = '\0';
    return at;
}

static bool named_plan(const char *name)
{
    char word[LONGEST_WORD];
    bool plan = false;

    for (const char *at = next_word(name, word); word[0] != '\0'; at = next_word(at, word)) {
        if (is_one_of(word, facts, KEEL_COUNT_OF(facts)))
            return false;
        plan = plan || is_one_of(word, plans, KEEL_COUNT_OF(plans));
    }
    return plan;
}

bool keel_is_planned(const keel_pg_column *column)
{
    const char *value = column->default_sql;

    return named_plan(column->name) ||
           (value != NULL && strstr(value, " + ") != NULL && strstr(value, "interval") != NULL);
}

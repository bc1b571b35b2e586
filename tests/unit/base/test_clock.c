#include "base/clock.h"

#include "tap.h"

static void is_utc(keel_usec time, const char *wanted)
{
    char text[KEEL_UTC_SIZE];

    is_str(keel_format_utc(time, text, sizeof text), wanted, "%s", wanted);
}

int main(void)
{
    is_utc(0, "1970-01-01T00:00:00.000Z");
    is_utc(-1, "1969-12-31T23:59:59.999Z");
    is_utc(1709210096 * KEEL_SECOND + 7899, "2024-02-29T12:34:56.007Z");

    keel_usec before = keel_monotonic();
    keel_sleep(20000);
    keel_usec slept = keel_monotonic() - before;
    ok(slept >= 20000, "keel_sleep sleeps at least as long as asked");
    ok(keel_now() > 1700000000 * KEEL_SECOND, "the wall clock knows the century");
    return done_testing();
}

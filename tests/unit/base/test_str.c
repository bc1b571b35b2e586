#include "base/str.h"

#include "base/macros.h"
#include "tap.h"

static void appending(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str str = {0};

    is_str(keel_str_text(&str), "", "an empty one reads as \"\"");
    keel_str_add(&str, "abc");
    keel_str_addf(&str, "-%05d", 42);
    keel_str_addc(&str, '!');
    is_str(str.data, "abc-00042!", "text");
    for (int i = 0; i < 1000; i++)
        keel_str_addf(&str, "%d,", i);
    is_int((int64_t)strlen(str.data), (int64_t)str.size, "the NUL stands behind the last byte");
    keel_str_clear(&str);
    is_str(str.data, "", "clear");
    keel_str_addn(&str, "a\0b", 3);
    is_int((int64_t)str.size, 3, "bytes may hold NUL");
    keel_str_clear(&str);
    keel_str_add_hex(&str, "\x00\xff\x1a", 3);
    is_str(str.data, "00ff1a", "hex");
}

static void integers_are_big_endian(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str str = {0};

    keel_str_add_i16(&str, -2);
    keel_str_add_i32(&str, 0x01020304);
    keel_str_add_i64(&str, INT64_MIN);
    is_int((int64_t)str.size, 14, "sizes");
    is_int(keel_get_i16(str.data), -2, "16 bits");
    is_int(str.data[2], 1, "the high byte comes first");
    is_int(keel_get_i32(str.data + 2), 0x01020304, "32 bits");
    is_int(keel_get_i64(str.data + 6), INT64_MIN, "64 bits");
    keel_str_set_i32(&str, 2, -7);
    is_int(keel_get_i32(str.data + 2), -7, "set");
}

static void words(void)
{
    static const char *const known[] = {"plan", "run", "verify", "undo", "list", "rejects"};

    is_str(keel_nearest_word("verfy", known, KEEL_COUNT_OF(known)), "verify", "a letter is missing");
    is_str(keel_nearest_word("rnu", known, KEEL_COUNT_OF(known)), "run", "letters swapped");
    is_str(keel_nearest_word("unod", known, KEEL_COUNT_OF(known)), "undo", "letters swapped at the end");
    is_str(keel_nearest_word("xylophone", known, KEEL_COUNT_OF(known)), NULL, "nothing near");
    ok(keel_streq(NULL, NULL) && !keel_streq("a", NULL) && keel_streq("a", "a"), "keel_streq knows NULL");
}

int main(void)
{
    appending();
    integers_are_big_endian();
    words();
    return done_testing();
}

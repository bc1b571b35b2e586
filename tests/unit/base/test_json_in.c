#include "base/json_in.h"

#include "tap.h"

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_json_member *members = NULL;
    size_t count = 0;

    ok(keel_json_members(arena, "{\"rows\":12,\"name\":\"a\\nb\",\"sample\":[1,{\"x\":null}],\"half\":0.5}",
                         &members, &count),
       "an object is read");
    is_int((int64_t)count, 4, "all members are there");
    is_str(members[0].key, "rows", "in the order written");
    is_str(members[0].value, "12", "a number");
    is_str(members[1].value, "a\nb", "text without quotes and escapes");
    ok(members[2].nested && !members[1].nested, "nested values are marked");
    is_str(members[2].value, "[1,{\"x\":null}]", "a nested value is compact JSON");
    is_str(members[3].value, "0.5", "a real keeps its short form");
    ok(!keel_json_members(arena, "[1]", &members, &count), "an array is refused");
    ok(!keel_json_members(arena, "{\"a\":", &members, &count), "half an object is refused");
    is_int((int64_t)count, 4, "a failure leaves the results alone");
    ok(keel_json_members(arena, "{}", &members, &count) && count == 0, "an empty object");
    return done_testing();
}

#include "base/map.h"

#include <stdint.h>

#include "tap.h"

int main(void)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *map = keel_map_create();
    static int values[5000];
    char key[32];
    bool all = true;

    ok(keel_map_get(map, "nothing") == NULL, "an empty map has nothing");
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "key %d", i);
        keel_map_put(map, key, &values[i]);
    }
    is_int((int64_t)keel_map_count(map), 5000, "5000 keys");
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "key %d", i);
        all = all && keel_map_get(map, key) == &values[i];
    }
    ok(all, "every key gives its value");
    keel_map_put(map, "key 7", &values[8]);
    ok(keel_map_get(map, "key 7") == &values[8], "put replaces");
    is_int((int64_t)keel_map_count(map), 5000, "replacing adds no key");
    keel_map_put(map, "", &values[1]);
    ok(keel_map_get(map, "") == &values[1], "an empty key is a key");
    keel_map_free(NULL);
    return done_testing();
}

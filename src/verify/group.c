#include "verify/check.h"

const char *keel_check_group_name(keel_check_group group)
{
    static const char *const names[] = {"schema", "data", "relationships", "business", "baseline"};

    return names[group];
}

#include "verify/engine.h"

const keel_check_notice keel_check_notices[] = {
    {"check.unreadable", KEEL_ERROR,
     "A table that could not be read, and why: somebody holds it exclusively (who, and since "
     "when), the role may not read "
     "it (with the GRANT), a policy would hide rows of it, a statement took longer than "
     "--statement-timeout. Every check "
     "that wanted to read it has failed: what was not seen is not right."},
    {"check.old_snapshot", KEEL_WARNING,
     "The one snapshot of the run grew older than ten minutes. As long as it lasts, vacuum can "
     "remove no row that has "
     "died since, in no table of the database. --snapshot table takes a short one per table."},
    {"check.dropped", KEEL_INFO, "A table was dropped while the checks ran, and was not judged."},
    {"check.not_read", KEEL_INFO,
     "Relations whose rows no check reads: foreign tables (their rows stand elsewhere), "
     "materialized views, and on a "
     "standby unlogged tables, which have no rows there."},
    {NULL, KEEL_INFO, NULL},
};

#include "cli/command.h"

/* One line per command: NAME of keel_command_NAME. Help lists them in this order. */
#define COMMANDS(X)     \
    X(demo)             \
    X(transfer_plan)    \
    X(transfer_run)     \
    X(transfer_verify)  \
    X(transfer_undo)    \
    X(transfer_list)    \
    X(transfer_rejects) \
    X(check)            \
    X(diff)             \
    X(lint)             \
    X(migrate_plan)     \
    X(migrate_up)       \
    X(migrate_down)     \
    X(migrate_status)   \
    X(migrate_new)      \
    X(migrate_verify)   \
    X(migrate_adopt)    \
    X(migrate_repair)   \
    X(migrate_backfill) \
    X(journal_drop)     \
    X(journal_prune)    \
    X(help)             \
    X(version)

#define X(name) extern const keel_command keel_command_##name;
COMMANDS(X)
#undef X

const keel_command *const keel_commands[] = {
#define X(name) &keel_command_##name,
    COMMANDS(X)
#undef X
    NULL,
};

const keel_command_group keel_command_groups[] = {
    {
        .name = "transfer",
        .summary = "move data into PostgreSQL, verified row by row, and back out again",
        .help = "A transfer is planned without touching the target, run in chunks that survive any kill, "
                "verified by comparing every row, and can be undone.",
    },
    {
        .name = "migrate",
        .summary = "change the schema in steps that survive a kill and never stall the readers",
        .help = "Plain SQL files, as they are or as other tools lay them out, become steps: journalled, resumable, reversible.",
    },
    {
        .name = "journal",
        .summary = "look after the schema pgkeel, where everything that was done is written",
        .help = "The journal is what makes resume, undo and audit possible. Remove only what you will not "
                "need for them.",
    },
    {.name = NULL},
};

#include <string.h>

#include "migrate/layout.h"

/* One line per layout: NAME of keel_layout_NAME. Those with marks of their own in the files come first. */
#define LAYOUTS(X) \
    X(own)         \
    X(goose)       \
    X(dbmate)      \
    X(alembic)     \
    X(prisma)      \
    X(diesel)      \
    X(flyway)      \
    X(updown)      \
    X(plain)

#define X(name) extern const keel_layout keel_layout_##name;
LAYOUTS(X)
#undef X

const keel_layout *const keel_layouts[] = {
#define X(name) &keel_layout_##name,
    LAYOUTS(X)
#undef X
    NULL,
};

const keel_layout *keel_layout_find(const char *id)
{
    for (size_t i = 0; keel_layouts[i] != NULL; i++)
        if (strcmp(keel_layouts[i]->id, id) == 0)
            return keel_layouts[i];
    return NULL;
}

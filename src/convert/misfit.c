#include "convert/encode.h"

static const struct {
    const char *id, *text;
} misfits[] = {{"fits", "fits"},
#define X(name, id, text) {id, text},
               KEEL_MISFIT_CODES(X)
#undef X
};

const char *keel_misfit_id(keel_misfit_code code)
{
    return (size_t)code < KEEL_COUNT_OF(misfits) ? misfits[code].id : "unknown";
}

const char *keel_misfit_text(keel_misfit_code code)
{
    return (size_t)code < KEEL_COUNT_OF(misfits) ? misfits[code].text : "unknown";
}

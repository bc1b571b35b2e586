/* kamiyo: the SQLite file of an exploit tracker that has been in production for years, made up on
 * the spot. Its schema enforces little (foreign keys are off, types are advice), so the file holds
 * what such files hold: orphans, "N/A" in money columns, five spellings of a time, text that is not
 * UTF-8. `pgkeel demo` transfers it; tests assert that the transfer's accounting equals what was
 * planted here. The counterpart (target schema and mapping) is examples/kamiyo. The same options
 * give the same file, byte for byte. */
#ifndef KEEL_DEMO_KAMIYO_H
#define KEEL_DEMO_KAMIYO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define KEEL_KAMIYO_EXPLOITS 100000

typedef struct keel_kamiyo_options {
    int64_t exploits; /* parents, >= 1; 0 means KEEL_KAMIYO_EXPLOITS. Every other table's size
                         follows */
    uint64_t seed;
    double dirt; /* multiplies the rates of the defects; 0 = clean file, 1 = as seen in the field;
                    <= 10 */
} keel_kamiyo_options;

/* What was planted. `must_reject`: rows that a strict transfer by examples/kamiyo/transfer.yaml
 * into examples/kamiyo/target.sql cannot send; a row with two defects counts once, and the child of
 * a rejected row is counted too. A defect with `rejects` false arrives, converted. The texts are
 * constants. */
typedef struct keel_kamiyo_expected {
    struct {
        const char *table;
        int64_t rows;
        int64_t must_reject;
    } tables[16];
    size_t table_count;
    struct {
        const char *defect;
        const char *table;
        int64_t rows;
        bool rejects;
    } defects[64];
    size_t defect_count;
} keel_kamiyo_expected;

/* Makes the file; refuses to touch one that exists, and leaves none behind on failure.
 * `ret_expected` may be NULL. Errors: USAGE (options), IO (file). */
bool keel_kamiyo_create(const char *path,
                        const keel_kamiyo_options *options,
                        keel_kamiyo_expected *ret_expected,
                        keel_error *err);

/* examples/kamiyo/target.sql and transfer.yaml, as they stand there. */
extern const char keel_kamiyo_target_sql[];
extern const char keel_kamiyo_mapping_yaml[];

#endif

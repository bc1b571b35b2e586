/* YAML read into a tree whose every node knows its line and column, so that a reader of a schema can name the
 * place of an error. Plain scalars stay text: `no` is the text "no". Anchors, tags and multiple documents are
 * refused. <yaml.h> stays behind yaml.c. */
#ifndef KEEL_BASE_YAML_H
#define KEEL_BASE_YAML_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

typedef enum keel_yaml_kind { KEEL_YAML_SCALAR, KEEL_YAML_LIST, KEEL_YAML_MAP } keel_yaml_kind;

typedef struct keel_yaml keel_yaml;
struct keel_yaml {
    keel_yaml_kind kind;
    int line, column;    /* both from 1 */
    const char *key;     /* of a member of a MAP, else NULL */
    int key_line, key_column;
    const char *text;    /* SCALAR */
    bool quoted;         /* SCALAR written with quotes */
    keel_yaml **items;   /* LIST and MAP */
    size_t count;
};

/* Reads a file; errors are KEEL_ERR_CONFIG "FILE:LINE:COLUMN: ...". A duplicate key is an error. */
bool keel_yaml_read_file(keel_arena *arena, const char *path, const keel_yaml **ret_root, keel_error *err);
/* Only its bytes, appended as they are: at most 16 MB. */
bool keel_yaml_load(const char *path, keel_str *out, keel_error *err);
/* The tree of a text; `name` is what errors call it. */
bool keel_yaml_read_text(keel_arena *arena, const char *name, const char *text, const keel_yaml **ret_root,
                         keel_error *err);
/* The member of a MAP by key, or NULL. */
const keel_yaml *keel_yaml_get(const keel_yaml *map, const char *key);
/* Refuses keys of `map` that are not in `allowed`, naming place and nearest word; what = "table", "column"... */
bool keel_yaml_only(const keel_yaml *map, const char *file, const char *what, const char *const *allowed,
                    size_t count, keel_error *err);
/* Fills err with "FILE:LINE:COLUMN: message"; returns false. */
bool keel_yaml_fail(const keel_yaml *node, const char *file, keel_error *err, const char *fmt, ...)
    KEEL_PRINTF(4, 5);
#ifdef __clang_analyzer__ /* see base/error.h */
#define keel_yaml_fail(...) ((void)keel_yaml_fail(__VA_ARGS__), false)
#endif

#endif

/* pgkeel.yaml: what need not be typed every time. All keys are optional, unknown ones are refused. */
#ifndef KEEL_CLI_CONFIG_H
#define KEEL_CLI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/yaml.h"

typedef enum keel_color_mode { KEEL_COLOR_AUTO, KEEL_COLOR_ALWAYS, KEEL_COLOR_NEVER } keel_color_mode;

typedef struct keel_config_variable {
    const char *name;
    const char *value; /* NULL: the environment's */
} keel_config_variable;

typedef struct keel_config {
    const char *path;      /* the file that was read, or NULL */
    const char *database;  /* or NULL */
    keel_color_mode color;
    int64_t jobs;          /* 0 = not set */
    const keel_yaml *lint; /* or NULL; read by who lints (lint/settings.h) */
    struct { keel_config_variable *items; size_t count, capacity; } variables; /* migrate: variables: */
} keel_config;

/* Reads `path`, or ./pgkeel.yaml if path is NULL; only the latter may be missing. */
bool keel_config_load(keel_arena *arena, const char *path, keel_config *ret_config, keel_error *err);

#endif

/* Writing YAML that the suite reader reads back as the same text: plain where that is safe, else in double quotes. */
#ifndef KEEL_VERIFY_SUITE_YAML_H
#define KEEL_VERIFY_SUITE_YAML_H

#include "base/str.h"

/* A value in block context ("key: VALUE"), or inside { } and [ ]. */
void keel_suite_yaml_add(keel_str *out, const char *text);
void keel_suite_yaml_add_flow(keel_str *out, const char *text);
/* A part of a name as keel_yaml_split_name and SQL read it: in double quotes unless it is a plain word. */
void keel_suite_yaml_add_part(keel_str *out, const char *name);

#endif

#include "base/error.h"

#include "tap.h"

static void a_failure_fills_the_error(void)
{
    keel_error err = {.sqlstate = "42P01", .hint = "old"};

    ok(!keel_fail(&err, KEEL_ERR_CONFIG, "no table \"%s\"", "users"), "keel_fail returns false");
    is_str(err.message, "no table \"users\"", "message");
    is_int(err.kind, KEEL_ERR_CONFIG, "kind");
    is_str(err.hint, "", "an old hint is gone");
    is_str(err.sqlstate, "", "an old sqlstate is gone");
    ok(!keel_fail_hint(&err, "Create it."), "keel_fail_hint returns false");
    is_str(err.hint, "Create it.", "hint");
    ok(!keel_fail_context(&err, "reading \"%s\"", "x.yaml"), "keel_fail_context returns false");
    is_str(err.message, "reading \"x.yaml\": no table \"users\"", "context stands in front");
}

static void long_text_is_cut(void)
{
    static char text[3000];
    keel_error err = {0};

    memset(text, 'x', sizeof text - 1);
    keel_fail(&err, KEEL_ERR_DATA, "%s", text);
    is_int((int64_t)strlen(err.message), sizeof err.message - 1, "a long message is cut");
    keel_fail_context(&err, "%s", text);
    is_int((int64_t)strlen(err.message), sizeof err.message - 1, "a long context is cut");
}

int main(void)
{
    a_failure_fills_the_error();
    long_text_is_cut();
    is_str(keel_error_kind_text(KEEL_ERR_CONNECT), "cannot reach the server", "kind in words");
    is_str(keel_error_kind_text(KEEL_OK), "no error", "no error in words");
    return done_testing();
}

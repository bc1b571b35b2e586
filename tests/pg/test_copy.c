/* COPY both ways. */
#include "base/memory.h"
#include "cluster.h"
#include "tap.h"

/* A binary stream of (int4, text) rows 1..count. */
static void make_stream(keel_str *out, int count)
{
    keel_str_addn(out, KEEL_PG_COPY_HEADER, sizeof KEEL_PG_COPY_HEADER);
    for (int row = 1; row <= count; row++) {
        keel_str_add_i16(out, 2);
        keel_str_add_i32(out, 4);
        keel_str_add_i32(out, row);
        keel_str_add_i32(out, row % 10 == 0 ? -1 : 5);
        if (row % 10 != 0)
            keel_str_add(out, "hello");
    }
    keel_str_addn(out, KEEL_PG_COPY_TRAILER, sizeof KEEL_PG_COPY_TRAILER);
}

static void test_in(keel_pg *pg)
{
    KEEL_CLEANUP(keel_str_free) keel_str stream = {0};
    keel_error err = {0};
    int64_t rows = -1;

    cluster_exec(pg, "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE TABLE journal (what text)");
    make_stream(&stream, 100000);
    ok(keel_pg_copy_in_begin(pg, &err, "BEGIN; INSERT INTO journal VALUES ('chunk 1');"
                                       "COPY t FROM STDIN (FORMAT binary)"), "several statements, the COPY last");
    bool sent = true;
    for (size_t at = 0; at < stream.size && sent; at += 77777)
        sent = keel_pg_copy_in_send(pg, &err, stream.data + at, KEEL_MIN(stream.size - at, (size_t)77777));
    ok(sent, "sent in parts that split rows");
    ok(keel_pg_copy_in_end(pg, &rows, &err), "ended");
    is_int(rows, 100000, "rows as the server counted them, not those of the INSERT");
    ok(keel_pg_in_transaction(pg) && keel_pg_exec(pg, &err, "COMMIT"), "the transaction is ours to commit");
    is_str(cluster_value(pg, "SELECT count(*) || '/' || count(name) FROM t"), "100000/90000", "rows and NULLs");
}

static void test_in_failures(keel_pg *pg)
{
    keel_error err = {0};
    int64_t rows = -1;

    ok(!keel_pg_copy_in_begin(pg, &err, "BEGIN; INSERT INTO nowhere VALUES (1); COPY t FROM STDIN"),
       "an earlier statement fails");
    is_str(err.sqlstate, "42P01", "and is told: %s", err.message);
    keel_pg_rollback(pg);

    ok(keel_pg_copy_in_begin(pg, &err, "COPY t FROM STDIN"), "a text COPY");
    ok(keel_pg_copy_in_send(pg, &err, "200001\tx\n200002\ty\nnumber\tz\n", 30 - 3), "sent");
    ok(!keel_pg_copy_in_end(pg, &rows, &err), "bad data is refused at the end");
    is_str(err.sqlstate, "22P02", "with its SQLSTATE");
    is_int(keel_pg_last_failure(pg)->copy_line, 3, "and its line");
    is_int(rows, -1, "ret_rows is untouched");

    ok(keel_pg_copy_in_begin(pg, &err, "COPY t FROM STDIN") &&
       keel_pg_copy_in_send(pg, &err, "300001\tx\n1\ty\n", 13) && !keel_pg_copy_in_end(pg, &rows, &err),
       "a duplicate key is refused");
    is_str(keel_pg_last_failure(pg)->constraint, "t_pkey", "the constraint is known");
    is_int(keel_pg_last_failure(pg)->copy_line, 2, "and the line");

    ok(keel_pg_copy_in_begin(pg, &err, "COPY t FROM STDIN"), "a COPY to abort");
    keel_pg_copy_in_abort(pg, "changed our mind");
    is_str(cluster_value(pg, "SELECT count(*) FROM t WHERE id > 100000"), "0", "nothing of them has stayed");

    ok(!keel_pg_copy_in_begin(pg, &err, "SELECT 1") && err.kind == KEEL_ERR_INTERNAL, "no COPY at all");
    ok(!keel_pg_copy_in_begin(pg, &err, "COPY t TO STDOUT") && err.kind == KEEL_ERR_INTERNAL, "the other direction");
    is_str(cluster_value(pg, "SELECT 'fine'"), "fine", "the connection is usable after all that");
}

/* The server's last words reach us although it went away in the middle. */
static void test_in_lost(keel_pg *pg, const char *conninfo)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *victim = cluster_connect(conninfo);
    KEEL_CLEANUP(keel_free_p) char *block = keel_alloc_zero(1, 1 << 20);
    keel_error err = {0};
    int64_t rows;

    memset(block, 'x', 1 << 20);
    ok(keel_pg_copy_in_begin(victim, &err, "COPY t (name) FROM STDIN"), "a COPY under way");
    ok(keel_pg_execf(pg, &err, "SELECT pg_terminate_backend(%d, 5000)", keel_pg_backend_pid(victim)), "terminated");
    bool sent = true;
    for (int part = 0; part < 64 && sent; part++)
        sent = keel_pg_copy_in_send(victim, &err, block, 1 << 20);
    ok(!(sent && keel_pg_copy_in_end(victim, &rows, &err)), "the COPY fails");
    is_int(err.kind, KEEL_ERR_LOST, "as LOST: %s", err.message);
    keel_pg_rollback(victim);
}

static void test_out(keel_pg *pg)
{
    keel_error err = {0};
    const unsigned char *tuple = NULL;
    size_t size = 0;
    int64_t rows = 0, sum = 0;
    bool shaped = true, received;

    ok(keel_pg_copy_out_begin(pg, &err, "COPY (SELECT id, name FROM t ORDER BY id) TO STDOUT (FORMAT binary)"), "COPY out");
    while ((received = keel_pg_copy_out_next(pg, &tuple, &size, &err)) && tuple != NULL) {
        shaped = shaped && keel_get_i16(tuple) == 2 && size == (keel_get_i32(tuple + 10) < 0 ? 14 : 19);
        sum += keel_get_i32(tuple + 6);
        rows++;
    }
    ok(received && shaped, "every tuple without header and trailer");
    is_int(rows, 100000, "all rows");
    is_int(sum, 5000050000, "all values");

    ok(keel_pg_copy_out_begin(pg, &err, "COPY (SELECT 1 WHERE false) TO STDOUT (FORMAT binary)") &&
       keel_pg_copy_out_next(pg, &tuple, &size, &err) && tuple == NULL, "an empty COPY ends at once");
}

static void test_out_failures(keel_pg *pg)
{
    keel_error err = {0};
    const unsigned char *tuple = NULL;
    size_t size = 0;

    ok(keel_pg_copy_out_begin(pg, &err, "COPY (SELECT 1 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT (FORMAT binary)"),
       "a COPY that will fail");
    int rows = 0;
    while (keel_pg_copy_out_next(pg, &tuple, &size, &err) && tuple != NULL)
        rows++;
    is_int(rows, 2, "the rows before the failure come");
    is_str(err.sqlstate, "22012", "then the failure");

    ok(keel_pg_copy_out_begin(pg, &err, "COPY (SELECT * FROM generate_series(1, 10000000)) TO STDOUT (FORMAT binary)") &&
       keel_pg_copy_out_next(pg, &tuple, &size, &err) && tuple != NULL, "a long COPY");
    keel_pg_copy_out_abort(pg);
    is_str(cluster_value(pg, "SELECT 'fine'"), "fine", "can be stopped early");
    ok(keel_pg_copy_out_begin(pg, &err, "COPY t TO STDOUT") &&
       !keel_pg_copy_out_next(pg, &tuple, &size, &err) && err.kind == KEEL_ERR_INTERNAL, "text is not taken for binary");
    is_str(cluster_value(pg, "SELECT 'fine'"), "fine", "and the connection is usable");
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "copy", conninfo);

    test_in(pg);
    test_in_failures(pg);
    test_in_lost(pg, conninfo);
    test_out(pg);
    test_out_failures(pg);
    return done_testing();
}

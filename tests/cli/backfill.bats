load lib

# One throwaway cluster for the file, one database per test with 4,000 rows that have no region.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    fresh_database
    sql "CREATE TABLE orders (id bigint PRIMARY KEY, region text, touched int NOT NULL DEFAULT 0);
         INSERT INTO orders SELECT i FROM generate_series(1, 4000) i; ANALYZE orders"
}

fill() {
    keel migrate backfill --table orders --set "region = 'eu', touched = touched + 1" --where "region IS NULL" "$@"
}

counts() {
    sql "SELECT count(*) FILTER (WHERE region = 'eu') || ' ' || sum(touched) FROM orders"
}

@test "every row, in several batches; once more there is nothing to do" {
    fill --batch 500
    exits 0
    has "$stdout" "4,000 rows of public.orders in "
    is "$(counts)" "4000 4000"
    fill --batch 500
    exits 0
    has "$stdout" "Finished already: 4,000 rows of public.orders"
    is "$(counts)" "4000 4000"
}

@test "a dry run checks and shows the statement, and changes nothing" {
    fill --dry-run
    exits 0
    has "$stdout" "region = 'eu'"
    has "$stdout" "Nothing was run."
    is "$(counts)" "0 0"
    is "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgkeel'")" 0
}

@test "JSON: one document under the published schema, done, shown and failed" {
    fill --batch 1000 --format json
    exits 0
    valid_report
    is "$(json 'd["result"]["rows"], d["result"]["complete"], d["result"]["resumed"], d["result"]["key"]')" "(4000, True, False, 'id')"
    is "$(json 'd["target"].endswith("/'"$NAME"'")')" True
    fill --dry-run --format json
    valid_report
    keel migrate backfill --table orders --set "regoin = 'eu'" --format json
    exits 2
    valid_report
    is "$(json 'd["verdict"]')" critical
}

@test "S4-38..41: Ctrl-C stops it behind a committed batch, and the same command goes on there" {
    mkfifo holder
    psql "$DB" -qAt < holder > held 2>&1 3>&- &
    local holder=$!
    exec 8> holder
    echo "BEGIN; SELECT 'held' FROM orders WHERE id = 2500 FOR UPDATE;" >&8
    until grep -q held held; do kill -0 "$holder" && sleep 0.05; done
    "$PGKEEL" migrate backfill --table orders --set "region = 'eu', touched = touched + 1" --where "region IS NULL" \
        --batch 500 --target-time 1h --retries 1000 > out 2> err 3>&- 8>&- &
    local pid=$!
    until [[ $(psql "$SERVER" -Atc "SELECT count(*) FROM pg_stat_activity WHERE datname = '$NAME' AND wait_event_type = 'Lock'") -gt 0 ]]; do
        kill -0 "$pid"
    done
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    exec 8>&-
    wait "$holder"
    is "$status" 2
    has "$(cat err)" "stopped after "
    has "$(cat err)" "run the same command again to go on"
    local done_before
    done_before=$(sql "SELECT sum(touched) FROM orders")
    ((done_before > 0 && done_before < 4000))
    fill --batch 500
    exits 0
    has "$stdout" "4,000 rows with those of earlier runs."
    is "$(counts)" "4000 4000"
}

@test "wrong usage: exit code 2, the cause, and the nearest word" {
    keel migrate backfill --set "region = 'eu'"
    fails "--table is missing"
    keel migrate backfill --table orders
    fails "--set is missing"
    keel migrate backfill --table orders --set "regoin = 'eu'"
    fails "regoin" 'The nearest column of "public.orders" is "region"'
    keel migrate backfill --table order --set "region = 'eu'"
    fails '"order"'
    keel migrate backfill --table orders --set "id = id + 1"
    fails '--set changes "id"'
    fill --target-tme 1s
    fails 'Did you mean "--target-time"?'
    fill --target-time soon
    fails '"soon" is no duration for --target-time' "Write 500ms"
    fill --batch 0
    fails "--batch"
    fill --db postgresql://keeper:geheim@127.0.0.1:1/app
    fails 127.0.0.1
    [[ "$stdout$stderr" != *geheim* ]]
    is "$(counts)" "0 0"
}

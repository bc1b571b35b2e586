load lib

# One throwaway cluster for the file, one database per test.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    fresh_database
}

clean_shop() {
    sql "CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE,
                                 joined timestamptz NOT NULL DEFAULT now());
         CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                              customer_id bigint NOT NULL REFERENCES customers, state text NOT NULL);
         CREATE INDEX orders_customer ON orders (customer_id);
         INSERT INTO customers (email) VALUES ('ada@example.org'), ('bob@example.org');
         INSERT INTO orders (customer_id, state) VALUES (1, 'open'), (2, 'paid'), (2, 'paid')"
}

# What a careless import leaves behind.
spoil() {
    sql "SET session_replication_role = replica;
         SET client_min_messages = error; DROP TABLE IF EXISTS import_log;
         INSERT INTO orders (customer_id, state) VALUES (77, 'Paid '), (78, 'open');
         INSERT INTO customers (email) VALUES ('cyd@example.org ');
         CREATE TABLE import_log (line text)"
}

# Where the server is and when it was differ from run to run.
text_of() {
    sed -E "s|^.*/$NAME, PostgreSQL [0-9.]+|<SERVER>, PostgreSQL <P>|; s|$NAME|<DB>|g; s/[0-9]+ (kB|bytes)/<N> \\1/g" <<< "$stdout"
}

@test "S0-58: a clean database, as text" {
    clean_shop
    keel check --only schema.no_primary_key,schema.jsonb_btree,data.key_blanks,relationships.orphans,relationships.no_index
    exits 0
    golden check_clean.txt "$(text_of)"
    is "$stderr" ""
}

@test "S0-58: a spoilt one: a line per check, findings by severity, keys, remedies, one verdict" {
    clean_shop
    spoil
    keel check --only schema.no_primary_key,schema.jsonb_btree,data.key_blanks,relationships.orphans,relationships.no_index
    exits 1
    golden check_spoilt.txt "$(text_of)"
}

@test "exit codes: 1 for an ERROR, 2 for a CRITICAL, WARNING only with --strict" {
    clean_shop
    keel check
    exits 0
    sql "CREATE TABLE import_log (line text)"
    keel check
    exits 0
    has "$stdout" "the table has no primary key"
    keel check --strict
    exits 1
    has "$stdout" "FAILED   schema.no_primary_key"
    has "$stdout" "FAIL: 1 of "
    spoil
    keel check
    exits 1
    printf 'tables: [customers, deliveries]\n' > app.yaml
    keel check --suite app.yaml
    exits 2
    has "$stdout" "CRITICAL (1)"
}

@test "S0-55: nothing checked is no pass: no table, no match, no such check, every check excluded" {
    keel check
    exits 2
    has "$stderr" "nothing was checked"
    clean_shop
    keel check --only schema.no_primary_ky
    exits 2
    has "$stderr" 'there is no check "schema.no_primary_ky"'
    has "$stderr" 'Did you mean "schema.no_primary_key"?'
    keel check --table customer
    exits 2
    has "$stderr" 'Did you mean "customers"?'
    keel check --schema --skip schema
    exits 2
    has "$stderr" "no check is left to run"
    printf 'tables: [lots, lines]\n' > factory.yaml
    keel check --suite factory.yaml
    exits 2
    has "$stderr" "not one of the suite's 2 tables is in this database"
    printf 'tables: {customers: }\nskip: {data.key_blank: no reason}\n' > typo.yaml
    keel check --suite typo.yaml
    exits 2
    has "$stderr" 'typo.yaml:2: there is no check "data.key_blank"'
    keel check --quick --full
    exits 2
}

@test "a check that the team does not want is skipped, and the report says why" {
    clean_shop
    sql "CREATE TABLE import_log (line text)"
    printf 'tables: {customers: }\nskip: {schema.no_primary_key: the log is dropped in spring}\n' > app.yaml
    keel check --suite app.yaml --strict
    exits 0
    has "$stdout" "SKIPPED  schema.no_primary_key"
    has "$stdout" "left out by the suite: the log is dropped in spring"
}

@test "a selection: groups, ids, tables" {
    clean_shop
    spoil
    keel check --relationships
    exits 1
    has "$stdout" "relationships: FAILED"
    [[ "$stdout" != *"data."* ]]
    keel check --data --table customers
    exits 0
    has "$stdout" ": 1 table, "
    has "$stdout" "public.customers(email)"
    keel check --only data.key_blanks,schema.* --skip schema.no_primary_key
    exits 0
    [[ "$stdout" != *"no_primary_key"* && "$stdout" != *"relationships"* ]]
}

@test "--list and --explain need no database" {
    unset DATABASE_URL
    keel check --list
    exits 0
    local id
    for id in $(grep -oE '^[a-z]+\.[a-z_]+' <<< "$stdout"); do
        keel check --explain "$id"
        exits 0
        has "$stdout" "Finds something here:"
        has "$stdout" "And nothing here:"
    done
    keel check --list --format json
    [[ $(python3 -c 'import json, sys; print(len(json.load(sys.stdin)["result"]["checks"]))' <<< "$stdout") -gt 20 ]]
    keel check --explain data.key_blank
    exits 2
    has "$stderr" 'Did you mean "data.key_blanks"?'
}

@test "every check has an example that triggers it, in the reference and among the defects of the applications" {
    local root=$BATS_TEST_DIRNAME/../.. id wanted
    keel check --list
    for id in $(grep -oE '^[a-z]+\.[a-z_]+' <<< "$stdout"); do
        sed -n "/^### $id$/,/^### /p" "$root/docs/reference/checks.md" > page
        grep -q '^Finds something:$' page || { echo "$id: not in checks.md"; return 1; }
        grep -q '^Finds nothing:$' page || { echo "$id: not in checks.md"; return 1; }
        case $id in
        baseline.*) continue ;;                                  # each kind of change: tests/pg/test_check_baseline.c
        business.rule) wanted='business\.[a-z_]+ error' ;;       # reported under the rule's own name
        *) wanted=${id/./\\.} ;;
        esac
        grep -rqE "^-- (finds|also): $wanted " "$root"/examples/*/defects || { echo "$id: no defect"; return 1; }
    done
    [[ -n "$id" ]]
}

@test "S0-57: the report in a file, the text on stdout" {
    clean_shop
    keel check --format json --output report.json
    exits 0
    has "$stdout" "PASS"
    is "$(python3 -c 'import json; d = json.load(open("report.json")); print(d["verdict"], d["result"]["tables"])')" "pass 2"
    keel check --output report.txt
    exits 0
    is "$stdout" ""
    has "$(cat report.txt)" "relationships: PASSED"
}

# holds SQL: another session runs it in a transaction that stays open until this file's descriptor 8 is closed.
holds() {
    mkfifo "$BATS_TEST_TMPDIR/holder"
    psql "$DB" -qAt < "$BATS_TEST_TMPDIR/holder" > "$BATS_TEST_TMPDIR/held" 2>&1 3>&- &
    HOLDER=$!
    exec 8> "$BATS_TEST_TMPDIR/holder"
    echo "BEGIN; $1; SELECT 'held';" >&8
    until grep -q held "$BATS_TEST_TMPDIR/held"; do kill -0 "$HOLDER" && sleep 0.05; done
}

lets_go() {
    exec 8>&-
    wait "$HOLDER"
}

@test "S0-53: a table that somebody holds is an error with his name, and the others are checked" {
    clean_shop
    holds "LOCK TABLE orders"
    keel check --data
    lets_go
    exits 1
    has "$stdout" "public.orders  could not be read: it is locked by process "
    has "$stdout" "(psql), idle in transaction"
    has "$stdout" "1 table not read"
    has "$stdout" "FAIL: "
}

@test "no right to read: named, with the GRANT to paste, never a pass" {
    clean_shop
    sql "CREATE ROLE looker LOGIN; GRANT SELECT ON customers TO looker"
    DATABASE_URL=${DB/user=postgres/user=looker} keel check --data
    exits 1
    has "$stdout" "public.orders  could not be read: permission denied for table orders"
    has "$stdout" 'GRANT SELECT ON "public"."orders" TO "looker";'
}

# interrupted: pgkeel check waits for a table; it gets these signals, and $status is how it ended.
interrupted() {
    holds "LOCK TABLE orders"
    "$PGKEEL" check --data > out 2> err 3>&- 8>&- &
    local pid=$! signal
    until [[ $(psql "$SERVER" -Atc "SELECT count(*) FROM pg_stat_activity WHERE datname = '$NAME' AND wait_event_type = 'Lock'") -gt 0 ]]; do
        kill -0 "$pid"
    done
    for signal in "$@"; do kill "-$signal" "$pid"; done
    status=0
    wait "$pid" || status=$?
    stderr=$(cat err)
    stdout=$(cat out)
    lets_go
}

nothing_lingers() {
    local tries=0
    until [[ $(psql "$SERVER" -Atc "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeel check%'") == 0 ]]; do
        ((++tries < 100)) && sleep 0.05
    done
}

@test "Ctrl-C stops the check and its statements" {
    clean_shop
    interrupted INT
    exits 2
    has "$stderr" "stopped on request: the checks are not complete"
    nothing_lingers
}

@test "S0-96: a second Ctrl-C stops at once, and nothing lingers on the server" {
    clean_shop
    interrupted INT INT
    exits 2
    nothing_lingers
}

@test "no password in any output" {
    clean_shop
    DATABASE_URL="$DB password=geheim" keel check --format json
    exits 0
    [[ "$stdout$stderr" != *geheim* ]]
}

@test "--quick and --snapshot table find the same in a small database" {
    clean_shop
    spoil
    keel check --data
    local full=$stdout
    keel check --data --quick
    exits "$status"
    is "$(sed 1,2d <<< "$stdout")" "$(sed 1,2d <<< "$full")"
    keel check --data --snapshot table --jobs 5
    has "$stdout" "a snapshot per table"
    is "$(sed 1,2d <<< "$stdout")" "$(sed 1,2d <<< "$full")"
}

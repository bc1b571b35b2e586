load lib

# Two databases on a throwaway cluster per test.
setup_file() {
    start_cluster
}

teardown_file() {
    stop_cluster
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    SERVER=$(cat "$SERVER_FILE")
    psql "$SERVER" -qc "CREATE DATABASE a$BATS_TEST_NUMBER" -c "CREATE DATABASE b$BATS_TEST_NUMBER"
    A=${SERVER/dbname=postgres/dbname=a$BATS_TEST_NUMBER}
    B=${SERVER/dbname=postgres/dbname=b$BATS_TEST_NUMBER}
}

both() {
    psql "$A" -qAtc "$1"
    psql "$B" -qAtc "$1"
}

in_b() {
    psql "$B" -qAtc "$1"
}

# Names of databases and times differ from run to run.
scrub_names() {
    sed -E "s#[^ \"]*/(a|b)$BATS_TEST_NUMBER#<\1>#g; s#sqlite:[^ ]*#sqlite:<file>#; s/(\"seconds\":)[0-9.e-]+/\1<S>/g"
}

PEOPLE="CREATE TABLE people (id int PRIMARY KEY, name text, age int);
        INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', NULL), (3, 'Cyd', 7);
        CREATE TABLE visit (person int, at date); INSERT INTO visit VALUES (1, '2024-01-01'), (1, '2024-01-01')"

@test "S0-33, S0-37: no difference is exit code 0, any is 1, with table, key, column and both values" {
    both "$PEOPLE"
    keel diff "$A" "$B"
    exits 0
    golden diff_same.txt "$(scrub_names <<< "$stdout")"
    in_b "UPDATE people SET age = 35 WHERE id = 1; DELETE FROM people WHERE id = 2; INSERT INTO people VALUES (9, 'Eve', 1);
          INSERT INTO visit VALUES (1, '2024-01-01')"
    keel diff "$A" "$B"
    exits 1
    golden diff_differs.txt "$(scrub_names <<< "$stdout")"
    keel diff "$A" "$B" --quick
    exits 1
    has "$stdout" "row 1 differs: '36' in the source, '35' in the target"
}

@test "JSON holds every number; all are counted, few are shown" {
    both "$PEOPLE"
    in_b "UPDATE people SET age = 5, name = name || '!'"
    keel diff "$A" "$B" people --limit 2 --format json
    exits 1
    is "$(json 'd["verdict"]')" fail
    is "$(json '[f["check"] for f in d["findings"]]')" "['diff.different', 'diff.different', 'diff.more']"
    is "$(json 'd["result"]["tables"][0]["different"], d["result"]["tables"][0]["values"], d["result"]["differences"]')" "(3, 6, 3)"
    is "$(json 'd["result"]["tables"][0]["rows_source"], d["result"]["tables"][0]["rows_target"]')" "(3, 3)"
    is "$(json 'len(d["result"]["tables"])')" 1
    echo "$stdout" > report.json
    python3 "$BATS_TEST_DIRNAME/read_reports.py" schema "$BATS_TEST_DIRNAME/../../docs/reference/report.schema.json" report.json
}

@test "a SQLite file against its copy: the same words and the same JSON as between two servers" {
    sqlite3 app.db "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);
                    INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', NULL), (3, 'Cyd', 7)"
    both "CREATE TABLE people (id bigint PRIMARY KEY, name text, age bigint);
          INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', NULL), (3, 'Cyd', 7)"
    keel diff sqlite:app.db "$B"
    exits 0
    has "$stdout" "PASSED"
    in_b "UPDATE people SET age = 35, name = 'ada' WHERE id = 1; DELETE FROM people WHERE id = 2;
          INSERT INTO people VALUES (9, 'Eve', 1); CREATE TABLE more (id int)"
    keel diff sqlite:app.db "$B" --format json
    exits 1
    is "$(json '[f["check"] + " " + f["message"] for f in d["findings"] if "people" in f["object"]]' | tr '"' "'")" \
        "$(keel diff "$A" "$B" --format json; json '[f["check"] + " " + f["message"] for f in d["findings"] if "people" in f["object"]]' | tr '"' "'")"
    keel diff sqlite:app.db "$B" --format json
    local keys='sorted(d["result"]), sorted(d["result"]["tables"][0]), [(t["missing"], t["extra"], t["different"], t["values"], t["rows_source"], t["rows_target"], t["key"]) for t in d["result"]["tables"]]'
    local of_sqlite
    of_sqlite=$(json "$keys")
    is "$(json '[f["object"] for f in d["findings"] if f["check"] == "diff.table"]')" "['public.more']"
    echo "$stdout" > report.json
    python3 "$BATS_TEST_DIRNAME/read_reports.py" schema "$BATS_TEST_DIRNAME/../../docs/reference/report.schema.json" report.json
    keel diff "$A" "$B" --format json
    is "$of_sqlite" "$(json "$keys")"
}

@test "a SQLite file is compared by the mapping of its transfer" {
    sqlite3 app.db "CREATE TABLE people (id INTEGER PRIMARY KEY, born INTEGER); INSERT INTO people VALUES (1, 86400)"
    in_b "CREATE TABLE humans (id bigint PRIMARY KEY, born timestamptz); INSERT INTO humans VALUES (1, '1970-01-02Z')"
    echo "tables: {people: {to: humans, columns: {born: {epoch: seconds}}}}" > app.yaml
    keel diff sqlite:app.db "$B" --file app.yaml
    exits 0
    in_b "UPDATE humans SET born = '1970-01-03Z'"
    keel diff sqlite:app.db "$B" people --file app.yaml
    exits 1
    has "$stdout" "row 1 differs: '86400' in the source, '1970-01-03 00:00:00+00' in the target"
}

@test "nothing compared is exit code 2, never a pass" {
    both "CREATE VIEW v AS SELECT 1"
    keel diff "$A" "$B"
    exits 2
    has "$stderr" "there is no table to compare"
    keel diff "$A" "$B" nix
    exits 2
    has "$stderr" 'the source has no table "nix"'
    keel diff "$A" "host=/nonexistent dbname=x password=hunter2"
    exits 2
    has "$stderr" "the target"
    [[ "$stderr$stdout" != *hunter2* ]]
}

@test "options that do not go together are refused" {
    keel diff "$A"
    exits 2
    has "$stderr" "wants more words"
    keel diff "$A" "$B" --file x.yaml
    exits 2
    has "$stderr" "--file does not go with a source that is a PostgreSQL database"
    keel diff sqlite:app.db "$B" --quick
    exits 2
    has "$stderr" "--quick does not go with a source that is a SQLite file"
    keel diff "$A" sqlite:app.db
    exits 2
    has "$stderr" "A SQLite file stands first"
    keel diff "$A" "$B" --map nix.yaml
    exits 2
    has "$stderr" "nix.yaml"
}

@test "a map and a key from the command line" {
    both "CREATE TABLE event (device int, at int, v int); INSERT INTO event SELECT i % 3, i, i FROM generate_series(1, 30) i"
    in_b "ALTER TABLE event RENAME TO events; ALTER TABLE events RENAME v TO value; UPDATE events SET value = 0 WHERE at = 7"
    echo "tables: {event: {to: events, columns: {v: value}}}" > map.yaml
    keel diff "$A" "$B" --map map.yaml --key "event=device,at"
    exits 1
    has "$stdout" "public.events(value)  row 1, 7 differs: '7' in the source, '0' in the target"
    keel diff "$A" "$B" --map map.yaml --ignore-column event.v -v
    exits 0
    has "$stdout" "has no key: equal rows are counted"
}

@test "Ctrl-C stops both servers at once" {
    both "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)"
    echo 'tables: {t: {where: "pg_sleep(300) IS NULL"}}' > map.yaml
    "$PGKEEL" diff "$A" "$B" --map map.yaml > out 2> err < /dev/null 3>&- &
    local pid=$! tries=0
    until [[ $(psql "$A" -qAtc "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") -ge 1 ]] || ((++tries > 300)); do
        sleep 0.1
    done
    kill -INT "$pid"
    local status=0
    wait "$pid" || status=$?
    is "$status" 2
    has "$(cat err)" "stopped on request"
    tries=0
    until [[ $(psql "$A" -qAtc "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeel diff%'") == 0 ]] || ((++tries > 300)); do
        sleep 0.1
    done
    is "$(psql "$A" -qAtc "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeel diff%'")" 0
}

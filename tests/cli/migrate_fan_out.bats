load lib

# Three databases of their own and a folder per test.
setup_file() {
    start_cluster
}

teardown_file() {
    stop_cluster
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    SERVER=$(cat "$SERVER_FILE")
    for i in 1 2 3; do psql "$SERVER" -qc "CREATE DATABASE t${BATS_TEST_NUMBER}_$i"; done
    T=t${BATS_TEST_NUMBER}
    mkdir migrations
    printf -- '-- pgkeel:up\ncreate table a (id int);\n-- pgkeel:down\ndrop table a;\n' > migrations/0001_a.sql
    printf -- '-- pgkeel:up\ncreate table b (id int);\n-- pgkeel:down\ndrop table b;\n' > migrations/0002_b.sql
}

in_db() {
    psql "${SERVER/dbname=postgres/dbname=$1}" -qAtc "$2"
}

# Names and times differ from run to run.
scrub_names() {
    sed -E "s/$T/t/g; s/[0-9]+\.[0-9] s/<S> s/"
}

@test "up: a line per database, and the same again has nothing to do" {
    keel migrate up --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3"
    exits 0
    golden migrate_fan_out_up.txt "$(scrub_names <<< "$stdout")"
    has "$stderr" "${T}_3: done, 2 migrations, 2 steps"
    is "$(in_db "${T}_3" 'SELECT count(*) FROM a, b')" 0
    keel migrate up --db "$SERVER" --databases-from "SELECT datname FROM pg_database WHERE datname ~ '^${T}_'" -q
    exits 0
    is "$stderr" ""
    has "$stdout" "3 databases: 3 with nothing to do."
}

@test "a failing canary stops all: exit code 2, who was not begun, and the same command goes on" {
    in_db "${T}_2" "CREATE TABLE b (other text)"
    keel migrate up --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3" --canary "${T}_2" --stop-after 9
    exits 2
    golden migrate_fan_out_canary.txt "$(scrub_names <<< "$stdout")"
    has "$stderr" "3 of 3 targets are not done: 1 failed, 2 not begun"
    has "$stderr" "The same command goes on with them"
    is "$(in_db "${T}_1" "SELECT to_regclass('a') IS NULL")" t
    in_db "${T}_2" "DROP TABLE b"
    keel migrate up --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3" --canary "${T}_2"
    exits 0
    has "$stdout" "1 migration, 1 step"
}

@test "JSON: an array of targets with reason, steps and counts" {
    in_db "${T}_2" "CREATE TABLE a (other text)"
    keel migrate up --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3" --jobs 1 --format json
    exits 2
    is "$(json '[(t["state"], t["canary"], t.get("migrations")) for t in d["result"]["targets"]]')" \
        "[('done', True, 2), ('failed', False, 0), ('not_started', False, None)]"
    is "$(json 'd["result"]["targets"][0]["steps"][1]["label"]')" "CREATE TABLE b"
    is "$(json 'd["result"]["targets"][1]["sqlstate"]')" 42P07
    is "$(json 'd["result"]["targets"][2]["reason"]')" "1 failed before it"
    is "$(json '(d["result"]["failed"], d["result"]["not_started"], d["verdict"])')" "(1, 1, 'critical')"
    is "$(json '[f["object"] for f in d["findings"] if f["check"] == "migrate.failed"][0].split("_", 1)[1]')" "2: 0001_a.sql"
}

@test "a dry run says what is due and runs nothing" {
    keel migrate up --db "$SERVER" --databases "${T}_1,${T}_2" --dry-run
    exits 0
    has "$stdout" "2 to run: 0001, 0002"
    has "$stdout" "2 databases: 2 looked at."
    is "$(in_db "${T}_1" "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'pgkeel')")" 0
}

@test "status says where each is, verify finds what differs, down takes all back to a version" {
    keel migrate up --db "$SERVER" --databases "${T}_1,${T}_2" -q
    keel migrate up --db "$SERVER" --databases "${T}_3" --to 0001 -q
    keel migrate status --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3"
    exits 0
    golden migrate_fan_out_status.txt "$(scrub_names <<< "$stdout")"
    in_db "${T}_2" "ALTER TABLE a ADD COLUMN v text"
    keel migrate verify --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3"
    exits 1
    golden migrate_fan_out_verify.txt "$(scrub_names <<< "$stdout")"
    keel migrate verify --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3" --format junit
    exits 1
    is "$(python3 -c '
import sys, xml.etree.ElementTree as tree
print([(c.get("name").split(" ")[-1].split("_")[1], [e.tag for e in c]) for c in tree.fromstring(sys.argv[1]).iter("testcase")])' \
        "$stdout")" "[('1', []), ('2', ['failure']), ('3', [])]"
    keel migrate down --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3"
    exits 2
    has "$stderr" "go down to a version"
    keel migrate down --db "$SERVER" --databases "${T}_1,${T}_2,${T}_3" --to 0001
    exits 0
    has "$stdout" "3 databases: 1 with nothing to do, 2 done."
}

@test "schemas of one database, one with a capital letter" {
    in_db "${T}_1" 'CREATE SCHEMA acme; CREATE SCHEMA "Globex"'
    keel migrate up --db "${SERVER/dbname=postgres/dbname=${T}_1}" --schemas acme,Globex
    exits 0
    golden migrate_fan_out_schemas.txt "$(scrub_names <<< "$stdout")"
    is "$(in_db "${T}_1" "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY 1) FROM pg_tables
                          WHERE schemaname IN ('acme', 'Globex')" | tr ' ' '\n' | LC_ALL=C sort | xargs)" \
        "Globex.a Globex.b acme.a acme.b"
    keel migrate up --db "${SERVER/dbname=postgres/dbname=${T}_1}" --schemas acme,globex
    exits 2
    has "$stderr" 'there is no schema globex'
}

@test "what is no list of targets is refused" {
    keel migrate up --db "$SERVER" --databases-from "SELECT datname FROM pg_database WHERE false"
    exits 2
    has "$stderr" "the query gives no row"
    keel migrate up --db "$SERVER" --databases "${T}_1,${T}_1"
    exits 2
    has "$stderr" "is there twice"
    keel migrate up --db "$SERVER" --databases "${T}_1" --schemas a
    exits 2
    has "$stderr" "do not go together"
    keel migrate up --db "$SERVER" --canary "${T}_1"
    exits 2
    has "$stderr" "--canary is for many targets"
    keel migrate up --databases "${T}_1"
    exits 2
    has "$stderr" "Name the server with --db"
}

@test "killed in the middle, the same command goes on, and nothing is run twice" {
    [[ $("$PGKEEL" version --format json) == *'"fault_points":true'* ]] || skip "built without fault points"
    local over=("--db" "$SERVER" "--databases" "${T}_1,${T}_2,${T}_3" "--jobs" 2)
    PGKEEL_FAULT=migrate.after_step@3:kill keel migrate up "${over[@]}"
    exits 137
    is "$stdout" ""
    is "$(in_db "${T}_1" "SELECT string_agg(version || state, ' ' ORDER BY version) FROM pgkeel.migration")" \
        "0001applied 0002applied"
    keel migrate up "${over[@]}"
    exits 0
    has "$stdout" "3 databases: 1 with nothing to do, 2 done."
    for i in 1 2 3; do is "$(in_db "${T}_$i" 'SELECT count(*) FROM a, b')" 0; done
}

@test "no password of a URL or of --db comes out" {
    keel migrate up --db "$SERVER password=s3cret" --databases "${T}_1,postgresql://u:s3cret@localhost:1/nowhere" --stop-after 2 \
        --format json
    exits 2
    is "$(json 'd["result"]["targets"][1]["target"]')" "localhost:1/nowhere"
    ! grep -q s3cret <<< "$stdout$stderr"
}

# shellcheck shell=bash
# What all .bats files share: load it with `load lib`.

# A test runs in an empty directory of its own.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# keel ARGS...: runs pgkeel; $status, $stdout and $stderr hold what came of it.
keel() {
    status=0
    "$PGKEEL" "$@" > "$BATS_TEST_TMPDIR/.stdout" 2> "$BATS_TEST_TMPDIR/.stderr" < /dev/null || status=$?
    stdout=$(cat "$BATS_TEST_TMPDIR/.stdout")
    stderr=$(cat "$BATS_TEST_TMPDIR/.stderr")
}

# is GOT WANTED: says both when they differ.
is() {
    [[ "$1" == "$2" ]] && return 0
    printf 'got:    %s\nwanted: %s\n' "$1" "$2"
    return 1
}

# has TEXT PART
has() {
    [[ "$1" == *"$2"* ]] && return 0
    printf 'got: %s\nwithout: %s\n' "$1" "$2"
    return 1
}

# exits CODE: the last keel left with this exit code.
exits() {
    is "$status" "$1" || { printf 'stdout: %s\nstderr: %s\n' "$stdout" "$stderr"; return 1; }
}

# fails PART...: the last keel could not do it, and says why.
fails() {
    exits 2
    local part
    for part in "$@"; do has "$stdout$stderr" "$part"; done
}

# Times and versions differ from run to run; in golden files they read <T>, <MS> and <V>.
scrub() {
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/<T>/g; s/("duration_ms": )[0-9]+/\1<MS>/; s/"version": ?"[^"]*"/"version":"<V>"/g
            s/^(pgkeel) [0-9]+\.[0-9]+\.[0-9]+.*/\1 <V>/; s/"fault_points":(true|false)/"fault_points":<B>/'
}

# golden NAME TEXT: the scrubbed text is what golden/NAME holds.
golden() {
    local file=$BATS_TEST_DIRNAME/golden/$1
    if [[ -n "${PGKEEL_UPDATE_GOLDEN:-}" ]]; then
        scrub <<< "$2" > "$file"
    fi
    diff -u "$file" <(scrub <<< "$2")
}

# For setup_file and teardown_file: one throwaway cluster for the file; its connection string is in $SERVER_FILE.
start_cluster() {
    export SERVER_FILE=$BATS_FILE_TMPDIR/conninfo
    mkfifo "$BATS_FILE_TMPDIR/hold"
    "$HOLD_CLUSTER" "$SERVER_FILE" < "$BATS_FILE_TMPDIR/hold" > /dev/null 2>&1 3>&- &
    echo $! > "$BATS_FILE_TMPDIR/pid"
    exec 7> "$BATS_FILE_TMPDIR/hold" # the holder's standard input: it ends when we do
    local tries=0
    until [[ -f "$SERVER_FILE" ]] || ((++tries > 600)); do sleep 0.1; done
    [[ -f "$SERVER_FILE" ]]
}

stop_cluster() {
    exec 7>&-
    local tries=0
    while kill -0 "$(cat "$BATS_FILE_TMPDIR/pid")" 2> /dev/null && ((++tries < 100)); do sleep 0.1; done
}

# fresh_database [NAME]: a database of that cluster for this test; $SERVER, $NAME, $DB and the DATABASE_URL say where.
fresh_database() {
    SERVER=$(cat "$SERVER_FILE")
    NAME=${1:-t$BATS_TEST_NUMBER}
    psql "$SERVER" -qc "CREATE DATABASE $NAME"
    DB=${SERVER/dbname=postgres/dbname=$NAME}
    export DATABASE_URL=$DB
}

# sql STATEMENTS: in that database; values come back bare.
sql() {
    psql "$DB" -qAtv ON_ERROR_STOP=1 -c "$1"
}

# json EXPRESSION: of d, the JSON document that the last keel wrote to stdout, in Python's words. One document, nothing else.
json() {
    python3 -c 'import json, sys; d = json.loads(sys.argv[1]); print(eval(sys.argv[2], {"d": d}))' "$stdout" "$1"
}

# valid_report: what the last keel wrote is a report under the published schema.
valid_report() {
    printf '%s' "$stdout" > "$BATS_TEST_TMPDIR/.report"
    python3 "$BATS_TEST_DIRNAME/read_reports.py" schema "$BATS_TEST_DIRNAME/../../docs/reference/report.schema.json" \
        "$BATS_TEST_TMPDIR/.report"
}

# examples COMMAND: the command lines of its --help, one each.
examples() {
    # shellcheck disable=SC2086
    "$PGKEEL" $1 --help | sed -n '/^Examples:/,$s/^  pgkeel /pgkeel /p'
}

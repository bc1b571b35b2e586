load lib

# Reports in every format, read back by the parsers of others: first one with everything that can go wrong in a
# format, then those of real databases.
setup_file() {
    start_cluster
}

teardown_file() {
    stop_cluster
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    HERE=$BATS_TEST_DIRNAME
    REFERENCE=$HERE/../../docs/reference
    SERVER=$(cat "$SERVER_FILE")
}

render() {
    local words=("$@")
    "$RENDER_REPORTS" text "${words[@]}" > report.txt
    "$RENDER_REPORTS" json "${words[@]}" > report.json
    "$RENDER_REPORTS" junit "${words[@]}" > report.xml
    "$RENDER_REPORTS" sarif "${words[@]}" > report.sarif
    "$RENDER_REPORTS" github "${words[@]}" > report.github
}

read_back() {
    python3 "$HERE/read_reports.py" "$@"
}

xpath() {
    xmllint --xpath "string($1)" "$2"
}

@test "every format holds the same findings" {
    render
    is "$(read_back same .)" 13
    render strict failed
    is "$(read_back same .)" 14
}

@test "JSON is valid under docs/reference/report.schema.json, whatever bytes stand in it" {
    render failed
    read_back schema "$REFERENCE/report.schema.json" report.json
    is "$(read_back value report.json '[f["evidence"] for f in d["findings"] if f["check"] == "hostile.bytes"]')" \
        "[{'sample': ['�', '�']}]"
    is "$(read_back value report.json '[f["evidence"] for f in d["findings"] if f["check"] == "hostile.evidence"]')" \
        "[{'bytes': 8, 'begins': '{\"rows\":'}]"
    is "$(read_back value report.json '[f.get("line") for f in d["findings"] if "file" in f]')" '[12, 7, None]'
}

@test "the example in docs/reference/reports.md is a report" {
    sed -n '/^```json$/,/^```$/p' "$REFERENCE/reports.md" | grep -v '^```' > example.json
    read_back schema "$REFERENCE/report.schema.json" example.json
    is "$(read_back value example.json 'd["command"]')" check
}

@test "the schema refuses what is not a report" {
    render
    sed 's/"severity": "critical"/"severity": "fatal"/' report.json > other.json
    run read_back schema "$REFERENCE/report.schema.json" other.json
    is "$status" 1
    has "$output" "'fatal' is not one of"
    sed 's/"verdict": "[a-z]*",//' report.json > other.json
    run read_back schema "$REFERENCE/report.schema.json" other.json
    is "$status" 1
    has "$output" "'verdict' is a required property"
}

@test "SARIF is valid, names each rule once and each finding by a print of its own" {
    render failed
    read_back schema "$HERE/sarif-2.1.0-subset.schema.json" report.sarif
    is "$(read_back value report.sarif 'len({r["id"] for r in d["runs"][0]["tool"]["driver"]["rules"]}) == len(d["runs"][0]["tool"]["driver"]["rules"])')" True
    is "$(read_back prints report.sarif | cut -d' ' -f1 | sort -u | wc -l)" 14
    is "$(read_back value report.sarif 'd["runs"][0]["invocations"][0]["exitCode"], d["runs"][0]["invocations"][0]["executionSuccessful"]')" "(2, False)"
    has "$(read_back value report.sarif '[r["locations"][0]["physicalLocation"] for r in d["runs"][0]["results"] if r["ruleId"] == "hostile.markup"]')" \
        "{'artifactLocation': {'uri': 'checks/a%20b%3Ac,d%25.yaml'}, 'region': {'startLine': 12, 'startColumn': 3}}"
}

@test "SARIF fingerprints are the same in the next run, when only numbers have changed" {
    render
    read_back prints report.sarif > first
    render renumbered
    has "$(cat report.sarif)" "13 rows have no parent"
    is "$(read_back prints report.sarif)" "$(cat first)"
}

@test "JUnit is valid, and its counts are those of its cases" {
    render failed
    xmllint --noout --schema "$HERE/junit.xsd" report.xml
    for what in failure error skipped; do
        local attribute=${what}s
        [[ $what == skipped ]] && attribute=skipped
        is "$(xpath "/testsuites/@$attribute" report.xml)" "$(xpath "count(//testcase/$what)" report.xml)"
        is "$(xpath "sum(//testsuite/@$attribute)" report.xml)" "$(xpath "count(//testcase/$what)" report.xml)"
    done
    is "$(xpath /testsuites/@tests report.xml)" "$(xpath 'count(//testcase)' report.xml)"
}

@test "JUnit: a case per check with its time, its group, its failure or why it was skipped" {
    render failed
    is "$(xpath '//testcase[@name="schema.valid_index"]/@time' report.xml)" 1.234
    is "$(xpath '//testcase[@name="data.orphans"]/../@name' report.xml)" relationships
    is "$(xpath '//testcase[@name="data.orphans"]/failure/@message' report.xml)" \
        "2 findings; public.alerts(exploit_id): 12 rows have no parent"
    is "$(xpath '//testcase[@name="data.orphans"]/system-out' report.xml)" \
        "warning public.alerts(user_id): 12 rows are new  [data.orphans]"
    is "$(xpath '//testcase[@name="data.blank"]/skipped/@message' report.xml)" 'no <text> columns & "none" wanted ]]>'
    is "$(xpath '//testcase[@name="data.twice"]/skipped/@message' report.xml)" 'the second time'
    is "$(xpath '//testcase[@name="business.silent"]/failure/@message' report.xml)" '50% of it,\nat: once'
    is "$(xpath 'count(//testcase[@name="nowhere.listed"]/failure)' report.xml)" 0
    is "$(xpath '//testcase[@name="command.failed"]/error/@message' report.xml)" 'check: no server'
}

@test "JUnit: a warning fails its check only under --strict" {
    render
    is "$(xpath 'count(//testcase[@name="business.hints"]/failure)' report.xml)" 0
    render strict
    is "$(xpath '//testcase[@name="business.hints"]/failure/@type' report.xml)" warning
}

@test "GitHub: one line per finding, nothing of it taken for another command" {
    render
    has "$(cat report.github)" '::error file=checks/a b%3Ac%2Cd%25.yaml,line=12,col=3,title=hostile.markup::public."a<b>&'
    has "$(cat report.github)" '::notice file=/abs/p.yaml,line=7,title=hostile.commands::::set-output name=x::y: 100%25, a:b, %250A ##[error]x'
    has "$(cat report.github)" '::error title=hostile.bytes (critical)::'
    is "$(grep -c . report.github)" 15 # 13 findings, the check that failed silently, the totals
    is "$(grep -vc '^::' report.github)" 1
    is "$(head -1 report.github | cut -c1-28)" '::error title=hostile.bytes '
}

@test "a megabyte in a finding does not make a report of megabytes" {
    render
    for file in report.*; do
        (($(stat -c %s "$file") < 200000)) || { echo "$file: $(stat -c %s "$file") bytes"; return 1; }
    done
    has "$(cat report.txt)" "... (1000000 bytes)"
}

# database NAME SQL [OPTIONS]: a database of the cluster; DB is its connection string.
database() {
    psql "$SERVER" -qc "CREATE DATABASE $1 ${3:-}"
    DB=${SERVER/dbname=postgres/dbname=$1}
    sql "$2"
}

FACTORY="CREATE TABLE lots (id bigint PRIMARY KEY, code text NOT NULL, made timestamptz);
         CREATE TABLE serials (id bigint PRIMARY KEY, lot_id bigint);
         ALTER TABLE serials ADD CONSTRAINT serials_lot FOREIGN KEY (lot_id) REFERENCES lots NOT VALID;
         CREATE TABLE \"od]]>d <t> \"\"%,:\"\"\" (\"k&\" text PRIMARY KEY);
         INSERT INTO \"od]]>d <t> \"\"%,:\"\"\" VALUES (E'a\\n::error::b '), ('c ');
         INSERT INTO lots VALUES (1, 'a', '2026-01-01'), (2, 'b', '2026-02-01');
         SET session_replication_role = replica; INSERT INTO serials VALUES (1, 1), (2, 3), (3, 4)"

# in_all_formats COMMAND ARGS...: the report in every format, as files beside text; all with the same exit code, in $CODE.
in_all_formats() {
    keel "$@" -v
    CODE=$status
    printf '%s\n' "$stdout" > report.txt
    for format in json junit sarif github; do
        local file=report.$format
        [[ $format == junit ]] && file=report.xml
        keel "$@" -v --format $format --output $file
        exits "$CODE"
        is "$(sed 's/as of [^,]*//' <<< "$stdout")" "$(sed 's/as of [^,]*//' report.txt)"
    done
}

check_in_all_formats() {
    in_all_formats check --db "$DB" "$@"
}

validate() {
    read_back schema "$REFERENCE/report.schema.json" report.json
    read_back schema "$HERE/sarif-2.1.0-subset.schema.json" report.sarif
    xmllint --noout --schema "$HERE/junit.xsd" report.xml
}

@test "a real check: the same findings and the same exit code in every format, each valid, the text beside the file" {
    database shop "$FACTORY"
    check_in_all_formats
    is "$CODE" 1
    validate
    (($(read_back same .) >= 4))
    is "$(xpath '//testcase[@name="relationships.orphans"]/failure/@type' report.xml)" error
    is "$(read_back value report.sarif '[r["help"]["text"] != r["shortDescription"]["text"] for r in d["runs"][0]["tool"]["driver"]["rules"] if r["id"] == "relationships.orphans"]')" "[True]"
    check_in_all_formats --strict --schema
    validate
}

@test "a report alone goes to stdout, and nothing else does" {
    database alone "$FACTORY"
    for format in json sarif; do
        keel check --db "$DB" --format $format
        exits 1
        printf '%s\n' "$stdout" > out
        is "$(head -c 1 out)" "{"
        is "$(read_back value out 'type(d).__name__')" dict
    done
    keel check --db "$DB" --format junit
    printf '%s\n' "$stdout" > out
    xmllint --noout --schema "$HERE/junit.xsd" out
    keel check --db "$DB" --format github
    is "$(grep -vc '^::' <<< "$stdout")" 1
}

# The server itself lets no such bytes out: the table cannot be read, and that is said.
@test "bytes that are not UTF-8, in an SQL_ASCII database, are named as the reason" {
    database ascii "CREATE TABLE t (k text PRIMARY KEY, v text); INSERT INTO t VALUES (E'gr\\xfcn ', E'\\xe4'), (E'\\xff\\xfe ', 'x')" \
        "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    check_in_all_formats
    validate
    (($(read_back same .) >= 1))
    is "$CODE" 1
    has "$(cat report.txt)" 'could not be read: invalid byte sequence for encoding "UTF8": 0xfc'
    sql "DELETE FROM t; INSERT INTO t VALUES ('x ', 'y')"
    keel check --db "$DB" --only data.key_blanks
    exits 0
    has "$stdout" 'sample = [{"k":"x "}]'
}

@test "what could not be done is in the report of every format, with exit code 2" {
    DB="host=/nowhere dbname=x"
    check_in_all_formats
    is "$CODE" 2
    validate
    is "$(xpath 'count(//error)' report.xml)" 1
    is "$(read_back value report.sarif 'd["runs"][0]["invocations"][0]["executionSuccessful"]')" False
    has "$(cat report.github)" "::error title=command.failed (critical)::check: cannot connect to"
    is "$(read_back value report.json 'd["verdict"], d["findings"][0]["check"]')" "('critical', 'command.failed')"
}

@test "diff: the same findings in every format, each valid" {
    database twin "$FACTORY"
    local old=$DB
    database other "$FACTORY; UPDATE lots SET code = E'x\\n::error::y' WHERE id = 2; DELETE FROM serials WHERE id = 3; CREATE TABLE more (a int)"
    in_all_formats diff "$old" "$DB"
    is "$CODE" 1
    validate
    is "$(read_back same .)" 3
    is "$(xpath '//testcase[@name="diff.rows public.lots"]/failure/@message' report.xml)" \
        "public.lots(code): row 2 differs: 'b' in the source, 'x\\n::error::y' in the target"
    is "$(read_back value report.json '[(t["table"], t["missing"], t["different"]) for t in d["result"]["tables"] if t["missing"] + t["different"]]')" \
        "[('public.lots', 0, 1), ('public.serials', 1, 0)]"
    in_all_formats diff "$old" "$old"
    is "$CODE" 0
    validate
    in_all_formats diff "$old" "host=/nowhere dbname=x"
    is "$CODE" 2
    validate
}

@test "documents of other commands are valid under the same schema" {
    database others "$FACTORY"
    sqlite3 app.db "CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER); INSERT INTO people VALUES (1, 'old')"
    for words in version "check --list" "check --explain data.key_blanks" "check --explain no.such" \
        "transfer plan --from sqlite:app.db" "transfer run --from sqlite:app.db" "transfer verify" "transfer rejects"; do
        # shellcheck disable=SC2086
        DATABASE_URL=$DB keel $words --format json
        printf '%s\n' "$stdout" > out.json
        read_back schema "$REFERENCE/report.schema.json" out.json || { echo "$words"; return 1; }
    done
    DATABASE_URL=$DB keel check --init new.yaml --format json
    printf '%s\n' "$stdout" > out.json
    read_back schema "$REFERENCE/report.schema.json" out.json
}

@test "a baseline is saved, and nothing has changed since; S4-131" {
    database before "$FACTORY"
    keel check --db "$DB" --only baseline --save before.json
    exits 0
    has "$stdout" "Baseline: saved in before.json"
    has "$stdout" "SKIPPED  baseline.rows "
    is "$(read_back value before.json 'd["format"], d["form"], [t["rows"] for t in d["tables"]]')" \
        "('pgkeel baseline', 1, [2, 2, 3])"
    keel check --db "$DB" --only baseline --against before.json
    exits 0
    has "$stdout" "PASSED   baseline.rows "
    has "$stdout" "PASSED   baseline.hashes "
    keel check --db "$DB" --against before.json --schema --format json
    exits 0
    printf '%s\n' "$stdout" > out.json
    read_back schema "$REFERENCE/report.schema.json" out.json
    is "$(read_back value out.json 'sorted({c["group"] for c in d["checks"]})')" "['baseline', 'schema']"
    is "$(read_back value out.json 'd["result"]["baseline"]["before"]["schema_fingerprint"] == d["result"]["baseline"]["now"]["schema_fingerprint"]')" True
}

@test "what has changed since the baseline fails the check" {
    database after "$FACTORY"
    keel check --db "$DB" --only baseline --save before.json
    sql "DELETE FROM serials WHERE id = 2; UPDATE lots SET made = made + interval '1 day' WHERE id = 2; ALTER TABLE lots ADD wip_id int"
    check_in_all_formats --only baseline --against before.json
    is "$CODE" 1
    validate
    has "$(cat report.txt)" "public.serials  rows are gone: 1 of 3  [baseline.rows]"
    has "$(cat report.txt)" "public.lots(made)  values are not those of the baseline  [baseline.hashes]"
    has "$(cat report.txt)" "public.lots(wip_id)  the column is new  [baseline.schema]"
    keel check --db "$DB" --only baseline --skip baseline.rows,baseline.hashes --against before.json
    exits 0
}

@test "a baseline that cannot be used is refused before the database is touched" {
    keel check --db "host=/nowhere dbname=x" --against absent.json
    exits 2
    has "$stderr" 'cannot read the baseline "absent.json": No such file or directory'
    echo '{"tool":"pgkeel"}' > report.json
    keel check --db "host=/nowhere dbname=x" --against report.json
    exits 2
    has "$stderr" '"report.json" is no baseline'
    printf '{"format": "pgkeel baseline",\n "form": 1,' > cut.json
    keel check --db "host=/nowhere dbname=x" --against cut.json
    exits 2
    has "$stderr" '"cut.json": line 2, column 11:'
    keel check --db "host=/nowhere dbname=x" --save /nowhere/b.json
    exits 2
    has "$stderr" 'cannot write the baseline "/nowhere/b.json": No such file or directory'
    keel check --db "host=/nowhere dbname=x" --save a.json --against cut.json
    exits 2
    has "$stderr" "do not go together"
}

@test "an old baseline stays where a new one cannot be made" {
    database kept "$FACTORY"
    echo old > before.json
    keel check --db "host=/nowhere dbname=x" --save before.json
    exits 2
    is "$(cat before.json)" old
    keel check --db "$DB" --skip baseline --save before.json
    exits 2
    has "$stderr" "nothing was read for the baseline"
    is "$(cat before.json)" old
    keel check --db "$DB" --only baseline --save before.json
    exits 0
    is "$(ls)" before.json
}

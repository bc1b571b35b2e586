load lib

# One throwaway cluster for the file; only the last tests need it.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset DATABASE_URL
    mkdir migrations
    printf 'CREATE TABLE a (id bigint PRIMARY KEY, x json);\n' > migrations/0001_a.sql
    printf 'CREATE TABLE b (id bigint PRIMARY KEY, y json);\n' > migrations/0002_b.sql
}

config() {
    printf 'lint:\n' > pgkeel.yaml
    sed 's/^/  /' >> pgkeel.yaml
}

# findings: "CHECK FILE:LINE:COLUMN SEVERITY MESSAGE" of the last run, one a line
findings() {
    keel lint --format json "$@"
    python3 -c 'import json, sys
for f in json.load(sys.stdin)["findings"]:
    place = ":".join(str(f[key]) for key in ("file", "line", "column") if key in f)
    print(f["check"], place, f["severity"], f["message"])' <<< "$stdout"
}

@test "a rule is suppressed for a path, with a reason" {
    config <<< 'allow: [{rule: L093, path: "migrations/0001*.sql", reason: "read by an old client", until: 2999-01-01}]'
    is "$(findings)" 'L093 migrations/0002_b.sql:1:40 info "y" is json (json-not-jsonb)'
}

@test "by its name too, and a folder stands for all in it" {
    config <<< 'allow: [{rule: json-not-jsonb, path: migrations, reason: "old clients"}]'
    is "$(findings)" ""
}

@test "a path alone suppresses every rule there" {
    printf 'CREATE TABLE c (x json);\n' > migrations/0003_c.sql
    config <<< 'allow: [{path: "0003*.sql", reason: "applied long ago"}, {rule: L093, reason: "old clients"}]'
    is "$(findings)" ""
}

@test "one without a reason, or expired, suppresses nothing and is a finding" {
    config << 'END'
allow:
  - {rule: L093, path: "0001*"}
  - {rule: L093, path: "0002*", reason: "for now", until: 2020-01-01}
END
    is "$(findings)" 'L093 migrations/0001_a.sql:1:40 info "x" is json (json-not-jsonb)
L093 migrations/0002_b.sql:1:40 info "y" is json (json-not-jsonb)
lint.suppression pgkeel.yaml:3:7 warning L093 in 0001* is suppressed without a reason, which suppresses nothing
lint.suppression pgkeel.yaml:4:7 warning the suppression of L093 in 0002* ended on 2020-01-01'
}

@test "an unknown rule is a finding, with the nearest one" {
    config <<< 'allow: [{rule: json-not-json, reason: x}, {rule: L093, reason: "old clients"}]'
    is "$(findings)" 'lint.suppression pgkeel.yaml:2:11 warning there is no rule "json-not-json"; near is "json-not-jsonb"'
}

@test "what has nothing to suppress is said where all of it was looked at" {
    config << 'END'
allow:
  - {rule: L094, path: migrations, reason: "no time zone"}
  - {rule: L093, path: "9*.sql", reason: "not there"}
  - {rule: L093, reason: "old clients"}
END
    is "$(findings)" 'lint.suppression pgkeel.yaml:3:7 warning L094 in migrations has nothing to suppress here
lint.suppression pgkeel.yaml:4:7 warning no file that was looked at is "9*.sql"'
    is "$(findings migrations/0001_a.sql)" ""
    is "$(findings --skip L094 | grep -c L094)" 0
}

@test "rules that the configuration skips, adds and names; --only takes their place" {
    config << 'END'
skip: [L093]
also: [L100]
END
    is "$(findings)" 'L100 migrations/0001_a.sql:1:1 info "a" is the one that search_path finds first (not-qualified)
L100 migrations/0002_b.sql:1:1 info "b" is the one that search_path finds first (not-qualified)'
    is "$(findings --skip L100)" ""
    is "$(findings --only L093 | wc -l)" 2
    config <<< 'only: [L101]'
    is "$(findings)" ""
}

@test "a policy of the house is judged by; without it its rule cannot be asked for" {
    keel lint --only L105
    exits 2
    has "$stderr" 'L105 has no policy to judge by'
    has "$stderr" 'required: {columns: [created_at], comments: true}'
    config << 'END'
skip: [L093]
policy:
  required: {columns: [created_at]}
END
    is "$(findings | head -1)" 'L105 migrations/0001_a.sql:1:1 warning the table has no column "created_at" (required)'
}

@test "what is wrong in the configuration is refused with its place" {
    config <<< 'skip: [L999]'
    keel lint
    exits 2
    has "$stderr" 'pgkeel.yaml:2:10: there is no rule "L999"'
}

@test "L117: --pending says what is wrong with the files and their history" {
    local db=${BATS_TEST_NUMBER}
    psql "$(cat "$SERVER_FILE")" -qc "CREATE DATABASE lint$db"
    DATABASE_URL=$(sed "s/dbname=postgres/dbname=lint$db/" "$SERVER_FILE")
    export DATABASE_URL
    rm migrations/0001_a.sql
    keel migrate up
    exits 0
    printf 'CREATE TABLE b (id bigint PRIMARY KEY, z json);\n' > migrations/0002_b.sql
    printf 'CREATE TABLE a (id bigint PRIMARY KEY);\n' > migrations/0001_a.sql
    findings --pending > found
    has "$(cat found)" 'migrate.edited'
    has "$(cat found)" 'migrate.out_of_order'
    keel lint --pending
    exits 1
}

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

# of RULE SQL [ARGS...]: what the rule says of this text, one message a line
of() {
    printf '%s\n' "$2" > one.sql
    findings --only "$1" "${@:3}" one.sql | sed -E 's/^[^ ]+ one.sql:[0-9:]+ //'
}

@test "L102: prefixes, what becomes needless, what is dropped later, indexes that are not comparable, many columns" {
    local t='CREATE TABLE t (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int);'
    is "$(of L102 "$t CREATE INDEX t_ab ON t (a, b); CREATE INDEX t_a ON t (a);")" ""
    t=${t/CREATE TABLE t/CREATE TABLE other}
    is "$(of L102 "$t CREATE INDEX t_ab ON t (a, b); CREATE INDEX t_a ON t (a);")" \
        'info "t_ab" begins with these columns already (redundant-index)'
    is "$(of L102 "CREATE INDEX t_a ON t (a); CREATE INDEX t_ab ON t (a, b);")" \
        'info "t_a" is not needed beside it: this one begins with its columns (redundant-index)'
    is "$(of L102 "CREATE INDEX t_a ON t (a); CREATE INDEX t_ab ON t (a, b); DROP INDEX t_a;")" ""
    is "$(of L102 "CREATE INDEX ON t (a); CREATE INDEX ON t (a);")" \
        'warning "an index without a name" has the same columns already (redundant-index)'
    is "$(of L102 "CREATE INDEX t_a ON t (a); CREATE UNIQUE INDEX t_u ON t (a);")" \
        'info "t_a" is not needed beside it: this one begins with its columns (redundant-index)'
    is "$(of L102 "CREATE INDEX t_a ON t (a); CREATE INDEX t_1 ON t (a DESC); CREATE INDEX t_2 ON t (a text_pattern_ops);
                   CREATE INDEX t_3 ON t (a) INCLUDE (b); CREATE INDEX t_4 ON t (a) WHERE b > 1; CREATE INDEX t_5 ON t (b, a);
                   CREATE INDEX t_6 ON t USING hash (a); CREATE INDEX u_a ON u (a);")" ""
    is "$(of L102 "CREATE INDEX t_all ON t (a, b, c, d, e, f);")" 'info an index of 6 columns (redundant-index)'
}

@test "L107: columns and assignments that stand twice, and those that may" {
    is "$(of L107 "CREATE TABLE t (a int, a text);")" 'error the column "a" stands twice: the statement fails (named-twice)'
    is "$(of L107 "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN a int;")" \
        'error the column "a" is there already: the statement fails (named-twice)'
    is "$(of L107 "SET search_path = x; CREATE TABLE t (a int); SET search_path = y; ALTER TABLE t ADD COLUMN a int;")" ""
    is "$(of L107 "UPDATE t SET a = 1, b = 2, a = 3;")" 'error the assignment to "a" stands twice: the statement fails (named-twice)'
    is "$(of L107 "UPDATE t SET a[1] = 1, a[2] = 2;")" ""
    is "$(of L107 "INSERT INTO t (a, b, a) VALUES (1, 2, 3);")" \
        'error the assignment to "a" stands twice: the statement fails (named-twice)'
}

@test "L103, L108, L109: what they look at and what they leave alone" {
    is "$(of L103 "CREATE TABLE t (a bool, n text, b bigint);")" ""
    is "$(of L103 "CREATE TABLE t (a bool, b bigint, c int, d bigint);")" \
        'info 11 bytes of every row are padding between its columns (column-order)'
    is "$(of L108 "CREATE VIEW v AS SELECT t.* FROM t;")" \
        'info SELECT * is the columns of today: later ones are not in the view (select-star)'
    is "$(of L108 "CREATE VIEW v AS SELECT count(*) FROM (SELECT * FROM t) s;")" ""
    is "$(of L108 "CREATE TABLE n (LIKE t); INSERT INTO n SELECT * FROM t;")" ""
    is "$(of L108 "DELETE FROM t WHERE name LIKE '%x' OR name LIKE 'x%';")" \
        "info LIKE '%...' reads every row: no ordinary index helps (select-star)"
    is "$(of L109 "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE;")" \
        'info a deleted row of "p" takes the rows here with it (on-delete-cascade)'
}

@test "L111, L112: BEGIN, and what cannot run again, where something else applies the files" {
    is "$(of L111 "BEGIN; CREATE TABLE t (a int); CREATE TABLE u (a int); COMMIT;")" ""
    is "$(of L111 "BEGIN; CREATE TABLE t (a int); CREATE TABLE u (a int); COMMIT;" --other-runner)" \
        "warning the COMMIT behind this ends the transaction of the runner, not only the file's (begin-in-file)"
    local mixed='CREATE TABLE t (a int); CREATE INDEX CONCURRENTLY t_a ON t (a); INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING; VACUUM t;'
    is "$(of L112 "$mixed")" ""
    is "$(of L112 "$mixed" --other-runner | grep -c 'this one cannot run again')" 2
    is "$(of L112 "CREATE TABLE t (a int); DROP TABLE u;" --other-runner)" ""
    is "$(of L112 "CREATE INDEX CONCURRENTLY t_a ON t (a);" --other-runner)" ""
}

@test "L104 to L106: each policy, on each kind of statement that it is about" {
    config << 'END'
policy:
  names: {table: "^[a-z_]+$", column: "^[a-z]", index: "_idx$", constraint: "^[a-z]+_"}
  required: {columns: [created_at], comments: true}
  forbidden: {features: [foreign_keys, inheritance, partitions, rules, triggers, unlogged_tables], types: [money, integer]}
END
    is "$(of L104 'CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 0)); ALTER TABLE t ADD "B" int; CREATE INDEX i_t ON t (a);
                   ALTER TABLE t RENAME TO t2; ALTER TABLE t2 RENAME COLUMN a TO "A"; CREATE INDEX ON t2 (b);' | cut -d'"' -f2)" \
        $'positive\nB\ni_t\nt2\nA'
    is "$(of L105 "CREATE TABLE t (id int); ALTER TABLE t ADD created_at date; COMMENT ON TABLE t IS 'x';
                   CREATE TEMP TABLE u (id int); CREATE TABLE v (LIKE t);")" ""
    is "$(of L105 "CREATE TABLE t (id int); COMMENT ON TABLE u IS 'x';")" \
        $'warning the table has no column "created_at" (required)\nwarning nothing says what the table is for (required)'
    is "$(of L106 "CREATE TABLE a (x text REFERENCES p); CREATE TABLE b () INHERITS (a); CREATE TABLE c (k text) PARTITION BY LIST (k);
                   CREATE TABLE d PARTITION OF c FOR VALUES IN ('x'); CREATE RULE r AS ON DELETE TO a DO NOTHING;
                   CREATE TRIGGER g BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f(); CREATE UNLOGGED TABLE e (m money, i int);
                   CREATE TABLE fine (b bigint);" | sed -E 's/^warning //; s/ (are not used|is).*//')" \
        $'foreign keys\ntables that inherit\npartitioned tables\npartitions\nrules\ntriggers\nunlogged tables\n"m"\n"i"'
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

@test "L102, L107, L115, L119: what only a live database knows" {
    local db=${BATS_TEST_NUMBER}
    psql "$(cat "$SERVER_FILE")" -qc "CREATE DATABASE lint$db"
    DB=$(sed "s/dbname=postgres/dbname=lint$db/" "$SERVER_FILE")
    psql "$DB" -qc "CREATE TABLE t (id bigint PRIMARY KEY, a int); CREATE ROLE lint_$db LOGIN; CREATE TABLE z AS SELECT i, repeat('x', 300)
                    AS v FROM generate_series(1, 40000) i; ANALYZE"
    psql "$DB" -qc 'CREATE INDEX t_a ON t (a); CREATE INDEX t_desc ON t (id DESC); CREATE TABLE "T" ("A" int); CREATE INDEX q ON "T" ("A")'
    is "$(of L102 "CREATE INDEX CONCURRENTLY t_a2 ON t (a);" --live "$DB")" 'warning "t_a" has the same columns already (redundant-index)'
    is "$(of L102 "CREATE INDEX CONCURRENTLY t_id ON t (id);" --live "$DB")" 'warning "t_pkey" has the same columns already (redundant-index)'
    is "$(of L102 "CREATE INDEX CONCURRENTLY t_i ON t (id DESC);" --live "$DB")" ""
    is "$(of L102 'CREATE INDEX CONCURRENTLY q2 ON "T" ("A");' --live "$DB")" 'warning "q" has the same columns already (redundant-index)'
    is "$(of L107 "ALTER TABLE t ADD a int;" --live "$DB")" 'error the column "a" is there already: the statement fails (named-twice)'
    is "$(of L107 "ALTER TABLE t DROP a, ADD a int;" --live "$DB")" ""
    is "$(of L115 "CREATE EXTENSION plpgsql;" --live "$DB")" \
        'error it is installed already: the statement fails (extension-not-to-be-had)'
    is "$(of L115 "ALTER EXTENSION plpgsql UPDATE TO '99';" --live "$DB")" \
        'error there is no way from its version to 99: the statement fails (extension-not-to-be-had)'
    is "$(of L115 "ALTER EXTENSION nothing UPDATE;" --live "$DB")" \
        'error it is not installed: the statement fails (extension-not-to-be-had)'
    psql "$DB" -qc "DROP EXTENSION plpgsql"
    is "$(of L115 "CREATE EXTENSION plpgsql VERSION '99';" --live "$DB")" \
        'error the server does not have version 99 of it: the statement fails (extension-not-to-be-had)'
    is "$(of L115 "CREATE EXTENSION plpgsql; ALTER EXTENSION plpgsql UPDATE;" --live "$DB")" ""
    is "$(of L115 "CREATE EXTENSION plpgsql;" --live "$DB user=lint_$db")" \
        'error this role may not install it: the statement fails (extension-not-to-be-had)'
    has "$(of L119 "CREATE INDEX CONCURRENTLY ON z (i, v);" --live "$DB")" 'MB beside what is there'
    is "$(of L119 "CREATE INDEX CONCURRENTLY ON t (a); ALTER TABLE z ADD n int;" --live "$DB")" ""
}

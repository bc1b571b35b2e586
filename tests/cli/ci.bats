load lib

# S3-100: the templates of docs/guide/ci.md, their shell taken from the page and run as the CI servers would.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

# A repository whose main branch has one migration, and a branch that adds another, checked out.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    fresh_database
    mkdir bin
    ln -s "$PGKEEL" bin/pgkeel
    export PATH=$PWD/bin:$PATH
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
    git init -q --bare -b main origin.git
    git clone -q origin.git repository 2> /dev/null
    cd repository || return 1
    git checkout -q -b main
    mkdir migrations
    cat > migrations/0001_orders.sql <<'SQL'
-- pgkeel:up
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL);
-- pgkeel:down
DROP TABLE orders;
SQL
    git add . && git commit -qm one && git push -q origin main
    git checkout -q -b feature
    cat > migrations/0002_note.sql <<'SQL'
-- pgkeel:up
ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX CONCURRENTLY orders_state ON orders (state);
-- pgkeel:down
DROP INDEX CONCURRENTLY orders_state;
ALTER TABLE orders DROP COLUMN note;
SQL
    export GITHUB_BASE_REF=main CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main
}

# pipeline HEADING: runs its steps until one fails, as $status; $log is what they wrote, $steps how many have begun.
pipeline() {
    local step
    rm -rf ../steps
    python3 "$BATS_TEST_DIRNAME/page_steps.py" "$BATS_TEST_DIRNAME/../../docs/guide/ci.md" "$1" ../steps
    steps=0
    status=0
    for step in ../steps/*.sh; do
        ((++steps))
        bash -e -o pipefail "$step" >> ../log 2>&1 < /dev/null || { status=$?; break; }
    done
    log=$(cat ../log)
    [[ $status == "${2:-0}" ]] || { echo "step $steps: exit code $status"; cat "$step"; echo "$log"; return 1; }
}

is_migrated() {
    is "$(sql "SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM pgkeel.migration")" "0001 applied, 0002 applied"
    is "$(sql "SELECT string_agg(version || ' ' || kind, ', ') FROM pgkeel.migration_event")" "${1-0002 reverted}"
}

@test "S3-100: the job for GitHub Actions: lint, dry run, up, back, up again, verify, check" {
    pipeline "GitHub Actions"
    is "$steps" 7
    is_migrated
    has "$log" "CREATE INDEX CONCURRENTLY"
    has "$log" "; nothing was run."
    python3 "$BATS_TEST_DIRNAME/read_reports.py" schema "$BATS_TEST_DIRNAME/sarif-2.1.0-subset.schema.json" pgkeel.sarif
}

@test "S3-100: the job for GitLab" {
    pipeline GitLab
    is "$steps" 1
    is_migrated
    xmllint --noout --schema "$BATS_TEST_DIRNAME/junit.xsd" lint.xml
    xmllint --noout --schema "$BATS_TEST_DIRNAME/junit.xsd" check.xml
}

@test "S3-100: the release" {
    pgkeel migrate up --to 0001
    sql "INSERT INTO orders (state) VALUES ('open')"
    pipeline "The release itself"
    is_migrated ""
}

@test "a migration that cannot be trusted ends the job before it is run" {
    echo "CREAT TABLE b (id int);" >> migrations/0002_note.sql
    sed -i '/^-- pgkeel:down/,/^ALTER/d' migrations/0002_note.sql
    pipeline "GitHub Actions" 1
    is "$steps" 2
    has "$log" 'syntax error at or near "CREAT"'
    is "$(sql "SELECT count(*) FROM pgkeel.migration")" 1
}

@test "a way back that does not work ends the job" {
    sed -i 's/^DROP INDEX.*/SELECT 1;/; s/DROP COLUMN note/DROP COLUMN notes/' migrations/0002_note.sql
    pipeline "GitHub Actions" 2
    is "$steps" 5
    has "$log" 'column "notes" of relation "orders" does not exist'
}

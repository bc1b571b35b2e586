load lib

# One report in every format, read back by the parsers of others.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    HERE=$BATS_TEST_DIRNAME
    REFERENCE=$HERE/../../docs/reference
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
        "warning public.alerts(user_id): 12 rows are new"
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

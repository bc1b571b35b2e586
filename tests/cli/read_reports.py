#!/usr/bin/env python3
"""read_reports.py COMMAND FILE...: reads reports back, for reports.bats.

  schema SCHEMA FILE     FILE is JSON and valid under the JSON Schema
  same FOLDER            report.{json,xml,sarif,github,txt} of FOLDER hold the same findings; prints how many
  prints FILE            the fingerprints of a SARIF file with check and object, one per line
  value FILE EXPRESSION  the value of a Python expression over the document d
"""
import json
import re
import sys
import xml.etree.ElementTree as xml

import jsonschema

SEVERITIES = 'info|warning|error|critical'
BEGINNING = 100  # characters of object and message that every format keeps


def load(path):
    with open(path, 'rb') as file:
        data = file.read()
    return json.loads(data.decode('utf-8'))


def clean(text):
    """Text as the formats for people show it."""
    text = text.replace('\n', '\\n')
    text = re.sub('[\x00-\x08\x0b-\x1f\x7f-\x9f]', lambda m: f'\\x{ord(m[0]):02x}', text)
    return re.sub('[\ufffe\uffff]', '\ufffd', text)


def headline(finding):
    cut = finding['object'] if finding['object'] else ''
    return clean((cut + ': ' if cut else '') + finding['message'])[:BEGINNING]


def json_findings(path):
    for finding in load(path)['findings']:
        yield finding['check'], finding['severity'], headline(finding)


def sarif_findings(path):
    run = load(path)['runs'][0]
    levels = {'info': 'note', 'warning': 'warning', 'error': 'error', 'critical': 'error'}
    for result in run['results']:
        properties = result['properties']
        assert run['tool']['driver']['rules'][result['ruleIndex']]['id'] == result['ruleId']
        assert result['level'] == levels[properties['severity']]
        assert clean(result['message']['text'])[:BEGINNING] == headline(properties)
        assert bool(properties['object']) == any('logicalLocations' in place for place in result['locations'])
        yield result['ruleId'], properties['severity'], headline(properties)


def junit_findings(path):
    tree = xml.parse(path).getroot()
    for case in tree.iter('testcase'):
        for part in [*case.findall('failure'), *case.findall('error'), *case.findall('system-out')]:
            for line in (part.text or '').split('\n'):
                match = re.fullmatch(rf'({SEVERITIES}) (.*)  \[(\S+)\]', line)
                if match:
                    yield match[3], match[1], match[2][:BEGINNING]


def unescape(text):
    for code, character in (('%0D', '\r'), ('%0A', '\n'), ('%3A', ':'), ('%2C', ','), ('%25', '%')):
        text = text.replace(code, character)
    return text


def github_findings(path):
    levels = {'notice': 'info', 'warning': 'warning', 'error': 'error'}
    with open(path, encoding='utf-8', newline='\n') as file:
        lines = file.read().split('\n')
    for line in lines[:-2]:
        match = re.fullmatch(r'::(notice|warning|error) ([^:]*)::(.*)', line)
        assert match, line
        properties = dict(item.split('=', 1) for item in match[2].split(','))
        title = unescape(properties['title'])
        critical = title.endswith(' (critical)')
        yield (title.removesuffix(' (critical)'), 'critical' if critical else levels[match[1]],
               unescape(match[3]).split('\n')[0][:BEGINNING])
    assert re.fullmatch(r'.*findings: .*', lines[-2]) and lines[-1] == ''


def text_findings(path):
    severity = None
    with open(path, encoding='utf-8', newline='\n') as file:
        for line in file.read().split('\n'):
            if re.fullmatch(rf'({SEVERITIES.upper()}) \([0-9]+\)', line):
                severity = line.split()[0].lower()
            match = re.fullmatch(r'  (.*)  \[(\S+)\]', line)
            if match:
                yield match[2], severity, re.sub('  +', ': ', match[1], 1).removeprefix(': ')[:BEGINNING]


def same(folder):
    """Where a check has failed without a finding, GitHub gets a line all the same."""
    wanted = sorted(json_findings(f'{folder}/report.json'))
    found = {row[0] for row in wanted}
    silent = [(line['check'], 'error', clean(line['note'])) for line in load(f'{folder}/report.json')['checks']
              if line['outcome'] == 'failed' and line['check'] not in found and line['note']]
    for reader, path, more in ((sarif_findings, 'report.sarif', []), (junit_findings, 'report.xml', []),
                               (github_findings, 'report.github', silent), (text_findings, 'report.txt', [])):
        got = sorted(reader(f'{folder}/{path}'))
        known = sorted(wanted + [row for row in more if row in got])
        if [row[:2] for row in got] != [row[:2] for row in known] or (path != 'report.txt' and got != known):
            print(f'{path}:')
            for row in got + ['wanted:'] + known:
                print(' ', row)
            sys.exit(1)
    print(len(wanted))


def main():
    command, *rest = sys.argv[1:]
    if command == 'schema':
        schema = load(rest[0])
        validator = jsonschema.validators.validator_for(schema)
        validator.check_schema(schema)
        for problem in validator(schema).iter_errors(load(rest[1])):
            sys.exit(f'{rest[1]}: {"/".join(map(str, problem.absolute_path))}: {problem.message[:500]}')
    elif command == 'same':
        same(rest[0])
    elif command == 'prints':
        for result in load(rest[0])['runs'][0]['results']:
            print(result['fingerprints']['pgkeel/v1'], result['ruleId'], (result['properties']['object'] or '')[:40])
    elif command == 'value':
        print(eval(rest[1], {'d': load(rest[0])}))
    else:
        sys.exit(__doc__)


main()

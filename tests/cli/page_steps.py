#!/usr/bin/env python3
"""page_steps.py PAGE HEADING FOLDER: the shell of the YAML templates under that heading of a page, as files FOLDER/NN.sh: one
per `run:` of GitHub Actions, one for all lines of a `script:` of GitLab, as their runners would do it."""
import os
import re
import sys


def template(page, heading):
    with open(page, encoding='utf-8') as file:
        section = file.read().split(f'\n## {heading}\n')[1].split('\n## ')[0]
    return '\n'.join(re.findall(r'^```yaml\n(.*?)^```', section, re.DOTALL | re.MULTILINE)).split('\n')


def indented_below(lines, at):
    indent = len(lines[at]) - len(lines[at].lstrip())
    for line in lines[at + 1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        yield line.strip()


def steps(lines):
    for at, line in enumerate(lines):
        run = re.match(r' *(?:- )?run: (.*)$', line)
        if run and run[1] == '|':
            yield '\n'.join(indented_below(lines, at))
        elif run:
            yield run[1]
        elif line.strip() == 'script:':
            yield '\n'.join(below.removeprefix('- ') for below in indented_below(lines, at))


def main():
    page, heading, folder = sys.argv[1:]
    os.makedirs(folder)
    for number, step in enumerate(steps(template(page, heading)), 1):
        with open(f'{folder}/{number:02}.sh', 'w', encoding='utf-8') as file:
            file.write(step + '\n')


main()

"""docs/benchmarks.md has a section per bench; each bench rewrites its own and leaves the others as they are."""
import re
from pathlib import Path


def sections(text):
    """The head and the sections of a page, each section with its title: ('', head), ('Transfer', '## Transfer...')."""
    parts = re.split(r"(?m)^(?=## )", text)
    return [(re.match(r"## (.*)", part).group(1) if part.startswith("## ") else "", part.rstrip() + "\n") for part in parts]


def keep_others(path, text):
    """The text, and behind it the sections that stand in the file and not in the text."""
    own = {title for title, _ in sections(text)}
    old = sections(Path(path).read_text(encoding="utf-8")) if Path(path).exists() else []
    return "\n".join([text.rstrip() + "\n", *(part for title, part in old if title not in own)])


def put_section(path, section):
    """Replaces the section of that title, or adds it at the end."""
    title = re.match(r"## (.*)", section).group(1)
    old = sections(Path(path).read_text(encoding="utf-8")) if Path(path).exists() else []
    found = any(name == title for name, _ in old)
    parts = [section.rstrip() + "\n" if name == title else part for name, part in old]
    Path(path).write_text("\n".join(parts if found else [*parts, section.rstrip() + "\n"]), encoding="utf-8")

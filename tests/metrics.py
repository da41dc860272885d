"""Prometheus' text format 0.0.4 as a scraper reads it: whatever breaks one of its rules is refused."""

import re

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*),?\}})? (\S+)")
_COMMENT = re.compile(rf"# (HELP|TYPE) ({_NAME}) (.+)")
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse(text: str) -> Samples:
    """Return the samples by name and labels. Raises ValueError for a line that no scraper would take."""
    if text and not text.endswith("\n"):
        raise ValueError("the last line must end with a line feed")
    samples: Samples = {}
    typed: set[str] = set()
    seen: list[str] = []
    for line in text.splitlines():
        if comment := _COMMENT.fullmatch(line):
            kind, name, said = comment.groups()
            if kind == "TYPE":
                if name in typed or name in seen or said not in ("gauge", "counter", "untyped"):
                    raise ValueError(f"one TYPE for each metric, before its samples: {line}")
                typed.add(name)
            continue
        sample = _SAMPLE.fullmatch(line)
        if sample is None:
            raise ValueError(f"neither a comment nor a sample: {line}")
        name, labels, value = sample.groups()
        if name in seen and seen[-1] != name:
            raise ValueError(f"all samples of a metric stand together: {line}")
        seen.append(name)
        key = (name, tuple(_label(each) for each in re.findall(_LABEL, labels or "")))
        if key in samples or name not in typed:
            raise ValueError(f"each sample once, and of a kind that was said: {line}")
        samples[key] = float(value)
    return samples


def _label(said: str) -> tuple[str, str]:
    name, _equals, value = said.partition("=")
    return name, re.sub(r'\\["\\n]', lambda found: _ESCAPES[found.group()], value[1:-1])

"""What waiide-init has logged, by kind."""

import json
import re
from collections import Counter

# What is logged of an end that the benchmark itself brings about.
BROUGHT_ABOUT = "warn: waiide-init: ide was ended by SIGKILL: starting it again"


def kinds(path, since=0):
    """Its warnings and errors from this byte on, and what is no JSON, each counted without its numbers."""
    found = Counter()
    for line in path.read_bytes()[since:].decode(errors="replace").splitlines():
        level, text = parsed(line)
        if level in ("warn", "error"):
            found[f"{level}: {text}"] += 1
    return found


def parsed(line):
    try:
        entry = json.loads(line)
        level, text = entry.get("level", "").lower(), entry["message"]
    except (ValueError, KeyError, AttributeError):
        return "error", f"not JSON: {line[:100]}"
    if not level and entry["service"] in ("gateway", "waiide-init"):
        found = re.search(r"\b(WARN|ERROR)\b|panicked", text)
        level = "" if not found else "warn" if found.group(0) == "WARN" else "error"
    return level, f"{entry['service']}: {re.sub(r'[0-9]+', 'N', text)[:160]}"

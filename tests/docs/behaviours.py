"""Holds the table of behaviours in docs/supervision.md against the tests.

usage: behaviours.py DOCUMENT PROGRAM...

Every number from 1 to 98 has one row, in order, and the test that a row names
is a case of one of the Boost programs.
"""

import re
import subprocess
import sys

NUMBERS = range(1, 99)
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| `(\w+)` \|([^|]*)\|$")


def rows_of(path):
    with open(path, encoding="utf-8") as document:
        lines = [x.rstrip("\n") for x in document if re.match(r"\| \d", x)]
    bad = [x for x in lines if not ROW.match(x)]
    return [ROW.match(x).groups() for x in lines if ROW.match(x)], bad


def cases_of(program):
    listing = subprocess.run([program, "--list_content"], check=True,
                             capture_output=True, text=True)
    return re.findall(r"^\s*(\w+)\*?:?", listing.stdout + listing.stderr,
                      re.MULTILINE)


def main(document, programs):
    rows, problems = rows_of(document)
    problems = [f"not a row of the table: {x}" for x in problems]
    numbers = [int(x[0]) for x in rows]
    if numbers != list(NUMBERS):
        missing = sorted(set(NUMBERS) - set(numbers))
        problems.append(f"rows must be 1 to 98 in order; missing: {missing}")
    cases = {x for program in programs for x in cases_of(program)}
    for number, _, case, _ in rows:
        if case not in cases:
            problems.append(f"{number}: there is no test `{case}`")
    print("\n".join(problems) or f"{len(rows)} behaviours, each with a test")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

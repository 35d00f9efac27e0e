#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The code blocks of a document: blocks.py DOCUMENT WHERE writes each to a file of its own, and prints a line for each.

A block's fence says what it is: sh, commands that are run as they are; console, commands behind "$ " and what they say,
where "[…]" stands for anything. A comment before it, which no reader sees, says where that is done, and why:

    <!-- run by FILE -->       a test of its own does it, and names the document
    <!-- in: PLACE -->         it is run in what test_docs.sh prepared there, rather than in the source
    <!-- not run: REASON -->   nobody does

Every line printed is KIND, FILE, LINE, REMARK, separated by tabs; KIND is run, console, elsewhere, or not. Blocks in other
languages are not commands, and an indented block that has commands in it is an error: a reader could not tell.
"""
import pathlib
import re
import sys
import textwrap

FENCE = re.compile(r"^ *```(\w*)$")
REMARK = re.compile(r"^<!-- (run by|in:|not run:) (.*) -->$")


def blocks(lines):
    """Language, comment before it, number of the first line, lines."""
    above, number = "", 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if fence:
            end = next(n for n in range(number + 1, len(lines)) if FENCE.match(lines[n]))
            yield fence.group(1), above, number + 2, lines[number + 1:end]
            number = end
        elif lines[number].startswith("    $ "):
            sys.exit(f"line {number + 1}: commands belong between ```sh or ```console")
        if lines[number].strip():
            above = lines[number]
        number += 1


def main(document, where):
    for language, above, line, text in blocks(pathlib.Path(document).read_text().split("\n")):
        if language not in ("sh", "console"):
            continue
        remark = REMARK.match(above.strip())
        said, rest = remark.groups() if remark else ("", "")
        kind = {"run by": "elsewhere", "not run:": "not"}.get(said, "run" if language == "sh" else "console")
        file = pathlib.Path(where, f"{pathlib.Path(document).stem}-{line}")
        file.write_text(textwrap.dedent("\n".join(text) + "\n"))
        print(kind, file, line, rest, sep="\t")


def doctest(file, said):
    """Whether what a console block's commands said is what it says: the commands, for a shell; or compare."""
    number, wanted = 0, {}
    for line in pathlib.Path(file).read_text().splitlines():
        if line.startswith("$ "):
            number += 1
            wanted[number] = []
            if not said:
                # One after the other: where both are the same object, the log would go to syslog.
                print(f"{{ {line[2:]}\n}} >{file}.{number} 2>{file}.errors; cat {file}.errors >>{file}.{number}")
        else:
            wanted[number].append(re.escape(line).replace(re.escape("[…]"), ".*"))
    for number, lines in wanted.items() if said else ():
        got = pathlib.Path(f"{file}.{number}").read_text()
        if not re.fullmatch("".join(line + "\n" for line in lines), got):
            sys.exit(f"{file}, command {number}, said:\n{got}")


if sys.argv[1] in ("--commands", "--compare"):
    doctest(sys.argv[2], sys.argv[1] == "--compare")
else:
    main(*sys.argv[1:])

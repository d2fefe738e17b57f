"""The checker behind test_reports.py: what docs/reports.md says against what the sources say.

`read_tree` reads rows, scenarios, tests and steps without a build; `faults` gives one text for each thing that is wrong.
"""
import dataclasses
import glob
import os
import re
import shlex
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "docs/reports.md"
# Races that no explorer can show, all of report 002: threads in one library call, speed, the pages.
WITHOUT_SCENARIO = {"2314": "mastering", "2213": "mastering", "2077": "mastering",
                    "2486": "web", "2487": "web", "2488": "web"}
# Where each part will be; what matches exists.
PARTS = {"library": "core/library", "rooms": "core/sendspin/rooms.*", "mastering": "core/sound/master.*",
         "sessions": "core/chat", "web": "web/src"}
# What else each report says, as the items of its lines: causes, fixes, steps, tests.
ITEMS = {"000": {"cause": 5, "fix": 6, "step": 7, "test": 6, "next steps": 1},
         "001": {"fix": 7, "test": 5, "performance": 4, "future": 4},
         "002": {"fix": 5, "other safe patterns": 4},
         "003": {"root cause": 1, "priority": 4, "step": 4, "test suite": 1},
         "004": {r"suite \d, ": 18, "phase 1": 1, "phase 2, fix": 9, "phase 3": 1, "architecture": 4}}
CELLS = ("item", "claimed", "true", "impossible", "shown")


@dataclasses.dataclass(frozen=True)
class Row:
    report: str
    waits: str = ""     # the part, "" when nothing
    shipped: tuple = ()  # scenarios of the shipped machines
    tested: str = ""    # or where its shipped half is tested: 'folder: "name of a case"'


@dataclasses.dataclass(frozen=True)
class Tree:
    """What the sources say."""
    rows: dict         # id: Row
    scenarios: set     # everything that `--scenario` takes
    steps: list        # of ./test
    cases: dict        # name of a TEST_CASE: its folder
    methods: dict      # name of a Python test: its folder
    parts: set         # those that exist


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def sources(*patterns):
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True)):
            yield os.path.relpath(path, ROOT)


def read_row(path):
    text = read(path)
    [(name, report)] = re.findall(r'Row row\{\s*"([^"]+)",\s*"([^"]+)"', text)
    waits = re.findall(r'row\.waits = "([^"]+)"', text)
    shipped = re.findall(r"row\.shipped = \{([^}]*)\}", text)
    tested = re.findall(r'row\.tested = "((?:[^"\\]|\\.)+)"', text)
    return name, Row(report, waits[0] if waits else "", tuple(re.findall(r'"([^"]+)"', shipped[0])) if shipped else (),
                     tested[0].replace('\\"', '"') if tested else "")


def read_scenarios(rows):
    found = set(rows)
    for path in sources("sim/races/row_*.cpp"):
        found |= set(re.findall(r'explore::scenario<\w+>\(\s*"([^"]+)"', read(path)))
    for path in sources("sim/races/*_scenario.cpp"):
        found |= set(re.findall(r'return \{\s*\{"([^"]+)",', read(path)))
    sizes = re.findall(r"server_plan\((\d), (\d)\)", read("sim/races/scenarios.cpp"))
    return found | {f"server {edges}x{clients}" for edges, clients in sizes}


def read_cases():
    text = r'"(?:[^"\\]|\\.)*"'
    return {"".join(part[1:-1] for part in re.findall(text, names)): os.path.dirname(path)
            for path in sources("core/**/*_test.cpp", "shell/**/*_test.cpp", "sim/**/*_test.cpp")
            for names in re.findall(rf"TEST_CASE\(\s*((?:{text}\s*)+)\)", read(path))}


def read_tree():
    rows = dict(read_row(path) for path in sources("sim/races/row_*.cpp"))
    steps = subprocess.run(["python3", os.path.join(ROOT, "tools/run_tests.py"), "--list"], capture_output=True, text=True,
                           check=True).stdout.split()
    methods = {name: os.path.dirname(path) for path in sources("tests/**/test_*.py")
               for name in re.findall(r"^    def (test_\w+)\(", read(path), re.M)}
    parts = {part for part, place in PARTS.items() if glob.glob(os.path.join(ROOT, place))}
    return Tree(rows, read_scenarios(rows), steps, read_cases(), methods, parts)


def is_step(name, tree):
    """As tools/run_tests.py understands a name."""
    return any(name in (step, step.split(":")[0]) or step.startswith(name + "/") or step.endswith(":" + name)
               for step in tree.steps)


def command_faults(command, tree):
    words = shlex.split(command)
    if words[0] == "./test":
        return [f"{command}: no such step" for word in words[1:] if word != "--long" and not is_step(word, tree)]
    known = {"--scenario": tree.scenarios, "--report": {row.report for row in tree.rows.values()}}
    if len(words) != 4 or words[2] not in known:
        return [f"{command}: only with --scenario or --report"]
    return [] if words[3] in known[words[2]] else [f"{command}: there is none of this name"]


def commands(line):
    indented = [line.strip()] if line.startswith("    ") else []
    return [text for text in indented + re.findall(r"`([^`]+)`", line) if re.match(r"(tutti explore|\./test)\b", text)]


def tests_named(line):
    """Cases stand in double quotes, methods in backticks."""
    return re.findall(r'"([^"]*)"', re.sub(r"`[^`]*`", "", line)), re.findall(r"`(test_\w+)`", line)


def line_faults(line, tree):
    """What a line of text names and the tree does not have."""
    out = [fault for command in commands(line) for fault in command_faults(command, tree)]
    for name in re.findall(r"`((?:[\w.-]+/)+[\w.*-]*|[\w-]+\.(?:cpp|hpp|py|md))`", line):
        if not name.startswith(("./", "build/")) and not os.path.exists(os.path.join(ROOT, name)):
            out.append(f"{name}: there is no such file")
    asked = {word for command in commands(line) if command.startswith("./test") for word in shlex.split(command)[1:]}
    for names, known in zip(tests_named(line), (tree.cases, tree.methods)):
        for name in names:
            if name not in known:
                out.append(f"{name}: there is no such test")
            elif asked and not asked & {known[name], known[name].removeprefix("tests/")}:
                out.append(f"{name}: is no test of {', '.join(sorted(asked))}")
    for part in re.findall(r"with the part: (\w+)", line):
        if part not in PARTS:
            out.append(f"{part}: there is no such part")
        elif part in tree.parts:
            out.append(f"still waits for {part}, which exists: {line[:40]}")
    return out


def sections(text):
    """Each line of the page with the report it stands under."""
    report = ""
    for line in text.splitlines():
        if line.startswith("## "):
            found = re.match(r"## Report (\d{3}):", line)
            report = found[1] if found else "beyond" if line == "## Found beyond the reports" else ""
        yield report, line


def table(text):
    """(report, cells) of each line of a table, and faults of form."""
    lines, out = [], []
    for report, line in sections(text):
        if not line.startswith("|") or line.startswith(("|---", "| item |")):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != len(CELLS) or not all(cells):
            out.append(f"{cells[0]}: {len([c for c in cells if c])} cells instead of {len(CELLS)}")
            continue
        lines.append((report, dict(zip(CELLS, cells))))
    return lines, out


def shown_faults(cells):
    waits = "with the part: " in cells["impossible"]
    shown = commands(cells["shown"]) or any(tests_named(cells["shown"]))
    due = cells["shown"].startswith("due with the part") and waits
    return [] if shown or due else [f"{cells['item']}: nothing shows it"]


def row_faults(name, row, lines, tree):
    """The lines of one race: one, under its report, showing itself, waiting for what its row waits for."""
    mine = [cells for report, cells in lines if report == row.report and cells["item"] == name]
    if len(mine) != 1:
        return [f"{name}: {len(mine)} lines under report {row.report}"]
    out, cells = [], mine[0]
    own = any(shlex.split(command)[2:] == ["--scenario", name] for command in commands(cells["shown"]))
    if name not in WITHOUT_SCENARIO and not own:
        out.append(f"{name}: does not show its own scenario")
    told = set(re.findall(r"with the part: (\w+)", cells["impossible"]))
    # A race without a scenario says itself when its part has it.
    if told != ({row.waits} - {""}) and not (name in WITHOUT_SCENARIO and not told and row.waits in tree.parts):
        out.append(f"{name}: says that it waits for {sorted(told)}, its row says {row.waits or 'nothing'}")
    if row.tested and not any(f'{folder}: "{case}"' == row.tested for case, folder in tree.cases.items()):
        out.append(f"{name}: there is no test {row.tested}")
    if row.waits in tree.parts and not row.shipped and name not in WITHOUT_SCENARIO:
        out.append(f"{name}: its row still waits for {row.waits}, which exists")
    return out


def item_faults(lines):
    items = {(report, cells["item"]) for report, cells in lines}
    counts = {(report, kind): sum(r == report and re.match(kind, item) is not None for r, item in items)
              for report, kinds in ITEMS.items() for kind in kinds}
    return [f"report {report}, {kind}: {count} lines instead of {ITEMS[report][kind]}"
            for (report, kind), count in counts.items() if count != ITEMS[report][kind]]


def faults(text, tree):
    lines, out = table(text)
    out += item_faults(lines)
    for line in text.splitlines():
        out += line_faults(line, tree)
    for _, cells in lines:
        out += shown_faults(cells)
    without = {name: Row("002", waits=part) for name, part in WITHOUT_SCENARIO.items()}
    for name, row in {**tree.rows, **without}.items():
        out += row_faults(name, row, lines, tree)
    return out

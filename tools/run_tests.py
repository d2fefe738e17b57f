#!/usr/bin/env python3
"""Runs the steps of ./test, prints one line a step, and ends with 'N passed, N failed'.

A step is a name, the build it needs and a command. `--long` gives the same steps larger numbers through TUTTI_LONG=1.
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
JOBS = os.environ.get("TUTTI_JOBS", "2")
# Only what starts threads is worth ThreadSanitizer's time.
# Steps that run programs: asked for by name they are built first.
BUILT = {"explore", "e2e", "page", "bench", "differential", "tools"}
TSAN = ["shell_loop_test", "shell_net_test", "shell_store_test", "shell_app_test"]


def run(command, log, timeout, env=None):
    with open(log, "ab") as out:
        out.write(f"\n$ {' '.join(command)}\n".encode())
        out.flush()
        try:
            return subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                  timeout=timeout, env={**os.environ, **(env or {})}, check=False).returncode
        except subprocess.TimeoutExpired:
            out.write(f"\ntimeout after {timeout} s\n".encode())
            return 124


class Steps:
    def __init__(self, args):
        self.args = args
        self.passed = self.failed = 0
        self.logs = os.path.join(ROOT, "build", "test-logs")
        os.makedirs(self.logs, exist_ok=True)

    def wanted(self, name):
        return not self.args.names or any(name == n or name.startswith(n + "/") or name.endswith(":" + n)
                                          or name.split(":")[0] == n for n in self.args.names)

    def step(self, name, command, timeout=600, env=None):
        if not self.wanted(name):
            return True
        if self.args.list:
            print(name)
            return True
        log = os.path.join(self.logs, name.replace("/", "_").replace(":", "-") + ".log")
        open(log, "wb").close()
        begin = time.monotonic()
        code = run(command, log, timeout * (40 if self.args.long else 1), env)
        ok = code == 0
        self.passed += ok
        self.failed += not ok
        print(f"{'pass' if ok else 'FAIL'}  {name:<32} {time.monotonic() - begin:7.1f} s", flush=True)
        with open(log, errors="replace") as text:  # what was not run is said, also when all else passed
            for line in text:
                if " ... skipped " in line or "NOT RUN" in line:
                    print("      " + line.strip(), flush=True)
        if not ok:
            with open(log, errors="replace") as text:
                print("".join("      " + line for line in text.readlines()[-40:]), flush=True)
        return ok

    def built(self, preset, targets):
        """Configures where needed and builds; a failed build is a failed step."""
        folder = os.path.join(ROOT, "build", preset)
        if not os.path.exists(os.path.join(folder, "build.ninja")):
            if not self.step(f"configure:{preset}", ["cmake", "--preset", preset]):
                return False
        return self.step(f"build:{preset}", ["ninja", "-C", folder, "-j", JOBS, *targets], timeout=3000)


def modules():
    found = set()
    for path in glob.glob(os.path.join(ROOT, "*", "*", "**", "*_test.cpp"), recursive=True):
        found.add(os.path.relpath(os.path.dirname(path), ROOT))
    return sorted(m for m in found if m.split("/")[0] in ("core", "shell", "sim"))


def binary(module):
    return module.replace("/", "_") + "_test"


def module_steps(steps, preset, chosen):
    env = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1", "UBSAN_OPTIONS": "print_stacktrace=1",
           # libav, TagLib and SQLite are not instrumented: what they lock is not seen.
           "TSAN_OPTIONS": "halt_on_error=1:ignore_noninstrumented_modules=1"}
    for module in chosen:
        steps.step(f"{module}:{preset}", [os.path.join("build", preset, binary(module))], env=env)


def mutant_step(steps, preset, chosen):
    """The scenarios over the core with each guard switched off in turn."""
    if "sim/races" in chosen and (steps.args.list or steps.built(preset, ["sim_races_mutants_test"])):
        steps.step(f"sim/races/mutants:{preset}", [os.path.join("build", preset, "sim_races_mutants_test")])


def python_tests(steps, name, folder, build=None, pattern="test_*.py", timeout=600):
    steps.step(name, ["python3", "-m", "unittest", "discover", "-s", folder, "-p", pattern, "-v"], timeout=timeout,
               env={"E2E_BUILD": build} if build else None)


def fuzz_steps(steps):
    """Each target for some seconds, from a copy of its seeds: what is found stays below build/."""
    seconds = 120 if steps.args.long else 5
    found = glob.glob(os.path.join(ROOT, "fuzz", "*_fuzz.cpp"))
    chosen = [name for name in sorted(os.path.basename(path)[:-len("_fuzz.cpp")] for path in found) if steps.wanted("fuzz:" + name)]
    if steps.args.names and chosen:
        steps.args.names += ["configure:fuzz", "build:fuzz"]
    if not chosen or not steps.built("fuzz", ["fuzz_" + name for name in chosen]):
        return
    for name in chosen:
        corpus = os.path.join(ROOT, "build", "corpus", name)
        if not steps.args.list:
            shutil.copytree(os.path.join(ROOT, "golden", "fuzz", name), corpus, dirs_exist_ok=True)
        steps.step("fuzz:" + name, [os.path.join("build", "fuzz", "fuzz_" + name), f"-max_total_time={seconds}", "-timeout=10",
                                    f"-artifact_prefix={corpus}-", corpus], timeout=seconds + 60)


def differential_step(steps):
    """Against npm's ws, which is installed where it is not or where the lock file is newer."""
    folder = "tests/differential"
    install = f"[ {folder}/node_modules/.package-lock.json -nt {folder}/package-lock.json ] || npm ci --no-audit --no-fund --prefix {folder}"
    steps.step("differential", ["sh", "-c", f"{{ {install}; }} && ninja -C build/release ws_driver && "
                                f"node {folder}/ws_differential.mjs --driver build/release/ws_driver"])


def everything(steps, chosen):
    if steps.built("release", ["all"]):
        module_steps(steps, "release", chosen)
        mutant_step(steps, "release", chosen)
        # Every row and every shipped scenario with all their schedules: 10 million over wrong variants and a million
        # over the shipped machines; in the long form 100 times and 10 times as many.
        steps.step("explore", ["build/release/tutti", "explore", "--all", "--json", "--trace", "build/test-logs/violation.trace", *(["--times", "100"] if steps.args.long else [])])
        python_tests(steps, "tools", "tests/tools")
        python_tests(steps, "page", "tests/page")
        python_tests(steps, "bench", "tests/bench")
        python_tests(steps, "e2e:release", "tests/e2e", "build/release")
        differential_step(steps)
    if steps.built("asan", ["tutti", *map(binary, chosen)]):
        module_steps(steps, "asan", chosen)
        python_tests(steps, "e2e:asan", "tests/e2e", "build/asan")
    threaded = [m for m in chosen if binary(m) in TSAN]
    if steps.built("tsan", ["tutti", *map(binary, threaded)]):
        module_steps(steps, "tsan", threaded)
        python_tests(steps, "e2e:tsan", "tests/e2e", "build/tsan", "test_session.py")
    if steps.step("configure:tidy", ["cmake", "--preset", "tidy"]):
        steps.step("tidy", ["tools/tidy", *(["--all"] if steps.args.long else [])], timeout=1500)
    fuzz_steps(steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--update-images", action="store_true", help="renew the pictures of the README")
    args = parser.parse_args()
    if args.update_images:
        os.environ["UPDATE_IMAGES"] = "1"
    if args.long:
        os.environ["TUTTI_LONG"] = "1"
    steps = Steps(args)
    only = [m for m in modules() if steps.wanted(m + ":release") or steps.wanted(m)] if args.names else modules()

    steps.step("layers", ["tools/layers", "--headers"])
    steps.step("format", ["bash", "-c", "git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 --dry-run --Werror"])
    if args.names and only and not args.list:  # one module: the quick loop of a developer
        args.names += ["build", "configure"]
        if steps.built("dev", [binary(m) for m in only]):
            module_steps(steps, "dev", only)
            mutant_step(steps, "dev", only)
    else:
        if BUILT & {name.split(":")[0] for name in args.names}:
            args.names += ["build", "configure"]
        everything(steps, only)
    if args.list:
        return 0
    if steps.passed + steps.failed == 0:
        print(f"error: no step is called {' '.join(args.names)}; see ./test --list")
        return 2
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    sys.exit(main())

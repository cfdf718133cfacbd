"""Graders side by side: ``python -m benchmarks.grading``; writes ``results/grading.json``.

Every round runs each contender once, so that what else the machine does hits all alike. Rates are
submissions (notebooks) a minute: by the clock, and by the processor time of all that was started,
which other work on the machine hardly changes. The ratios are of processor time, per core.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.manifest import MANIFESTS
from benchmarks import contenders
from benchmarks.contenders import Class
from benchmarks.spending import Spent

RESULT = Path(__file__).parent / "results/grading.json"
GOALS = {"ratio_to_stock": 25, "ratio_to_floor": 3, "ratio_feedback": 5}
Contender = Callable[[Class, int, set[int]], Spent]


def main() -> None:
    """Runs the rounds, prints a table, writes the result."""
    parser = argparse.ArgumentParser(description="Our grader beside others, in one run.")
    parser.add_argument("--quick", action="store_true", help="fewer notebooks and rounds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--slugs", nargs="*", help="these assignments (default: all released)")
    parser.add_argument("--rounds", type=int, help="how often (default 3; quick 1)")
    parser.add_argument("--sizes", type=int, nargs="*", help="of our class (default 20 200 2000)")
    parser.add_argument("--stock", type=int, help="notebooks for the others (default 10; quick 4)")
    asked = parser.parse_args()
    slugs = tuple(asked.slugs or sorted(path.stem for path in MANIFESTS.glob("*.json")))
    sizes = asked.sizes or ([20, 60] if asked.quick else [20, 200, 2000])
    rounds = asked.rounds or (1 if asked.quick else 3)
    few = asked.stock or (4 if asked.quick else 10)
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        the = Class(Path(folder), slugs)
        runs, why = measure(the, plan(sizes, few), rounds, console)
        agreement = agree(the)
        memory = memory_of_ours(the, sizes[0])
    result = summarise(runs, why, agreement, memory, sizes, rounds, the)
    if not asked.quick:
        RESULT.write_text(json.dumps(result, indent=2) + "\n")
    if asked.json:
        print(json.dumps(result, indent=2))
    else:
        show(result, Console())


def plan(sizes: list[int], few: int) -> list[tuple[str, Contender, int, int]]:
    """Each line of the table: its name, contender, number of notebooks and of cores."""
    cores = [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]
    lines: list[tuple[str, Contender, int, int]] = []
    for n in cores:
        lines += [("ours", contenders.ours, size, n) for size in sizes]
        if n == 1:
            lines += [
                ("our feedback", contenders.ours_feedback, sizes[-1], 1),
                ("floor", contenders.floor, sizes[0], 1),
                ("floor", contenders.floor, min(sizes[-1], 200), 1),
                ("nbgrader autograde", contenders.stock, few, 1),
                ("otter run", contenders.otter, max(2, few // 2), 1),
            ]
        else:
            lines.append(("nbgrader autograde, a process a core", contenders.parallel, few, n))
    # Last, because it writes into the folder of our feedback.
    lines.append(("our feedback", contenders.ours_feedback, sizes[0], 1))
    lines.append(("nbgrader generate_feedback", contenders.stock_feedback, sizes[0], 1))
    return lines


def measure(
    the: Class, lines: list[tuple[str, Contender, int, int]], rounds: int, console: Console
) -> tuple[dict, dict[str, str]]:
    """What each line spent in each round, and why a line has nothing."""
    runs: dict[tuple[str, int, int], list[Spent]] = defaultdict(list)
    why: dict[str, str] = {}
    order = sorted(os.sched_getaffinity(0))
    graded = 0  # the size of the class in our course, whose verdicts feedback is made from
    for number in range(rounds):
        for name, contender, count, cores in lines:
            if name in why:
                continue
            if "feedback" in name and graded != count:
                contenders.ours(the, count, {order[0]})
            graded = count if name == "ours" or "feedback" in name else graded
            try:
                spent = contender(the, count, set(order[:cores]))
            except RuntimeError as error:
                why[name] = str(error)
                continue
            runs[name, the.count(count), cores].append(spent)
            console.print(
                f"round {number + 1}: {name}, {the.count(count)} on {cores}: "
                f"{spent.wall:.1f} s, {spent.cpu:.1f} s of processor",
                highlight=False,
            )
    return runs, why


def agree(the: Class) -> dict[str, int]:
    """How many exercises the contenders judged in common, and how many otherwise than the floor."""
    floor = contenders.floor_points(the, 0)
    found = {}
    for name, read in (("ours", contenders.our_points), ("stock", contenders.stock_points)):
        if name in the.made:
            points = read(the.made[name])
            common = points.keys() & floor.keys()
            found[f"{name}_in_common"] = len(common)
            found[f"{name}_otherwise"] = sum(points[key] != floor[key] for key in common)
    return found


# ---------------------------------------------------------------- memory


def memory_of_ours(the: Class, count: int) -> dict[str, float]:
    """MiB (PSS) of each process of a run of ours, measured twenty times a second; its maxima."""
    peaks: dict[str, float] = defaultdict(float)
    done = threading.Event()
    grader = os.getpid()
    watcher = threading.Thread(target=_watch, args=(grader, peaks, done), daemon=True)
    watcher.start()
    contenders.ours(the, count, {min(os.sched_getaffinity(0))})
    done.set()
    watcher.join()
    return {name: round(peak / 1024, 1) for name, peak in peaks.items()}


def _watch(root: int, peaks: dict[str, float], done: threading.Event) -> None:
    while not done.wait(0.05):
        sums: dict[str, float] = defaultdict(float)
        for pid in _below(root):
            with suppress(OSError, IndexError, ValueError):
                command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                pss = float(rollup.split("\nPss:")[1].split()[0])
                sums[_role(pid, command)] += pss
        for name, size in sums.items():
            peaks[name] = max(peaks[name], size)
        for folder in Path("/sys/fs/cgroup/memory").rglob("attnbook-*"):
            with suppress(OSError):
                most = int((folder / "memory.max_usage_in_bytes").read_text()) / 1024
                peaks["submission_cgroup_peak_mb"] = max(peaks["submission_cgroup_peak_mb"], most)


def _role(pid: int, command: str) -> str:
    if _is_parents(command):
        above = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        forked = _is_parents(Path(f"/proc/{above}/cmdline").read_text().replace("\0", " "))
        return "submission_peak_mb" if forked else "parent_peak_mb"
    return "grader_peak_mb" if "autograder.cli" in command else "others_peak_mb"


def _is_parents(command: str) -> bool:
    """Whether it is the warm parent's or a fork's, and not of what started it (bubblewrap)."""
    return "python" in command.split(" ")[0] and "inside.parent" in command


def _below(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text().split())
    return children + [below for child in children for below in _below(child)]


# ---------------------------------------------------------------- the result


def summarise(runs, why, agreement, memory, sizes, rounds, the) -> dict:
    """One JSON object: a line a contender, the ratios, the goals."""
    lines = []
    for (name, count, cores), spents in runs.items():
        cpu = sorted(spent.cpu / count for spent in spents)
        wall = sorted(spent.wall / count for spent in spents)
        middle = statistics.median(cpu)
        lines.append({
            "name": name,
            "notebooks": count,
            "cores": cores,
            "cpu_seconds_each": [round(value, 4) for value in (middle, cpu[0], cpu[-1])],
            "wall_seconds_each": [
                round(value, 4) for value in (statistics.median(wall), wall[0], wall[-1])
            ],
            "a_minute_per_core": round(60 / middle, 1),
            "a_minute_by_the_clock": round(60 / statistics.median(wall), 1),
        })  # fmt: skip

    def cost(name: str, cores: int = 1, largest: bool = True) -> float | None:
        found = [line for line in lines if line["name"] == name and line["cores"] == cores]
        found.sort(key=lambda line: line["notebooks"])
        return found[-1 if largest else 0]["cpu_seconds_each"][0] if found else None

    def each_more(name: str) -> float | None:
        """What one notebook more costs: from the smallest class to the largest."""
        found = [line for line in lines if line["name"] == name and line["cores"] == 1]
        found.sort(key=lambda line: line["notebooks"])
        if len(found) < 2:
            return None
        least, most = (
            line["notebooks"] * line["cpu_seconds_each"][0] for line in found[:: len(found) - 1]
        )
        return round((most - least) / (found[-1]["notebooks"] - found[0]["notebooks"]), 4)

    ours = cost("ours")
    result = {
        "command": "python -m benchmarks.grading",
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "load": [round(value, 1) for value in os.getloadavg()],
        "versions": {"python": platform.python_version(), **_versions("nbgrader", "torch")},
        "assignments": list(the.slugs),
        "rounds": rounds,
        "lines": lines,
        "left_out": why,
        "ratio_to_stock": _ratio(cost("nbgrader autograde"), ours),
        "ratio_to_floor": _ratio(ours, cost("floor")),
        "ratio_feedback": _ratio(
            cost("nbgrader generate_feedback"), cost("our feedback", largest=False)
        ),
        "ratio_to_otter": _ratio(cost("otter run"), ours),
        "largest_to_smallest_class": _ratio(ours, cost("ours", largest=False)),
        "cpu_seconds_each_more": {name: each_more(name) for name in ("ours", "floor")},
        "agreement": agreement,
        "memory": memory,
        "goals": GOALS,
    }
    result["reached"] = {
        "ratio_to_stock": (result["ratio_to_stock"] or 0) >= GOALS["ratio_to_stock"],
        "ratio_to_floor": (result["ratio_to_floor"] or 99) <= GOALS["ratio_to_floor"],
        "ratio_feedback": (result["ratio_feedback"] or 0) >= GOALS["ratio_feedback"],
        "flat": (result["largest_to_smallest_class"] or 99) <= 1.1,
    }
    return result


def _ratio(above: float | None, below: float | None) -> float | None:
    return round(above / below, 2) if above and below else None


def _processor() -> str:
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return platform.machine()


def _versions(*packages: str) -> dict[str, str]:
    from importlib.metadata import version

    return {package: version(package) for package in packages}


def show(result: dict, console: Console) -> None:
    """The table, and how far the goals were reached."""
    table = Table(title="Seconds a notebook: median (least to most)")
    for heading in ("", "notebooks", "cores", "processor", "clock", "a minute, per core"):
        table.add_column(heading, justify="left" if not heading else "right")
    for line in result["lines"]:
        times = (
            "{:.3f} ({:.3f} to {:.3f})".format(*line[key])
            for key in ("cpu_seconds_each", "wall_seconds_each")
        )
        rate = f"{line['a_minute_per_core']:g}"
        table.add_row(line["name"], str(line["notebooks"]), str(line["cores"]), *times, rate)
    console.print(table)
    for name, because in result["left_out"].items():
        console.print(f"{name}: not measured: {because}", highlight=False)
    reached, goals = result["reached"], result["goals"]
    said = {
        "ratio_to_stock": f"nbgrader's cost over ours: {result['ratio_to_stock']} "
        f"(goal: at least {goals['ratio_to_stock']})",
        "ratio_to_floor": f"our cost over the floor's: {result['ratio_to_floor']} "
        f"(goal: at most {goals['ratio_to_floor']})",
        "ratio_feedback": f"nbgrader's feedback over ours: {result['ratio_feedback']} "
        f"(goal: at least {goals['ratio_feedback']})",
        "flat": f"the largest class over the smallest, a notebook: "
        f"{result['largest_to_smallest_class']} (goal: at most 1.1)",
    }
    for name, sentence in said.items():
        console.print(f"{'reached' if reached[name] else 'MISSED '}  {sentence}", highlight=False)
    console.print(f"each notebook more, s: {result['cpu_seconds_each_more']}", highlight=False)
    console.print(f"agreement with the floor: {result['agreement']}", highlight=False)
    console.print(f"memory, MiB of PSS at most: {result['memory']}", highlight=False)


if __name__ == "__main__":
    start = time.perf_counter()
    main()
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)

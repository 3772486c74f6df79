"""usage: python -m bench [--json FILE] [--quick] [--only NAME[,NAME…]] [--suite]

Measures the budgets, prints them, and writes docs/benchmarks.md. Exit status 0 when everything could be measured (a
missed budget is a finding, named in the table, and not a failure of the bench), 1 when something could not.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import machine, report
from bench.figures import Figure, Group

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Measurement:
    """One group of figures: how it is called, and what makes it. `quick` asks for the smallest honest run."""

    name: str
    title: str
    run: Callable[[bool], list[Figure]]


def measurements() -> list[Measurement]:
    """Every measurement, in the order in which the page shows them."""
    from bench import accept, counts, desk, load, log, numbers, seal, verify

    return [
        Measurement("load", "What a child waits for", load.measure),
        Measurement("seal", "Sealing and opening", seal.measure),
        Measurement("accept", "Accepting a sealed entry durably", accept.measure),
        Measurement("desk", "The desk", desk.measure),
        Measurement("log", "The log at a million entries", log.measure),
        Measurement("verify", "Verifying an audit bundle", verify.measure),
        Measurement("counts", "The manager's numbers over a million talks", counts.measure),
        Measurement("numbers", "The pages of the numbers over a year of a whole country", numbers.measure),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Runs what was asked for; see the top of this file."""
    # Asked to stop, it leaves no server and no folder behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = _options(arguments)
    if options.quick and options.suite:
        sys.stderr.write("--quick and --suite do not go together\n")
        return 2
    chosen = measurements()
    if options.suite:
        from bench import suite

        chosen.append(Measurement("suite", "The test suite", suite.measure))
    if options.only:
        wanted = options.only.split(",")
        unknown = sorted(set(wanted) - {measurement.name for measurement in chosen})
        if unknown:
            known = ", ".join(measurement.name for measurement in chosen)
            sys.stderr.write(f"There is no measurement {', '.join(unknown)}; there are: {known}\n")
            return 2
        chosen = [measurement for measurement in chosen if measurement.name in wanted]

    facts, before = machine.facts(), machine.load()
    groups = [_run(measurement, quick=options.quick) for measurement in chosen]
    # Where other work goes on at the same time, times are longer and lie further apart.
    facts["load"] = f"{before} at the start and {machine.load()} at the end"

    command = " ".join(["./dev bench", *_told(options)])
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    found = report.as_json(groups, facts=facts, command=command, at=at, quick=options.quick)
    table = report.as_markdown(groups, facts=facts, command=command, at=at)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    # A part of the figures, or small ones, would stand in the page as if they were all.
    if not (options.quick or options.only):
        report.write_page(PAGE, table)
    sys.stdout.write(table)
    return 1 if found["failed"] else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description="Measures the budgets in a real browser and against a real server, and writes docs/benchmarks.md.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON as well")
    parser.add_argument("--quick", action="store_true", help="the smallest run of everything; no page written")
    known = "load,seal,accept,desk,log,verify,counts,numbers"
    parser.add_argument("--only", metavar="NAMES", help=f"only these groups ({known}); no page written")
    parser.add_argument("--suite", action="store_true", help="run the whole test suite too and time it")
    return parser.parse_args(arguments)


def _told(options: argparse.Namespace) -> list[str]:
    """The options that change what is measured, as typed: the file's name for the JSON would tell of the machine."""
    told = ["--quick"] if options.quick else []
    told += ["--only", options.only] if options.only else []
    return told + (["--suite"] if options.suite else [])


def _run(measurement: Measurement, *, quick: bool) -> Group:
    sys.stderr.write(f"» {measurement.title}\n")
    began = time.monotonic()
    try:
        figures = tuple(measurement.run(quick))
    except Exception as error:  # one measurement that breaks must not lose the others
        sys.stderr.write(f"  not measured: {error}\n")
        return Group(measurement.name, measurement.title, failed=f"{type(error).__name__}: {_first_line(error)}")
    sys.stderr.write(f"  {time.monotonic() - began:.0f} s\n")
    return Group(measurement.name, measurement.title, figures)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0].replace(str(ROOT), ".")


if __name__ == "__main__":
    sys.exit(main())

"""`make bench`: every benchmark, one after the other, each against its baseline."""

from __future__ import annotations

from tests.benchmarks import (
    imports,
    postings,
    presses,
    stalls,
    startup,
    statements,
    sweeps,
    turns,
    worklists,
)

BENCHMARKS = (
    startup,
    turns,
    stalls,
    presses,
    postings,
    worklists,
    imports,
    statements,
    sweeps,
)


def main() -> None:
    for benchmark in BENCHMARKS:
        print(f"\n== {benchmark.__name__.rpartition('.')[2]}\n{benchmark.__doc__}")
        benchmark.main()


if __name__ == "__main__":
    main()

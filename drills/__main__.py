"""Runs every drill, one after the other, and prints a table: figure, promise, whether it holds.

`python -m drills [NAME …]` chooses some. The JSON of each stays in the folder named at the end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# name → what is run, seconds after which it is ended
DRILLS: dict[str, tuple[list[str], float]] = {
    "kills": (["drills.kills"], 480),
    "kills-production": (
        ["drills.kills", "--database", "postgresql", "--broker", "rabbitmq"],
        480,
    ),
    "worker_kill": (["drills.worker_kill"], 300),
    "report_shards": (["drills.report_shards"], 480),
    "report_shards-production": (
        ["drills.report_shards", "--database", "postgresql", "--broker", "rabbitmq"],
        480,
    ),
    "broker_down": (["drills.broker_down"], 300),
    "redis": (["drills.redis"], 300),
    "locked_database": (["drills.locked_database"], 180),
    "disk_full": (["drills.disk_full"], 240),
    "duplicates": (["drills.duplicates"], 300),
    "vote_race": (["drills.vote_race"], 300),
    "canaries": (["drills.canaries"], 400),
    "leaving": (["drills.leaving"], 600),
    "telling_apart": (["drills.telling_apart"], 300),
    "slow_connections": (["drills.slow_connections"], 120),
    "browser_times": (["drills.browser_times"], 240),
    "browser_matrix": (["drills.browser_matrix"], 900),
}


def main() -> int:
    names = sys.argv[1:] or list(DRILLS)
    unknown = [name for name in names if name not in DRILLS]
    if unknown:
        print(f"There is no drill {unknown[0]!r}. There are: {', '.join(DRILLS)}.", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="dialogue-drills-"))
    broken = []
    for name in names:
        print(f"\n{name} …", flush=True)
        result = run_drill(name, folder)
        print(table(result), flush=True)
        if not result["holds"]:
            broken.append(name)
    print(f"\nWhat each printed lies in {folder}.")
    print(f"Broken: {', '.join(broken)}." if broken else "Every promise holds.")
    return 1 if broken else 0


def run_drill(name: str, folder: Path) -> dict[str, Any]:
    """Run one drill as a program of its own, ended in order when it takes too long."""
    module, seconds = DRILLS[name]
    began = time.monotonic()
    with (folder / f"{name}.json").open("w+") as out, (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=os.environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
        )
        try:
            process.wait(seconds)
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as reason:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            if isinstance(reason, KeyboardInterrupt):
                raise
        out.seek(0)
        printed = out.read()
    if not printed:
        lasted = time.monotonic() - began
        problem = f"ended after {lasted:.0f} s without figures; see {folder / name}.log"
        return {"figures": [], "failed": problem, "holds": False, "seconds": lasted}
    result: dict[str, Any] = json.loads(printed)
    return result


def table(result: dict[str, Any]) -> str:
    lines = [
        f"  {figure['name']:<64} {figure['value']!s:>14}  {figure['promise']:<8}"
        f" {'' if not figure['promise'] else 'holds' if figure['holds'] else 'BROKEN'}".rstrip()
        for figure in result["figures"]
    ]
    if "skipped" in result:
        lines.append(f"  skipped: {result['skipped']}")
    if "failed" in result:
        lines.append(f"  BROKEN: {result['failed']}")
    return "\n".join([*lines, f"  ({result['seconds']:.0f} s)"])


if __name__ == "__main__":
    sys.exit(main())

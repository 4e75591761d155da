"""The same work through Redis: screening, mail, a report, and a worker that is killed."""

from __future__ import annotations

from drills import figures
from drills.figures import Figure
from drills.kills import kill_while_people_write
from drills.world import planted


def drill() -> list[Figure]:
    with planted(broker="redis") as world:
        return kill_while_people_write(world, seconds=25, kills=10)


if __name__ == "__main__":
    figures.main(drill)

"""Real brokers: a RabbitMQ node and a Redis of the run's own, on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.parts import run

RABBITMQ = Path("/usr/lib/rabbitmq/bin")


def rabbitmq() -> str:
    """The address of the run's RabbitMQ."""
    return str(run.once("rabbitmq", start_rabbitmq)["url"])


def redis() -> str:
    """The address of the run's Redis."""
    return str(run.once("redis", start_redis)["url"])


def start_rabbitmq() -> dict[str, str]:
    """A node with its own cookie, database and port mapper, so that it meets no other node."""
    epmd = shutil.which("epmd")
    if not (RABBITMQ / "rabbitmq-server").exists() or not epmd:
        run.missing("RabbitMQ")
    home = run.folder() / "rabbitmq-home"
    home.mkdir()
    (home / "plugins").write_text("[].\n")
    port, mapper, between_nodes = run.free_port(), run.free_port(), run.free_port()
    local = "-kernel inet_dist_use_interface {127,0,0,1}"
    no_spinning = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"dialogue{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(between_nodes),
        "RABBITMQ_MNESIA_BASE": str(home / "database"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(home / "settings"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{no_spinning} {local}",
    }
    run.keep("rabbitmq-mapper", [epmd, "-port", str(mapper), "-address", "127.0.0.1"], environment)
    log = run.keep("rabbitmq", [str(RABBITMQ / "rabbitmq-server")], environment)
    run.wait_until(lambda: "completed with" in log.read_text(errors="replace"), 90, "RabbitMQ", log)
    return {"url": f"amqp://guest:guest@127.0.0.1:{port}//"}


def start_redis() -> dict[str, str]:
    program = shutil.which("redis-server")
    if not program:
        run.missing("Redis")
    port = run.free_port()
    here = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(run.folder())]
    log = run.keep("redis", [program, *here, "--save", "", "--appendonly", "no"])
    run.wait_until(lambda: _pongs(port), 15, "Redis answered", log)
    return {"url": f"redis://127.0.0.1:{port}/0"}


def _pongs(port: int) -> bool:
    if not run.accepts(port):
        return False
    answer = subprocess.run(
        ["redis-cli", "-p", str(port), "ping"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() == "PONG"

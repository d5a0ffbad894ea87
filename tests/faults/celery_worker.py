"""A Celery worker as a process of the tests, told by its environment: BROKER, POOL, CONCURRENCY, VISIBILITY.

It is the portal's own application with the portal's own settings; only clocks and pauses are those of
delivery_worker.py, so that a lease of a minute takes two seconds; the waits for a silent Redis are a tenth.
"""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from portal.celery import app
from sms import tasks
from sms.delivery.drain import drain
from sms.gateways import registry
from sms.gateways.protocol import Gateway
from tests.faults.delivery_worker import fast_clock, the_gateway, timing

WAITS = {"socket_timeout": 1.0, "socket_connect_timeout": 0.5, "health_check_interval": 2}


def fast_drain(*, now: Callable[[], datetime], gateway: Gateway, spares: Sequence[Gateway]) -> int:
    """As the task calls it, by a faster clock than `now`."""
    return drain(now=fast_clock, gateway=gateway, spares=spares, timing=timing())


def main() -> None:
    task: Any = tasks
    gateways: Any = registry
    task.drain, gateways.gateway = fast_drain, the_gateway
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = os.environ["BROKER"]
    app.conf.broker_transport_options = {
        "visibility_timeout": float(os.environ.get("VISIBILITY", "3600")),
        "socket_keepalive": True,
        "retry_on_timeout": True,
        **WAITS,
    }
    pool, number = os.environ.get("POOL", "solo"), os.environ.get("CONCURRENCY", "1")
    app.worker_main(
        ["worker", "-P", pool, "-c", number, "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    )

"""A delivery worker as a process: drains for ever until it is killed. Told by its environment.

The portal's clock runs 600 times as fast here, so that a pause of half an hour takes three seconds. Leases and
quarantines are the database's business and last their real time.
"""

import os
import time
import traceback
from datetime import datetime, timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 - after Django is ready
from django.db import DatabaseError, InterfaceError, connection  # noqa: E402

from portal import clock  # noqa: E402
from sms.delivery.claim import Timing  # noqa: E402
from sms.delivery.drain import drain  # noqa: E402
from sms.gateways.local import LocalGateway  # noqa: E402
from sms.gateways.nhn import NhnGateway  # noqa: E402
from sms.gateways.protocol import Gateway, Report  # noqa: E402
from sms.gateways.solapi import SolapiGateway  # noqa: E402
from sms.gateways.transport import Channel, Limits  # noqa: E402
from tests.gateway_simulator import API_KEY, APP_KEY, WEBHOOK_SECRET  # noqa: E402

SPEED = 600


class Forgetful(LocalGateway):
    """The mutant: it says of everything that it was never seen, so that doubt means sending again."""

    def look_up(self, keys: object) -> dict[str, Report | None]:
        return dict.fromkeys(keys)  # type: ignore[call-overload]


def timing() -> Timing:
    """A lease of LEASE seconds, two where nothing is said."""
    return Timing(call=timedelta(seconds=1), lease=timedelta(seconds=float(os.environ.get("LEASE", "2"))))


def fast_clock() -> datetime:
    """Our own clock, DAYS_AHEAD days later."""
    start = datetime.fromisoformat(os.environ["STARTED_AT"])
    return start + (clock.now() - start) * SPEED + timedelta(days=float(os.environ.get("DAYS_AHEAD", "0")))


class Blind(SolapiGateway):
    """The mutant of groups: it calls a group never seen without deleting it or asking for its state."""

    def look_up_group(self, group: str, keys: object) -> dict[str, Report | None]:
        return dict.fromkeys(keys)  # type: ignore[call-overload]


def the_gateway() -> Gateway:
    """The one GATEWAY names, or its mutant."""
    channel = Channel(os.environ["GATEWAY_URL"], Limits(connect=1, read=1, whole=1))
    quarantine = timedelta(seconds=float(os.environ.get("QUARANTINE", "1.5")))
    mutant = bool(os.environ.get("MUTANT"))
    match os.environ.get("GATEWAY", "local"):
        case "solapi":
            kind = Blind if mutant else SolapiGateway
            return kind(channel, API_KEY, WEBHOOK_SECRET, clock.now, quarantine=quarantine)
        case "nhn":
            return NhnGateway(channel, APP_KEY, API_KEY, WEBHOOK_SECRET, clock.now, quarantine=quarantine)
        case _:
            asked = os.environ.get("LOOK_UP", "1") == "1"
            local = Forgetful if mutant else LocalGateway
            return local(channel, API_KEY, WEBHOOK_SECRET, quarantine=quarantine, supports_lookup=asked)


def main() -> None:
    if os.environ.get("MAIL_DIR"):
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = os.environ["MAIL_DIR"]
    gateway = the_gateway()
    while True:
        try:
            drain(now=fast_clock, gateway=gateway, timing=timing())
        except (DatabaseError, InterfaceError):  # the database went away: look again, as the next ring would
            traceback.print_exc()
            connection.close()
        time.sleep(0.05)


if __name__ == "__main__":
    main()

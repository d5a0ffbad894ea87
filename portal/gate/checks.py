"""`check --deploy`: a gate that does not watch the server is a decision somebody should see."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def the_server_is_watched(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    """Warn where PORTAL_GATE_WATCHES_SERVER is off."""
    if settings.GATE_WATCHES_SERVER:
        return []
    return [
        Warning(
            "PORTAL_GATE_WATCHES_SERVER is off: a fail-over or a snapshot put back is not noticed.",
            hint="Close the gate by hand at /admin/gate/gate/ before the portal meets the other database.",
            id="gate.W001",
        )
    ]

"""From settings to the one gateway in use. The only place that knows which vendors there are."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sms.gateways.local import LocalGateway
from sms.gateways.protocol import Gateway
from sms.gateways.transport import Channel, Limits


@cache
def gateway() -> Gateway:
    """The gateway that SMS_GATEWAY names. Raises ImproperlyConfigured."""
    build = {"simulator": _simulator}.get(settings.SMS_GATEWAY)
    if build is None:
        raise ImproperlyConfigured(f"SMS_GATEWAY={settings.SMS_GATEWAY!r} is no gateway this portal knows")
    return build()


def _simulator() -> Gateway:
    return LocalGateway(
        Channel(settings.SMS_GATEWAY_URL, Limits()),
        api_key=settings.SMS_GATEWAY_KEY,
        webhook_secret=settings.SMS_GATEWAY_SECRET,
    )

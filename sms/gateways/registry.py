"""From settings to the one gateway in use. The only place that knows which vendors there are."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal import clock
from sms.gateways import nhn, solapi
from sms.gateways.local import LocalGateway
from sms.gateways.nhn import NhnGateway
from sms.gateways.protocol import Gateway
from sms.gateways.solapi import SolapiGateway
from sms.gateways.transport import Channel, Limits


@cache
def gateway() -> Gateway:
    """The gateway that SMS_GATEWAY names. Raises ImproperlyConfigured."""
    build = {"simulator": _simulator, "solapi": _solapi, "nhn": _nhn}.get(settings.SMS_GATEWAY)
    if build is None:
        raise ImproperlyConfigured(f"SMS_GATEWAY={settings.SMS_GATEWAY!r} is no gateway this portal knows")
    return build()


def _simulator() -> Gateway:
    return LocalGateway(
        Channel(settings.SMS_GATEWAY_URL, Limits()),
        api_key=_needed("SMS_GATEWAY_KEY"),
        webhook_secret=_needed("SMS_GATEWAY_SECRET"),
    )


def _solapi() -> Gateway:
    return SolapiGateway(
        Channel(settings.SMS_GATEWAY_URL or solapi.URL, Limits()),
        api_key=_needed("SMS_GATEWAY_KEY"),
        api_secret=_needed("SMS_GATEWAY_SECRET"),
        now=clock.now,
    )


def _nhn() -> Gateway:
    return NhnGateway(
        Channel(settings.SMS_GATEWAY_URL or nhn.URL, Limits()),
        app_key=_needed("SMS_NHN_APP_KEY"),
        secret_key=_needed("SMS_GATEWAY_KEY"),
        signature=_needed("SMS_GATEWAY_SECRET"),
        now=clock.now,
    )


def _needed(name: str) -> str:
    """Raises ImproperlyConfigured when the setting is empty: an empty key is nobody's key."""
    value = str(getattr(settings, name))
    if not value:
        raise ImproperlyConfigured(f"{name} is missing for SMS_GATEWAY={settings.SMS_GATEWAY!r}")
    return value

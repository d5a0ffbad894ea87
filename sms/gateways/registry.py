"""From settings to the gateways in use, the preferred one first. The only place that knows the vendors."""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Account:
    """The settings of one gateway; all their names begin with `prefix`."""

    prefix: str

    @property
    def vendor(self) -> str:
        return str(getattr(settings, self.prefix))

    @property
    def url(self) -> str:
        return str(getattr(settings, f"{self.prefix}_URL"))

    @property
    def rate(self) -> int:
        return int(getattr(settings, f"{self.prefix}_RATE"))

    @property
    def quota(self) -> int:
        """Messages a calendar month the contract allows; 0 for any number."""
        return int(getattr(settings, f"{self.prefix}_QUOTA"))

    def needed(self, name: str) -> str:
        """Raises ImproperlyConfigured when the setting is empty: an empty key is nobody's key."""
        value = str(getattr(settings, name))
        if not value:
            raise ImproperlyConfigured(f"{name} is missing for {self.prefix}={self.vendor!r}")
        return value


FIRST, SECOND = Account("SMS_GATEWAY"), Account("SMS_SECOND_GATEWAY")


@cache
def gateway() -> Gateway:
    """The preferred gateway, which SMS_GATEWAY names. Raises ImproperlyConfigured."""
    return _built(FIRST)


@cache
def spares() -> tuple[Gateway, ...]:
    """Where texts go that the preferred gateway surely does not take. Raises ImproperlyConfigured."""
    if not SECOND.vendor:
        return ()
    spare = _built(SECOND)
    if spare.name == gateway().name:
        raise ImproperlyConfigured("SMS_SECOND_GATEWAY is the same as SMS_GATEWAY: one account each")
    return (spare,)


def in_use() -> tuple[Gateway, ...]:
    """All gateways, the preferred one first."""
    return (gateway(), *spares())


def named(name: str) -> Gateway | None:
    """The gateway in use by this name."""
    return next((one for one in in_use() if one.name == name), None)


def quotas() -> dict[str, int]:
    """Messages a month by gateway name; without those that have no limit."""
    accounts = zip(in_use(), (FIRST, SECOND), strict=False)
    return {one.name: account.quota for one, account in accounts if account.quota}


def forget() -> None:
    """Read the settings anew at the next question."""
    gateway.cache_clear()
    spares.cache_clear()


def _built(account: Account) -> Gateway:
    builders: dict[str, Callable[[Account], Gateway]] = {"simulator": _simulator, "solapi": _solapi, "nhn": _nhn}
    build = builders.get(account.vendor)
    if build is None:
        raise ImproperlyConfigured(f"{account.prefix}={account.vendor!r} is no gateway this portal knows")
    return build(account)


def _simulator(account: Account) -> Gateway:
    return LocalGateway(
        Channel(account.url, Limits()),
        api_key=account.needed(f"{account.prefix}_KEY"),
        webhook_secret=account.needed(f"{account.prefix}_SECRET"),
        rate=account.rate,
    )


def _solapi(account: Account) -> Gateway:
    return SolapiGateway(
        Channel(account.url or solapi.URL, Limits()),
        api_key=account.needed(f"{account.prefix}_KEY"),
        api_secret=account.needed(f"{account.prefix}_SECRET"),
        now=clock.now,
        rate=account.rate,
    )


def _nhn(account: Account) -> Gateway:
    return NhnGateway(
        Channel(account.url or nhn.URL, Limits()),
        app_key=account.needed("SMS_NHN_APP_KEY"),
        secret_key=account.needed(f"{account.prefix}_KEY"),
        signature=account.needed(f"{account.prefix}_SECRET"),
        now=clock.now,
        rate=account.rate,
    )

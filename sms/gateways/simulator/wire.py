"""What a wire format is to the server: routes from a method and path to a handler, answering a Reply."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sms.gateways.simulator.core import Simulator
from sms.gateways.simulator.faults import Fault
from sms.gateways.simulator.pump import Pump


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. Header names are lowercase; `query` holds the last value of each name.

    `method` is the verb; `parts` are the variable parts of an address that has some.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    simulator: Simulator
    pump: Pump
    config: "Config"
    method: str = "GET"
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """What the command line said. `mail_dir` empty: no e-mails to show.

    `webhook_secret` is also Solapi's API secret and NHN's fixed signature; `app_key` stands in NHN's addresses.
    """

    api_key: str
    webhook_secret: str
    mail_dir: str
    app_key: str = "local-app"
    webhook_wire: str = "local"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and, where a fault was scripted, how it goes wrong on its way."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = field(default_factory=Fault)


Handler = Callable[[Call], Reply]
Routes = Mapping[tuple[str, str], Handler]
# Addresses with variable parts: method, whole address, handler.
Patterns = Sequence[tuple[str, re.Pattern[str], Handler]]


class BadRequest(Exception):
    """The request cannot be read; the text says why."""


def as_json(found: object, *, status: int = 200, fault: Fault | None = None) -> Reply:
    return Reply(status, json.dumps(found, ensure_ascii=False).encode(), fault=fault or Fault())


def read_object(call: Call) -> dict[str, object]:
    """The JSON object in the body. Raises BadRequest.

    Only under its own content type: a form of some other site cannot send that without asking first.
    """
    if call.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise BadRequest("Content-Type must be application/json")
    try:
        found = json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("no JSON") from error
    if not isinstance(found, dict):
        raise BadRequest("no JSON object")
    return found

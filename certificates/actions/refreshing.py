"""Fetching the revocation lists of all certificates in use or waiting, and what follows from them."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from certificates.actions import waiting
from certificates.models import (
    Authority,
    AuthorityRole,
    Replacement,
    ReplacementState,
    RevocationFetch,
    RevocationList,
)
from certificates.points import Wanted, parked_points, wanted_points
from certificates.queries import trust_table
from certificates.refusals import Refused
from certificates.revocation.endpoints import InvalidEndpoint, parse_endpoint
from certificates.revocation.folder import FolderSource
from certificates.revocation.importing import import_list
from certificates.revocation.ldap import LdapSource
from certificates.revocation.responders import Responders
from certificates.revocation.sources import SERVED, Fetched, Source
from certificates.x509.trust import TrustTable
from portal.access import Actor

log = logging.getLogger(__name__)

WHOLE_RUN = 180  # seconds; what is left over comes first the next time


@dataclass
class Refreshed:
    """How many lists were new, known, and not to be had or not to be taken."""

    taken: int = 0
    known: int = 0
    failed: int = 0


def refresh_partitions(*, by: Actor, at: datetime, parked_only: bool = False) -> Refreshed:
    """Fetch from every configured place and take in what is sound. Each list is a transaction of its own.

    `parked_only`: just the partitions that requests wait for.
    """
    wanted = parked_points() if parked_only else wanted_points()
    trust, tally = trust_table(), Refreshed()
    ends = time.monotonic() + WHOLE_RUN
    for source, points in _sources(wanted, trust):
        for fetched in source.fetch(points):
            _take(fetched, trust, tally, at)
            if time.monotonic() > ends:
                log.warning("revocation lists: not finished within %d s", WHOLE_RUN)
                return tally
    log.info("revocation lists by %s: %s", by.name, tally)
    return tally


def finish_parked(*, by: Actor, at: datetime) -> int:
    """Try every waiting request again. Returns how many are parked no more."""
    ended, responders = 0, Responders()
    parked = Replacement.everything.filter(state=ReplacementState.PARKED).order_by("pk")
    for pk in list(parked.values_list("pk", flat=True)):
        try:
            found = waiting.finish_parked(replacement_id=pk, by=by, at=at, responders=responders)
        except Exception:  # one that cannot be finished must not keep the others waiting
            log.exception("parked replacement %d", pk)
            continue
        ended += found is None or found.state != ReplacementState.PARKED
    return ended


def _sources(wanted: Wanted, trust: TrustTable) -> Iterator[tuple[Source, list[str]]]:
    """Folder first, then each approved issuer's directory with the partitions of its certificates."""
    if settings.CERTIFICATE_REVOCATION_FOLDER:
        yield FolderSource(settings.CERTIFICATE_REVOCATION_FOLDER), []
    endpoints = dict(
        Authority.objects.filter(
            role=AuthorityRole.ISSUER, approved_at__isnull=False, retired_at__isnull=True
        ).values_list("sha256", "crl_endpoint")
    )
    for pin in trust.issuers:
        endpoint = endpoints.get(pin.sha256, "")
        points = wanted.get(pin.subject_der, set())
        if not endpoint or not points:
            continue
        try:
            source = LdapSource(parse_endpoint(endpoint))
        except InvalidEndpoint:
            log.error("authority %s has no usable directory address", pin.name)
            continue
        yield source, _longest_unseen_first(points)


def _longest_unseen_first(points: set[str]) -> list[str]:
    rows = RevocationList.objects.filter(point__in=points).order_by("fetched_at")
    seen = list(dict.fromkeys(rows.values_list("point", flat=True)))
    return [*sorted(points.difference(seen)), *seen]


def _take(fetched: Fetched, trust: TrustTable, tally: Refreshed, at: datetime) -> None:
    """Judge and keep one list, and note what became of it."""
    outcome, point = fetched.outcome, fetched.point
    if fetched.der is not None:
        try:
            imported = import_list(data=fetched.der, trust=trust, source=fetched.source, at=at, point=point)
        except Refused as refused:
            outcome = refused.code
            log.warning("revocation list refused: %s", refused)
        else:
            point = imported.row.point
            outcome = ("LATE" if imported.is_late else "TAKEN") if imported.is_new else "KNOWN"
            tally.taken += imported.is_new
            tally.known += not imported.is_new
    tally.failed += outcome not in SERVED
    RevocationFetch.objects.create(point=point[:300], source=fetched.source, at=at, outcome=outcome)

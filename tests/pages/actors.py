"""Two member companies with everything they own, and the people who knock at every door of the portal."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from axes.models import AccessAttempt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import connection, models, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse

from certificates.models import (
    Authority,
    BankCertificate,
    Challenge,
    Replacement,
    ReplacementTicket,
    RevocationFetch,
    RevocationList,
    SignatureEvidence,
)
from guarantees.models import (
    Application,
    ApplicationDocument,
    DigestLine,
    ExpiryNotice,
    ExpiryRun,
    Guarantee,
    SupplementItem,
)
from portal import clock
from portal.access import Actor
from portal.health.models import Heartbeat
from portal.members.models import Branch, Invitation, Member, MemberStatus, User
from portal.members.roles import Role
from sms.actions import mileage, recipients
from sms.models import (
    Adjustment,
    Contact,
    Extension,
    GatewayAlarm,
    GatewayState,
    LapseReminder,
    LedgerCheck,
    LinkPermission,
    Message,
    MileageAnomaly,
    Receipt,
    ReceptionChange,
    Result,
    SenderNumber,
    SendRequest,
    ServiceSwitch,
    Suppression,
    Suspension,
)
from sms.outbox import Draft, queue
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import make_application, make_branch, make_guarantee, make_member, make_user
from tests.flows.mileage_world import suspension_of
from tests.pages.business_rows import BusinessRows, make_business
from tests.pages.helpdesk_rows import HelpdeskRows, make_helpdesk
from tests.stories import Cast, attach, submitted

BACKEND = "portal.members.login.MemberBackend"
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)
# A visit renews its session, and a login is counted: no business row changes by that.
BY_VISITING = frozenset({"members_loginsession", "portal_cache"})


@dataclass(frozen=True)
class Company:
    """A member and one row of each kind that belongs to it."""

    member: Member
    draft: Application
    submitted: Application
    guarantee: Guarantee
    document: ApplicationDocument
    challenge: Challenge
    business: BusinessRows
    contact: Contact
    request: SendRequest


@dataclass(frozen=True)
class World:
    """`ours` is the company whose doors are tried, `theirs` the neighbour's. `sessions`: actor to session key."""

    branch: Branch
    ours: Company
    theirs: Company
    people: Mapping[str, User]
    sessions: Mapping[str, str]
    helpdesk: HelpdeskRows

    def client(self, actor: str, *, with_csrf_check: bool = False) -> Client:
        """A browser of `actor`; of "anon" one nobody has signed in with. Faults come back as status 500."""
        browser = new_browser(with_csrf_check=with_csrf_check)
        browser.raise_request_exception = False
        if actor in self.sessions:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[actor]
        return browser


def new_browser(*, with_csrf_check: bool = False) -> Client:
    """A browser nobody has signed in with."""
    browser = Client()
    browser.handler = _portal(with_csrf_check)
    return browser


@cache
def _portal(with_csrf_check: bool) -> ClientHandler:
    """Made once: every new one puts the middleware together again, which takes as long as a small answer."""
    return ClientHandler(enforce_csrf_checks=with_csrf_check)


def make_world() -> World:
    fill_calendar()
    AccessAttempt.objects.create(username="somebody", failures_since_start=1, get_data="", post_data="")
    SenderNumber.objects.create(number="0200000101", owner="조합", is_default=True)
    GatewayState.objects.create(name="local")
    GatewayAlarm.objects.create(kind="strangers", gateway="local", first_at=clock.now(), last_at=clock.now())
    ServiceSwitch.objects.create(is_on=True, reason="시험", at=clock.now())
    Heartbeat.objects.create(name="worker", at=clock.now())
    suspension_of("2031-05-01", "2031-05-03")
    LedgerCheck.objects.create(at=clock.now(), lots=0, entries=0, calls=0, differences=0)
    _make_trusted_authority()
    branch, elsewhere = make_branch(), make_branch()
    ours, theirs, gone = make_member(branch), make_member(elsewhere), make_member(branch)
    people = {
        "rep": make_user(Role.MEMBER_REP, member=ours),
        "user": make_user(Role.MEMBER_USER, member=ours),
        "other": make_user(Role.MEMBER_REP, member=theirs),
        "officer": make_user(Role.BRANCH_OFFICER, branch=branch),
        "head": make_user(Role.BRANCH_HEAD, branch=branch),
        "far": make_user(Role.BRANCH_OFFICER, branch=elsewhere),
        "hq": make_user(Role.HQ_UNDERWRITER),
        "auditor": make_user(Role.AUDITOR),
        "it": make_user(Role.IT_SUPPORT),
        "web": make_user(Role.WEBMASTER),
        "gone": make_user(Role.MEMBER_REP, member=gone),
    }
    sessions = {actor: _signed_in(person) for actor, person in people.items()}
    Member.everything.filter(pk=gone.pk).update(status=MemberStatus.WITHDRAWN)
    return World(
        branch=branch,
        ours=make_company(ours, people["rep"]),
        theirs=make_company(theirs, people["other"]),
        people=people,
        sessions=sessions,
        helpdesk=make_helpdesk(people["rep"], clock.now()),
    )


def _signed_in(person: User) -> str:
    browser = new_browser()
    browser.force_login(person, backend=BACKEND)
    return str(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def make_company(member: Member, user: User) -> Company:
    """Everything a member can own, so that no list is empty and every address has a row behind it."""
    now, by = clock.now(), Actor.user(user)
    cast = Cast(member.branch, member, user, user, user, user, user)
    draft, sent = make_application(member), submitted(cast)
    SupplementItem.everything.create(application=sent, round=1, text="계약서 2쪽이 빠졌습니다.")
    guarantee = make_guarantee(member)
    run, _made = ExpiryRun.objects.get_or_create(
        run_on=now.date(),
        defaults={"state": "done", "started_at": now, "first_end": now.date(), "last_end": now.date()},
    )
    notice = ExpiryNotice.everything.create(
        guarantee=guarantee, ends_on=guarantee.ends_on, run=run, state="planned", at=now
    )
    DigestLine.objects.create(digest="0" * 32, notice=notice)
    mileage.earn(member_id=member.pk, source=f"matrix:{member.pk}", label="발급", at=now - timedelta(days=1))
    recipients.add_recipient(
        member_id=member.pk, name="최라온", role="공무팀장", mobile="01000000101", consented=True, by=by, at=now
    )
    recipients.opt_out(member_id=member.pk, by=by, at=now, way=ReceptionChange.Way.WEB)
    with transaction.atomic():
        queue([Draft(f"matrix:{member.pk}", member.pk, "sms", "issued", "01000000101", "[설비공제]발급")], at=now)
    with transaction.atomic():
        spend = mileage.spend(
            member_id=member.pk, key=f"matrix:{member.pk}", message_keys=[f"matrix:{member.pk}"], calls_each=1,
            by=by, at=now,
        )  # fmt: skip
    request = SendRequest.everything.create(
        member=member, spend=spend, category="information", channel="sms", text=f"{member.name} 안내",
        recipients=1, by=user, at=now,
    )  # fmt: skip
    contact = Contact.everything.create(
        member=member, name=f"{member.name} 소장", mobile="01000000102", consented_at=now, added_at=now,
        changed_at=now,
    )  # fmt: skip
    Invitation.everything.create(
        member=member, username=f"invited{member.pk}", full_name="최라온", email="raon@example.kr",
        role=Role.MEMBER_USER, invited_by=user, invited_at=now, expires_at=now + timedelta(days=7), mail_after=now,
    )  # fmt: skip
    LinkPermission.everything.create(member=member, is_allowed=True, domains=["a.kr"], reason="-", at=now)
    message = Message.everything.get(key=f"matrix:{member.pk}")
    Result.objects.create(message=message, number=Result.LAST, state="accepted", at=now)
    Receipt.objects.create(
        message=message, gateway="local", provider_ref=f"M{member.pk}", state="delivered", received_at=now
    )
    lot = member.lots.get()
    Extension.everything.create(
        member=member, lot=lot, suspension=Suspension.objects.get(), old_expires_at=lot.expires_at,
        new_expires_at=lot.expires_at + timedelta(days=3), at=now,
    )  # fmt: skip
    LapseReminder.everything.create(member=member, last_day=now.date(), kind="week", calls=1, at=now)
    Adjustment.everything.create(
        member=member, calls=20, reason="event", note="행사", state="waiting", asked_by=user, asked_at=now
    )
    MileageAnomaly.everything.create(
        kind="delivered_after_refund", member=member, subject=f"matrix:{member.pk}", text="늦은 도착", at=now
    )
    Suppression.everything.create(
        member=member, mobile=f"0100000{member.pk % 10_000:04d}", reason="refused", since=now
    )
    challenge = Challenge.objects.create(
        purpose="replace", member=member, text="갱신", nonce_sha256=f"{member.pk:064x}", session_hash="0" * 64,
        issued_at=now, expires_at=now, used_at=now, outcome={"checks": []},
    )  # fmt: skip
    _make_bank_certificate(challenge, user, now)
    business = make_business(guarantee, sent, user, now)
    return Company(member, draft, sent, guarantee, attach(draft, user), challenge, business, contact, request)


def _make_trusted_authority() -> None:
    now = clock.now()
    Authority.objects.create(
        role="issuer", name="시험기관", der=_self_signed(now), sha256="0" * 64, valid_until_at=now, proposed_at=now
    )
    RevocationList.objects.create(
        issuer_sha256="0" * 64, point="dp1", header={}, number="1", this_update_at=now, next_update_at=now,
        sha256="0" * 64, entries=0, fetched_at=now, source="ldap",
    )  # fmt: skip
    RevocationFetch.objects.create(point="dp1", source="ldap", at=now, outcome="taken")


def _self_signed(now: datetime) -> bytes:
    """Some certificate that can be read."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=test")
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _make_bank_certificate(challenge: Challenge, user: User, now: datetime) -> None:
    """A registered certificate with the ticket, the signature and the replacement that led to it."""
    member = user.member
    print_of = f"{member.pk:064x}"
    registered = BankCertificate.everything.create(
        member=member, der=b"0", cert_sha256=print_of, spki_sha256=print_of, issuer_der=b"0", issuer_name="시험",
        serial_hex="01", subject_name=member.name, policy_oid="1.2.410.200005.1.1.5", purpose_name="은행",
        valid_from_at=now, valid_until_at=now + timedelta(days=365), registered_at=now, method="self",
    )  # fmt: skip
    ReplacementTicket.everything.create(
        member=member, caller="김가온", call_back_number="01000001000", reason="-", opened_by=user, opened_at=now
    )
    evidence = SignatureEvidence.everything.create(
        member=member, purpose="renew", text="갱신", signature=b"0", certificate_der=b"0", cert_sha256=print_of,
        receipt={}, verified_at=now,
    )  # fmt: skip
    Replacement.everything.create(
        member=member, state="done", new=registered, evidence=evidence, challenge=challenge, requested_at=now,
        finished_at=now,
    )  # fmt: skip


def visit(browser: Client, method: str, url: str, **given: Any) -> HttpResponse:
    """Ask for a page and read it to its end, so that a file handed out is closed again."""
    response = getattr(browser, method)(url, **given)
    if response.streaming:
        list(response)
    return response


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves the database as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def written_tables() -> Iterator[set[str]]:
    """Collects the tables that are written to, apart from what every visit writes."""
    tables: set[str] = set()

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if (found := WRITES.match(sql)) and found[1] not in BY_VISITING:
            tables.add(found[1])
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield tables


def outcome(response: HttpResponse) -> str:
    """The status, or for a redirect where to: `log` the login, `dsk` the admin, `302` anywhere else."""
    if response.status_code not in (301, 302):
        return str(response.status_code)
    to = response["Location"]
    if to.startswith((reverse("account_login"), reverse("admin:login"))):
        return "log"
    return "dsk" if to.startswith(reverse("admin:index")) else "302"


def fingerprint(leaving_out: frozenset[str]) -> dict[str, tuple[int, int]]:
    """Row count and newest transaction of every table: any insert, update or delete changes it."""
    tables = [name for name in connection.introspection.table_names() if name not in leaving_out]
    selects = (
        f"SELECT '{name}', count(*), coalesce(max(xmin::text::bigint), 0) FROM \"{name}\"" for name in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects))
        return {name: (rows, newest) for name, rows, newest in cursor.fetchall()}


def row_of(model: type[models.Model], member: Member) -> models.Model | None:
    """A row of `model` that belongs to `member`, or any row of a model that belongs to nobody."""
    path = getattr(model, "MEMBER_PATH", None)
    rows = getattr(model, "everything", model._default_manager)
    if model is Branch:
        return member.branch
    if model is User:
        path = "member_id"
    return (rows.filter(**{path: member.pk}) if path else rows.all()).order_by("-pk").first()

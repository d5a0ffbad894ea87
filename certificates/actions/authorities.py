"""The trust table: one person proposes, another types the SHA-256 he got by a second channel (NPKI pins).

Giving an authority up takes two people as well. What nobody approved may be taken back by one.
"""

import hmac
import re
from datetime import datetime

from cryptography import x509
from django.db import IntegrityError, transaction

from certificates.authority_file import check_role, read_authority
from certificates.models import Authority, AuthorityRole
from certificates.refusals import Code, Refused
from certificates.revocation.endpoints import InvalidEndpoint, parse_endpoint
from portal.access import Actor
from portal.audit import trail
from portal.members.roles import Role
from portal.refusals import Refusal

OCSP_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]{1,120}(:\d{1,5})?(/[A-Za-z0-9._/-]{0,50})?\Z")


class NotTheirTable(Refusal):
    """Somebody outside the IT department."""

    message = "신뢰 기관은 정보시스템부에서만 다룹니다. 정보시스템부에 요청해 주세요."


class AlreadyProposed(Refusal):
    """The same certificate stands in the table."""

    message = "이미 등록되었거나 승인을 기다리는 기관 인증서입니다. 목록에서 확인해 주세요."


class EndpointForm(Refusal):
    """An address of a server in a form we do not call."""

    message = "서버 주소는 ldap://호스트:포트, 상태확인 서버는 http://호스트:포트 형태로 적어 주세요."


class ChannelMissing(Refusal):
    """A digest or a reason without where it comes from."""

    message = "어디에서 확인했는지 또는 왜 중지하는지 적어 주세요. 이력에 남깁니다."


class DigestDiffers(Refusal):
    """The typed SHA-256 is not that of the proposed certificate."""

    message = (
        "입력한 SHA-256이 등록 요청된 인증서와 다릅니다. 옮겨 적은 값을 다시 확인하시고, "
        "그래도 다르면 승인하지 말고 요청자와 기관에 함께 확인해 주세요."
    )


class AuthoritySettled(Refusal):
    """A step that was taken before, or that is not its turn."""

    message = "이 기관의 상태가 그사이 바뀌었습니다. 지금 상태를 확인해 주세요."


@transaction.atomic
def propose(
    *, role: AuthorityRole, data: bytes, name: str, crl_endpoint: str, ocsp_endpoint: str, note: str,
    by: Actor, at: datetime,
) -> Authority:  # fmt: skip
    """A certificate nobody trusts yet; `note` says where the file is from.

    Raises NotTheirTable, ChannelMissing, EndpointForm, NotAnAuthority, AuthorityEnded, AlreadyProposed,
    Refused (not readable, weak, or holding a private key).
    """
    _is_it(by)
    if not note.strip():
        raise ChannelMissing
    _check_endpoints(crl_endpoint, ocsp_endpoint)
    certificate, facts = read_authority(data)
    check_role(certificate, role, roots=_roots(), at=at)
    authority = Authority(
        role=role,
        name=(name.strip() or facts.common_name)[:80],
        der=facts.der,
        sha256=facts.cert_sha256,
        valid_until_at=facts.valid_until_at,
        crl_endpoint=crl_endpoint,
        ocsp_endpoint=ocsp_endpoint,
        note=note.strip(),
        proposed_by_id=by.user_id,
        proposed_at=at,
    )
    try:
        with transaction.atomic():
            authority.save(force_insert=True)
    except IntegrityError as error:
        if "authority_once" not in str(error):
            raise
        raise AlreadyProposed from None
    trail.record(
        action="authority.propose", by=by, at=at, subject=authority,
        detail={"role": role, "sha256": authority.sha256, "note": authority.note},
    )  # fmt: skip
    return authority


@transaction.atomic
def approve(*, authority_id: int, typed_sha256: str, channel: str, by: Actor, at: datetime) -> Authority:
    """Trust it from now on. `typed_sha256` in any grouping, `channel` where the approver got it.

    Raises NotTheirTable, AuthoritySettled, Refused(STAFF_SAME_PERSON), ChannelMissing, DigestDiffers,
    AuthorityEnded, Authority.DoesNotExist.
    """
    authority = _locked(authority_id, by)
    if authority.approved_at is not None or authority.retired_at is not None:
        raise AuthoritySettled
    _another_than(authority.proposed_by_id, by)
    if not channel.strip():
        raise ChannelMissing
    if not hmac.compare_digest(digest_of(typed_sha256).encode(), authority.sha256.encode()):
        raise DigestDiffers
    certificate, _facts = read_authority(bytes(authority.der))
    check_role(certificate, AuthorityRole(authority.role), roots=_roots(), at=at)
    authority.approved_by_id, authority.approved_at = by.user_id, at
    authority.save(update_fields=["approved_by", "approved_at"])
    _record("approve", authority, by, at, channel.strip())
    return authority


@transaction.atomic
def change_endpoints(
    *, authority_id: int, crl_endpoint: str, ocsp_endpoint: str, reason: str, by: Actor, at: datetime
) -> Authority:
    """Other servers for the same authority. One person does: what they answer is signed by the authority.

    Raises NotTheirTable, AuthoritySettled, ChannelMissing, EndpointForm.
    """
    authority = _locked(authority_id, by)
    if authority.retired_at is not None:
        raise AuthoritySettled
    if not reason.strip():
        raise ChannelMissing
    _check_endpoints(crl_endpoint, ocsp_endpoint)
    authority.crl_endpoint, authority.ocsp_endpoint = crl_endpoint, ocsp_endpoint
    authority.save(update_fields=["crl_endpoint", "ocsp_endpoint"])
    _record("change_endpoints", authority, by, at, reason.strip())
    return authority


@transaction.atomic
def take_back(*, authority_id: int, reason: str, by: Actor, at: datetime) -> Authority:
    """End a proposal nobody approved. Raises NotTheirTable, ChannelMissing, AuthoritySettled."""
    authority = _locked(authority_id, by)
    if authority.approved_at is not None or authority.retired_at is not None:
        raise AuthoritySettled
    if not reason.strip():
        raise ChannelMissing
    authority.retired_by_id, authority.retired_at = by.user_id, at
    authority.save(update_fields=["retired_by", "retired_at"])
    _record("take_back", authority, by, at, reason.strip())
    return authority


@transaction.atomic
def ask_retirement(*, authority_id: int, reason: str, by: Actor, at: datetime) -> Authority:
    """Ask that an authority be given up; it is trusted until another person agrees.

    Raises NotTheirTable, ChannelMissing, AuthoritySettled.
    """
    authority = _locked(authority_id, by)
    if authority.approved_at is None or authority.retired_at or authority.retire_asked_at:
        raise AuthoritySettled
    if not reason.strip():
        raise ChannelMissing
    authority.retire_asked_by_id, authority.retire_asked_at = by.user_id, at
    authority.retire_reason = reason.strip()
    authority.save(update_fields=["retire_asked_by", "retire_asked_at", "retire_reason"])
    _record("ask_retirement", authority, by, at, reason.strip())
    return authority


@transaction.atomic
def keep(*, authority_id: int, reason: str, by: Actor, at: datetime) -> Authority:
    """Decline a retirement that was asked for. Raises NotTheirTable, ChannelMissing, AuthoritySettled."""
    authority = _locked(authority_id, by)
    if authority.retire_asked_at is None or authority.retired_at is not None:
        raise AuthoritySettled
    if not reason.strip():
        raise ChannelMissing
    authority.retire_asked_by, authority.retire_asked_at, authority.retire_reason = None, None, ""
    authority.save(update_fields=["retire_asked_by", "retire_asked_at", "retire_reason"])
    _record("keep", authority, by, at, reason.strip())
    return authority


@transaction.atomic
def retire(*, authority_id: int, by: Actor, at: datetime) -> Authority:
    """Trust it no more: certificates it issued are refused from now on.

    Raises NotTheirTable, AuthoritySettled, Refused(STAFF_SAME_PERSON).
    """
    authority = _locked(authority_id, by)
    if authority.retire_asked_at is None or authority.retired_at is not None:
        raise AuthoritySettled
    _another_than(authority.retire_asked_by_id, by)
    authority.retired_by_id, authority.retired_at = by.user_id, at
    authority.save(update_fields=["retired_by", "retired_at"])
    _record("retire", authority, by, at, authority.retire_reason)
    return authority


def digest_of(typed: str) -> str:
    """A SHA-256 as people write it down (`AB:CD …`) as 64 lower-case digits; whatever else as it is."""
    return re.sub(r"[\s:.\-]+", "", typed).lower()


def _roots() -> list[x509.Certificate]:
    rows = Authority.objects.filter(
        role=AuthorityRole.ROOT, approved_at__isnull=False, retired_at__isnull=True
    ).values_list("der", flat=True)
    return [x509.load_der_x509_certificate(bytes(der)) for der in rows]


def _check_endpoints(crl_endpoint: str, ocsp_endpoint: str) -> None:
    if crl_endpoint:
        try:
            parse_endpoint(crl_endpoint)
        except InvalidEndpoint:
            raise EndpointForm from None
    if ocsp_endpoint and not OCSP_ENDPOINT.match(ocsp_endpoint):
        raise EndpointForm


def _is_it(by: Actor) -> None:
    if by.user_id is None or Role.IT_SUPPORT not in by.roles:
        raise NotTheirTable


def _another_than(first_id: int | None, by: Actor) -> None:
    if first_id is not None and first_id == by.user_id:
        raise Refused(Code.STAFF_SAME_PERSON)


def _locked(authority_id: int, by: Actor) -> Authority:
    _is_it(by)
    return Authority.objects.select_for_update(of=("self",)).get(pk=authority_id)


def _record(verb: str, authority: Authority, by: Actor, at: datetime, reason: str) -> None:
    detail = {"reason": reason, "sha256": authority.sha256}
    trail.record(action=f"authority.{verb}", by=by, at=at, subject=authority, detail=detail)

"""Every way a certificate can be refused: a stable code, its HTTP status, and the Korean sentence.

The codes are part of the interface (log, API, receipt); the sentences may change. Codes marked
"signer" arise in the page and never reach the server; their sentences are handed to the signer page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from portal.refusals import Refusal

if TYPE_CHECKING:
    from certificates.x509.receipt import Check


class Code(StrEnum):
    """Stable names; a code is never renamed or reused."""

    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    UNKNOWN_CA = "UNKNOWN_CA"
    CHAIN_INVALID = "CHAIN_INVALID"
    CERT_MALFORMED = "CERT_MALFORMED"
    UPLOAD_TOO_LARGE = "UPLOAD_TOO_LARGE"
    PRIVATE_KEY_UPLOADED = "PRIVATE_KEY_UPLOADED"
    WEAK_KEY = "WEAK_KEY"
    WEAK_SIGNATURE_HASH = "WEAK_SIGNATURE_HASH"
    KEY_USAGE = "KEY_USAGE"
    POLICY_NOT_ALLOWED = "POLICY_NOT_ALLOWED"
    PERSONAL_WHERE_CORPORATE = "PERSONAL_WHERE_CORPORATE"
    VID_MISMATCH = "VID_MISMATCH"
    HOLDER_MISMATCH = "HOLDER_MISMATCH"
    VID_MISSING = "VID_MISSING"
    VID_MALFORMED = "VID_MALFORMED"
    R_MISSING = "R_MISSING"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    SEALED_R_INVALID = "SEALED_R_INVALID"
    CRL_STALE = "CRL_STALE"
    CRL_INVALID = "CRL_INVALID"
    OCSP_STALE = "OCSP_STALE"
    OCSP_INVALID = "OCSP_INVALID"
    REVOCATION_UNAVAILABLE = "REVOCATION_UNAVAILABLE"
    # decided by the actions that own rows
    CHALLENGE_REPLAYED = "CHALLENGE_REPLAYED"
    CHALLENGE_EXPIRED = "CHALLENGE_EXPIRED"
    CHALLENGE_UNKNOWN = "CHALLENGE_UNKNOWN"
    CERT_OF_ANOTHER_MEMBER = "CERT_OF_ANOTHER_MEMBER"
    SAME_CERT = "SAME_CERT"
    OLD_CERT_STILL_VALID = "OLD_CERT_STILL_VALID"
    MEMBER_NOT_FOUND = "MEMBER_NOT_FOUND"
    MEMBER_INACTIVE = "MEMBER_INACTIVE"
    IDENTITY_NUMBER_FORMAT = "IDENTITY_NUMBER_FORMAT"
    RATE_LIMITED = "RATE_LIMITED"
    NOT_REGISTERED = "NOT_REGISTERED"
    NO_REPRESENTATIVE = "NO_REPRESENTATIVE"
    STAFF_SAME_PERSON = "STAFF_SAME_PERSON"
    TICKET_EXPIRED = "TICKET_EXPIRED"
    TICKET_NEEDED = "TICKET_NEEDED"
    # signer
    KEY_MISMATCH = "KEY_MISMATCH"
    WRONG_PASSWORD = "WRONG_PASSWORD"  # noqa: S105 - the code's name, not a password
    KEY_FILE_UNSUPPORTED = "KEY_FILE_UNSUPPORTED"
    KEY_FILE_MALFORMED = "KEY_FILE_MALFORMED"
    PFX_NOT_YET = "PFX_NOT_YET"


@dataclass(frozen=True)
class Wording:
    """`text` may hold {placeholders}; `reference` labels the number the caller may add at the end."""

    text: str
    status: int = 422
    reference: str = ""


_OLD = Wording("보안 기준에 맞지 않는 옛 인증서입니다. 은행에서 재발급받아 주세요.")
_NO_VID = Wording("인증서에 본인확인 정보가 없습니다. 발급 은행에서 재발급받아 주세요.")
_WAITING = Wording(
    "인증서 상태를 지금 확인할 수 없어 접수만 해 두었습니다. 확인되는 대로 처리하고 문자로 알려 드립니다.",
    reference="접수번호",
)
_WHO = Wording("입력하신 번호로 진행할 수 없습니다. 번호를 확인하시거나 관할 지점에 문의해 주세요.")
_START_AGAIN = "화면을 새로 고친 뒤 다시 진행해 주세요."

WORDINGS: Mapping[Code, Wording] = {
    Code.EXPIRED: Wording(
        "이 인증서는 {day}에 유효기간이 끝났습니다. 거래 은행에서 새로 발급받은 뒤 다시 등록해 주세요."
    ),
    Code.NOT_YET_VALID: Wording(
        "이 인증서는 {day}부터 사용할 수 있습니다. 그날 이후 다시 시도해 주세요. PC 시각이 맞는지도 확인해 주세요."
    ),
    Code.REVOKED: Wording(
        "폐지된 인증서입니다({day} 폐지). 은행에서 새로 발급받은 인증서를 선택해 주세요. "
        "은행을 바꾸셨다면 폴더에 옛 인증서가 남아 있을 수 있습니다."
    ),
    Code.SUSPENDED: Wording(
        "효력이 정지된 인증서입니다. 발급 은행에서 효력회복을 신청한 뒤 다시 시도해 주세요"
        "(정지 후 6개월이 지나면 자동 폐지됩니다)."
    ),
    Code.UNKNOWN_CA: Wording(
        "조합에서 사용할 수 없는 기관의 인증서입니다. 은행에서 발급한 금융결제원(yessign) 인증서를 선택해 주세요."
    ),
    Code.CHAIN_INVALID: Wording(
        "인증서 발급기관 확인에 실패했습니다. 잠시 후에도 같으면 전산 담당에게 문의해 주세요.",
        reference="오류번호",
    ),
    Code.CERT_MALFORMED: Wording(
        "인증서 파일을 읽을 수 없습니다. signCert.der 파일을 그대로 선택해 주세요. "
        "파일이 손상되었다면 은행에서 재발급이 필요합니다."
    ),
    Code.UPLOAD_TOO_LARGE: Wording(
        "인증서 파일로 보기에는 너무 큽니다. 올바른 파일인지 확인해 주세요.", status=413
    ),
    Code.PRIVATE_KEY_UPLOADED: Wording(
        "개인키가 든 파일은 조합 서버로 보낼 수 없어 받지 않고 지웠습니다. "
        "서명 화면에서 signCert.der와 signPri.key를 선택해 주세요. 개인키는 그 화면 밖으로 나가지 않습니다."
    ),
    Code.WEAK_KEY: _OLD,
    Code.WEAK_SIGNATURE_HASH: _OLD,
    Code.KEY_USAGE: Wording(
        "암호화용 인증서(kmCert)입니다. 같은 폴더의 signCert.der와 signPri.key를 선택해 주세요."
    ),
    Code.POLICY_NOT_ALLOWED: Wording(
        "{purpose} 용도의 인증서는 보증 업무에 사용할 수 없습니다. "
        "사업자용 인증서(범용 또는 은행·보험용)를 선택해 주세요."
    ),
    Code.PERSONAL_WHERE_CORPORATE: Wording(
        "개인 인증서입니다. 회사(사업자등록번호)로 발급받은 사업자용 인증서를 선택해 주세요."
    ),
    Code.VID_MISMATCH: Wording(
        "인증서의 사업자등록번호가 조합에 등록된 번호와 다릅니다. 사업자등록번호가 바뀌었다면 "
        "새 번호로 인증서를 다시 발급받고 관할 지점에 변경 신고를 해 주세요."
    ),
    Code.HOLDER_MISMATCH: Wording(
        "인증서의 주인이 조합에 등록된 대표자로 확인되지 않습니다. "
        "입력하신 번호와 선택한 인증서를 확인하시고, 대표자가 바뀌었다면 관할 지점에 변경 신고를 해 주세요."
    ),
    Code.VID_MISSING: _NO_VID,
    Code.VID_MALFORMED: _NO_VID,
    Code.R_MISSING: Wording(
        "개인키 파일에 본인확인 값이 없습니다. 은행 홈페이지의 인증서 복사(이동)로 다시 저장한 뒤 시도해 주세요."
    ),
    Code.SIGNATURE_INVALID: Wording(
        "전자서명이 맞지 않습니다. 인증서와 개인키가 같은 폴더의 한 쌍인지 확인하고 다시 시도해 주세요."
    ),
    Code.SEALED_R_INVALID: Wording(f"전송 정보가 맞지 않습니다. {_START_AGAIN}", status=400),
    Code.CRL_STALE: _WAITING,
    Code.CRL_INVALID: _WAITING,
    Code.OCSP_STALE: _WAITING,
    Code.OCSP_INVALID: _WAITING,
    Code.REVOCATION_UNAVAILABLE: _WAITING,
    Code.CHALLENGE_REPLAYED: Wording(f"이미 처리된 요청입니다. {_START_AGAIN}", status=409),
    Code.CHALLENGE_EXPIRED: Wording("시간이 초과되었습니다. 다시 시작해 주세요(3분 이내).", status=410),
    Code.CHALLENGE_UNKNOWN: Wording(
        "요청을 확인할 수 없습니다. 조합 홈페이지 주소가 맞는지 확인하고 처음부터 다시 진행해 주세요.",
        status=400,
    ),
    Code.CERT_OF_ANOTHER_MEMBER: Wording("이 인증서는 등록할 수 없습니다. 관할 지점으로 연락해 주세요."),
    Code.SAME_CERT: Wording("이미 등록되어 있는 인증서입니다. 바꿀 것이 없습니다."),
    Code.OLD_CERT_STILL_VALID: Wording(
        "기존 {bank} 인증서가 아직 유효합니다. 기존 인증서로도 한 번 서명하시거나, "
        "은행에서 폐지한 뒤 다시 진행해 주세요."
    ),
    Code.MEMBER_NOT_FOUND: _WHO,
    Code.MEMBER_INACTIVE: _WHO,
    Code.IDENTITY_NUMBER_FORMAT: Wording("번호 형식이 맞지 않습니다. 숫자만 다시 입력해 주세요.", status=400),
    Code.RATE_LIMITED: Wording("시도가 많아 잠시 멈췄습니다. {minutes}분 뒤에 다시 해 주세요.", status=429),
    Code.NOT_REGISTERED: Wording(
        "조합에 등록된 인증서가 아닙니다. 사이버영업창구의 인증서갱신에서 이 인증서를 먼저 등록해 주세요."
    ),
    Code.NO_REPRESENTATIVE: Wording(
        "인증서로 로그인할 대표 계정이 없습니다. 아이디와 비밀번호로 로그인하시거나 관할 지점에 문의해 주세요."
    ),
    Code.STAFF_SAME_PERSON: Wording("요청자와 승인자는 다른 사람이어야 합니다."),
    Code.TICKET_EXPIRED: Wording(
        "이 접수코드는 쓸 수 없습니다. 잘못 입력했거나 이미 썼거나 24시간이 지난 코드입니다. "
        "문자메시지의 코드를 다시 확인하시고, 계속되면 정보시스템부에 전화해 새로 접수해 주세요.",
        status=410,
    ),
    Code.TICKET_NEEDED: Wording(
        "등록된 인증서가 안전을 위해 중지되어 있어 전화로 확인한 뒤에만 새 인증서를 등록할 수 있습니다. "
        "정보시스템부에 전화해 접수해 주세요."
    ),
    Code.KEY_MISMATCH: Wording(
        "선택한 두 파일이 서로 다른 인증서의 것입니다. 같은 폴더의 파일 두 개를 선택해 주세요."
    ),
    Code.WRONG_PASSWORD: Wording(
        "인증서 비밀번호가 맞지 않습니다. 비밀번호는 이 PC 밖으로 전송되지 않으며, 조합에서는 알 수 없습니다."
    ),
    Code.KEY_FILE_UNSUPPORTED: Wording(
        "지원하지 않는 형식의 개인키입니다. (형식번호 {oid}) 화면을 캡처해 문의해 주세요."
    ),
    Code.KEY_FILE_MALFORMED: Wording(
        "개인키 파일을 읽을 수 없습니다. signPri.key 파일을 그대로 선택해 주세요. "
        "파일이 손상되었다면 은행에서 재발급이 필요합니다."
    ),
    Code.PFX_NOT_YET: Wording(
        "PFX 파일은 아직 지원하지 않습니다. signCert.der와 signPri.key 두 파일을 선택해 주세요."
    ),
}

# Refusals that say "not known yet" rather than "no": the case may wait for revocation data.
PARKABLE = frozenset(
    {
        Code.CRL_STALE,
        Code.CRL_INVALID,
        Code.OCSP_STALE,
        Code.OCSP_INVALID,
        Code.REVOCATION_UNAVAILABLE,
    }
)


class _Dashes(dict[str, str]):
    """A placeholder nobody filled must not turn a refusal into a KeyError."""

    def __missing__(self, key: str) -> str:
        return "-"


def sentence(code: Code, *, reference: str = "", **values: str) -> str:
    """The member's sentence for `code`; `reference` is the error or receipt number to quote."""
    wording = WORDINGS[code]
    text = wording.text.format_map(_Dashes(values))
    if reference and wording.reference:
        return f"{text} ({wording.reference} {reference})"
    return text


class Refused(Refusal):
    """A certificate, signature or identity was not accepted.

    `detail` is English for the log and the staff page; it never holds R, a password or a number.
    `passed` are the checks that went well before this one.
    """

    def __init__(self, code: Code, detail: str = "", *, passed: Sequence["Check"] = (), **values: str) -> None:
        self.code = code
        self.detail = detail
        self.passed = tuple(passed)
        self.values = values
        super().__init__(sentence(code, **values))

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return WORDINGS[self.code].status

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else str(self.code)

"""Old and present error messages: what they meant, and what to do today (S43, S44, S46, S47)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from certificates.refusals import WORDINGS, Code

_PLACEHOLDER = re.compile(r"\([^()]*\{[^{}]*\}[^()]*\)|\{[^{}]*\}\S*")


@dataclass(frozen=True)
class Trouble:
    """One thing that can go wrong. `messages` are what people see; `old` is the remedy of the plug-in days."""

    key: str
    title: str
    messages: tuple[str, ...]
    meaning: str
    today: tuple[str, ...]
    old: tuple[str, ...] = ()
    source: str = ""
    code: str = ""


NO_INSTALL = "지금은 설치할 프로그램이 없습니다. Chrome, Edge, Firefox 가운데 하나를 최신으로 두고 여시면 됩니다."

PLUG_IN = (
    Trouble(
        key="kftc-connection",
        title="쇼핑몰과 금융결제원간 통신오류",
        messages=("쇼핑몰과 금융결제원간 통신오류입니다.",),
        meaning="예전 인증서 프로그램이 PC에 저장해 둔 금융결제원 서버 인증서가 오래되어, 금융결제원과 "
        "연결하지 못할 때 나오던 메시지입니다. 회원사의 인증서가 잘못된 것은 아니었습니다.",
        today=(
            NO_INSTALL,
            "PC의 폴더를 지우지 않아도 됩니다. 인증서갱신이나 로그인을 그냥 다시 시작해 주세요.",
            "이 메시지가 지금도 보인다면 예전 프로그램이 띄운 창입니다. 창을 닫고 조합 홈페이지 주소를 직접 "
            "입력해 여세요.",
            "그래도 진행되지 않으면 화면을 캡처해 정보시스템부로 전화해 주세요.",
        ),
        old=(
            "열려 있는 브라우저를 모두 닫습니다.",
            "Windows 탐색기에서 c:/windows/yesssign 폴더를 엽니다(PC에 따라 yessign).",
            "cn=www.kftc.or.kr,ou=KFTC,ou=yessign,ou=server,o=yessign,c=kr 폴더를 지웁니다.",
            "브라우저를 다시 열고 처음부터 진행합니다.",
        ),
        source="S43",
    ),
    Trouble(
        key="subject-value",
        title="주체값을 가져오지 못했습니다",
        messages=("주체값을 가져오지 못했습니다", "주체 값을 가져오지 못했습니다."),
        meaning="예전 프로그램(XecureWeb)이 인증서에서 이름(주체)을 읽지 못할 때 나오던 메시지입니다. 인증서는 "
        "정상인데 프로그램이 낡았거나 브라우저와 맞지 않는 경우가 대부분이었습니다.",
        today=(
            NO_INSTALL,
            "인증서갱신을 열고 인증서 폴더에서 signCert.der와 signPri.key 두 파일을 선택합니다. 은행과 유효기간이 "
            "바로 보이면 인증서는 정상입니다.",
            "파일을 읽을 수 없다고 나오면 파일이 손상된 것입니다. 거래 은행 홈페이지에서 인증서를 다시 "
            "저장(복사)하거나 재발급받아 주세요.",
        ),
        old=(
            "열려 있는 브라우저를 모두 닫습니다.",
            "조합 홈페이지 자료실 › 업무서식/일반자료 › 일반자료에서 '공인인증서 XecureWeb ver7.2' "
            "게시물을 찾습니다.",
            "게시물의 xw_install2.exe를 내려받아 실행합니다.",
            "설치가 끝나면 브라우저를 다시 열어 이용합니다.",
        ),
        source="S44",
    ),
    Trouble(
        key="plug-in-install",
        title="XecureWeb 설치 안내 (xw_install2.exe)",
        messages=(
            "XecureWeb 프로그램을 설치하셔야 합니다",
            "xw_install2.exe",
            "ActiveX 컨트롤을 설치해 주세요",
            "보안 프로그램을 설치하시기 바랍니다",
        ),
        meaning="인증서를 쓰기 위해 예전에는 PC에 XecureWeb이라는 프로그램을 설치해야 했습니다. 조합은 더 이상 "
        "이 프로그램을 나누어 드리지 않습니다.",
        today=(
            NO_INSTALL,
            "다른 곳에서 받은 xw_install2.exe는 실행하지 마세요. 출처를 알 수 없는 실행 파일은 PC를 "
            "위험하게 합니다.",
            "이미 설치된 XecureWeb은 제어판의 프로그램 제거에서 지워도 조합 업무에 지장이 없습니다.",
        ),
        old=(
            "열려 있는 브라우저를 모두 닫습니다.",
            "자료실의 xw_install2.exe를 내려받아 실행합니다.",
            "설치가 끝나면 브라우저를 다시 엽니다.",
        ),
        source="S46, S47",
    ),
)

_REISSUE = "거래 은행 홈페이지의 인증센터에서 인증서를 재발급받은 뒤, 인증서갱신에서 등록해 주세요."
_SAME_FOLDER = "인증서 폴더를 열어 같은 폴더에 있는 signCert.der와 signPri.key를 함께 선택해 주세요."
_FROM_START = "화면을 새로 고치고 처음부터 다시 진행해 주세요. 서명은 3분 안에 마쳐야 합니다."
_WAIT = "따로 하실 일이 없습니다. 폐지목록을 받는 대로(24시간 안) 처리하고 결과를 문자로 알려 드립니다."
_BRANCH = "관할 지점으로 전화해 조합에 등록된 사업자등록번호와 대표자를 확인해 주세요."
_IT = "같은 메시지가 이어지면 화면을 캡처해 정보시스템부로 전화해 주세요."
_RIGHT_KIND = "은행에서 사업자용(범용 또는 은행·보험용) 인증서를 발급받았는지 확인해 주세요."

# What to do about each refusal of the portal itself: the sentence is the portal's own, the steps go further.
REMEDIES: Mapping[Code, tuple[str, tuple[str, ...]]] = {
    Code.EXPIRED: ("인증서의 유효기간이 끝났습니다.", (_REISSUE,)),
    Code.NOT_YET_VALID: (
        "인증서의 유효기간이 아직 시작되지 않았습니다.",
        ("유효기간 시작일 이후에 다시 시도하고, PC의 날짜와 시각이 맞는지 확인해 주세요.",),
    ),
    Code.REVOKED: (
        "은행에서 폐지된 인증서를 골랐습니다.",
        ("폴더에 옛 인증서가 남아 있으면 새로 발급받은 것을 골라 주세요.", _REISSUE),
    ),
    Code.SUSPENDED: (
        "은행에 효력정지가 신청된 인증서입니다.",
        ("발급 은행에서 효력회복을 신청하거나 재발급받아 주세요.",),
    ),
    Code.UNKNOWN_CA: ("조합이 받지 않는 기관의 인증서입니다.", (_RIGHT_KIND,)),
    Code.CHAIN_INVALID: ("인증서를 발급한 기관을 끝까지 확인하지 못했습니다.", (_IT,)),
    Code.CERT_MALFORMED: ("인증서 파일이 아니거나 파일이 손상되었습니다.", (_SAME_FOLDER, _REISSUE)),
    Code.UPLOAD_TOO_LARGE: ("인증서가 아닌 다른 파일을 골랐습니다.", (_SAME_FOLDER,)),
    Code.PRIVATE_KEY_UPLOADED: (
        "개인키 파일이 서버로 오는 것을 막았습니다. 파일은 남지 않았습니다.",
        (_SAME_FOLDER, _IT),
    ),
    Code.WEAK_KEY: ("지금 기준으로는 안전하지 않은 오래된 인증서입니다.", (_REISSUE,)),
    Code.KEY_USAGE: ("서명용이 아닌 암호화용(kmCert) 파일을 골랐습니다.", (_SAME_FOLDER,)),
    Code.POLICY_NOT_ALLOWED: ("보증 업무에 쓸 수 없는 용도의 인증서입니다.", (_RIGHT_KIND,)),
    Code.PERSONAL_WHERE_CORPORATE: ("개인 인증서를 골랐습니다.", (_RIGHT_KIND,)),
    Code.VID_MISMATCH: (
        "인증서를 발급받을 때 쓴 사업자등록번호와 조합에 등록된 번호가 다릅니다.",
        (_BRANCH, "번호가 바뀌었다면 새 번호로 인증서를 다시 발급받아 주세요."),
    ),
    Code.HOLDER_MISMATCH: ("인증서의 주인과 조합에 등록된 대표자가 다릅니다.", (_BRANCH,)),
    Code.VID_MISSING: ("인증서에 본인확인 정보가 들어 있지 않습니다.", (_REISSUE,)),
    Code.R_MISSING: (
        "개인키 파일에 본인확인에 필요한 값이 빠져 있습니다.",
        ("은행 홈페이지의 인증서 복사(이동)로 다시 저장한 폴더를 선택해 주세요.", _REISSUE),
    ),
    Code.SIGNATURE_INVALID: ("서명이 인증서와 맞지 않습니다.", (_SAME_FOLDER, _FROM_START)),
    Code.SEALED_R_INVALID: ("보내는 동안 내용이 어긋났습니다.", (_FROM_START, _IT)),
    Code.REVOCATION_UNAVAILABLE: ("폐지 여부를 알려 주는 목록을 지금 받을 수 없습니다.", (_WAIT,)),
    Code.CHALLENGE_REPLAYED: ("같은 요청을 두 번 보냈습니다.", (_FROM_START,)),
    Code.CHALLENGE_EXPIRED: ("서명할 시간이 지났습니다.", (_FROM_START,)),
    Code.CHALLENGE_UNKNOWN: (
        "이 화면에서 시작한 요청이 아닙니다.",
        ("주소창의 조합 홈페이지 주소를 확인해 주세요.", _FROM_START),
    ),
    Code.CERT_OF_ANOTHER_MEMBER: ("등록할 수 없는 인증서입니다. 까닭은 관할 지점에서 알려 드립니다.", (_BRANCH,)),
    Code.SAME_CERT: (
        "지금 쓰고 있는 인증서와 같은 인증서를 골랐습니다.",
        ("새로 발급받은 인증서를 골라 주세요.",),
    ),
    Code.OLD_CERT_STILL_VALID: (
        "먼저 등록한 인증서가 아직 살아 있습니다. 다른 사람이 몰래 바꾸지 못하게 막는 단계입니다.",
        (
            "옛 인증서 파일이 있으면 새 인증서와 옛 인증서로 한 번씩 서명해 주세요.",
            "없으면 쓰던 은행에서 폐지한 뒤 다시 진행하거나, 정보시스템부에 전화해 전화 갱신을 요청해 주세요.",
        ),
    ),
    Code.MEMBER_NOT_FOUND: ("입력한 번호로는 진행할 수 없습니다.", (_BRANCH,)),
    Code.IDENTITY_NUMBER_FORMAT: (
        "번호의 자릿수나 숫자가 맞지 않습니다.",
        ("사업자등록번호 10자리를 다시 입력해 주세요.",),
    ),
    Code.NOT_REGISTERED: (
        "조합에 등록된 인증서가 아닙니다.",
        ("인증서갱신에서 먼저 등록해 주세요.", "아이디와 비밀번호로는 지금도 로그인할 수 있습니다."),
    ),
    Code.NO_REPRESENTATIVE: (
        "인증서는 확인했지만 로그인할 대표 계정이 없습니다.",
        ("관할 지점에 대표 계정을 만들어 달라고 요청해 주세요.",),
    ),
    Code.RATE_LIMITED: ("짧은 시간에 여러 번 시도했습니다.", ("안내된 시간이 지난 뒤 다시 해 주세요.",)),
    Code.TICKET_EXPIRED: (
        "전화 갱신 접수코드가 틀렸거나, 이미 썼거나, 24시간이 지났습니다.",
        ("문자메시지의 코드를 다시 확인해 주세요.", "정보시스템부에 전화해 다시 접수해 주세요."),
    ),
    Code.TICKET_NEEDED: (
        "도용이 의심되거나 본인이 중지를 요청해, 등록된 인증서가 중지되어 있습니다.",
        ("정보시스템부에 전화해 접수하면 본인 확인 뒤에 접수코드를 보내 드립니다.",),
    ),
    Code.KEY_MISMATCH: ("두 파일이 서로 다른 인증서의 것입니다.", (_SAME_FOLDER,)),
    Code.WRONG_PASSWORD: (
        "인증서 비밀번호가 틀렸습니다. 조합은 이 비밀번호를 알 수 없습니다.",
        ("한/영, Caps Lock을 확인하고 다시 입력해 주세요.", f"비밀번호를 잊었다면 {_REISSUE}"),
    ),
    Code.KEY_FILE_UNSUPPORTED: ("아직 읽지 못하는 형식의 개인키입니다.", (_IT,)),
    Code.KEY_FILE_MALFORMED: ("개인키 파일이 아니거나 손상되었습니다.", (_SAME_FOLDER, _REISSUE)),
    Code.PFX_NOT_YET: (
        "인증서와 개인키를 하나로 묶은 파일(.pfx, .p12)을 골랐습니다.",
        (_SAME_FOLDER,),
    ),
}


@cache
def all_troubles() -> tuple[Trouble, ...]:
    """The plug-in's messages first, then the portal's own, each sentence once."""
    return PLUG_IN + tuple(
        Trouble(
            key=code.lower().replace("_", "-"),
            title=meaning,
            messages=(_plain(WORDINGS[code].text), code.value),
            meaning=meaning,
            today=steps,
            code=code.value,
        )
        for code, (meaning, steps) in REMEDIES.items()
    )


def by_key(key: str) -> Trouble | None:
    """The trouble of an address."""
    return next((trouble for trouble in all_troubles() if trouble.key == key), None)


def _plain(sentence: str) -> str:
    """A sentence of the portal without the parts filled in for one member."""
    return " ".join(_PLACEHOLDER.sub(" ", sentence).split())

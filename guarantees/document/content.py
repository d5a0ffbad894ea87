"""Everything a guarantee document says (DOMAIN §2.7), and what may stand in it.

The text comes from members and staff. It is held to lengths and to characters the fonts can print
(`glyphs`); nothing in it is ever read as layout.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from guarantees.document.glyphs import named, normalised, unprintable
from portal.refusals import Refusal

NAME = 100
LINE = 200
PARAGRAPHS = 6_000  # about four pages: beyond it, the text belongs into an annex


class UnfitText(Refusal):
    """A text cannot stand in a document. `field` is its Korean label."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Party:
    """A company as printed in its box. Numbers are formatted by the caller; "" prints no row."""

    name: str
    business_number: str = ""
    representative: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Contract:
    """The contract or notice that is guaranteed. Amount in won."""

    name: str
    number: str = ""
    contracted_on: date | None = None
    amount: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The cooperative, and the branch and officer who answer questions."""

    name: str
    chairman: str
    address: str
    branch: str
    branch_phone: str
    officer: str


@dataclass(frozen=True, kw_only=True)
class GuaranteeDocument:
    """One version of one document. Both days of the period are inclusive; `amount` is whole won.

    `endorsement` is 0 at first, n for the n-th change; `superseded` prints the mark of a version that a
    later one replaced. `product_english` stands below the title; "" prints what every guarantee is called.
    `verification_code` is unhyphened; `verification_url` goes into the QR code.
    """

    product: str
    number: str
    verification_code: str
    verification_url: str
    debtor: Party
    beneficiary: Party
    amount: int
    starts_on: date
    ends_on: date
    contract: Contract
    coverage: str
    terms_version: str
    issued_on: date
    issuer: Issuer
    special_terms: str = ""
    endorsement: int = 0
    superseded: bool = False
    with_english: bool = True
    product_english: str = ""

    @property
    def title(self) -> str:
        """계약보증 -> 계약보증서."""
        return f"{self.product}서" if self.product.endswith("보증") else f"{self.product} 보증서"

    def texts(self) -> Iterator[tuple[str, str, int, bool]]:
        """Every text not made by us: its label, itself, its greatest length, whether it may have lines."""
        yield "보증 종류", self.product, NAME, False
        yield "보증 종류(영문)", self.product_english, NAME, False
        yield "확인 주소", self.verification_url, LINE, False
        for label, party in (("채무자", self.debtor), ("보증채권자", self.beneficiary)):
            yield f"{label} 상호", party.name, NAME, False
            yield f"{label} 사업자등록번호", party.business_number, NAME, False
            yield f"{label} 대표자", party.representative, NAME, False
            yield f"{label} 주소", party.address, LINE, False
        yield "계약명", self.contract.name, LINE, False
        yield "공고·계약번호", self.contract.number, NAME, False
        yield "보증내용", self.coverage, PARAGRAPHS, True
        yield "특약", self.special_terms, PARAGRAPHS, True
        yield "약관", self.terms_version, LINE, False
        yield "조합", self.issuer.name, NAME, False
        yield "이사장", self.issuer.chairman, NAME, False
        yield "조합 주소", self.issuer.address, LINE, False
        yield "지점", self.issuer.branch, NAME, False
        yield "지점 전화", self.issuer.branch_phone, NAME, False
        yield "담당자", self.issuer.officer, NAME, False


def refuse_unfit(document: GuaranteeDocument) -> None:
    """Raises UnfitText for the first text that is too long or cannot be printed as it is stored."""
    for label, text, longest, lines in document.texts():
        if len(text) > longest:
            raise UnfitText(label, f"‘{label}’ 칸의 글이 너무 깁니다. {longest:,}자까지 줄여 주세요.")
        characters = unprintable(text)
        if characters:
            raise UnfitText(
                label,
                f"‘{label}’ 칸에 보증서에 찍을 수 없는 글자가 있습니다: {named(characters)}. "
                "다른 글자로 바꾸거나 한글로 적어 주세요.",
            )
        if not lines and "\n" in normalised(text):
            raise UnfitText(label, f"‘{label}’ 칸은 한 줄로 적어 주세요.")

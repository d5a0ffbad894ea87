"""Why an application was sent back or rejected: codes an officer chooses from, and what they tell the member.

Each says in plain words what is missing and what to do; `example` names a page of `guarantees.rules.examples`
that shows the paper with the places marked, "" where there is no paper to show.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason as the books, the officer and the member read it."""

    code: str
    label: str
    missing: str
    todo: str
    example: str = ""


_SUPPLEMENT = (
    Reason("contract_pages", "계약서 일부 면 누락",
           "계약서에서 금액, 기간, 당사자가 적힌 면이 모두 보이지 않습니다.",
           "빠진 면까지 한 파일로 모아 다시 올려 주세요.", "contract"),
    Reason("contract_seal", "계약서 날인 누락", "계약서에 두 당사자의 도장이나 전자서명이 보이지 않습니다.",
           "날인이나 서명이 끝난 계약서를 올려 주세요.", "contract"),
    Reason("unreadable", "판독 불가", "올린 파일의 글자가 흐리거나 잘려 읽을 수 없습니다.",
           "밝은 곳에서 다시 찍거나 스캔해 글자가 모두 보이게 올려 주세요."),
    Reason("contract_differs", "계약서와 신청 내용 불일치", "신청서의 계약 내용이 계약서에 적힌 것과 다릅니다.",
           "계약서를 보며 계약명, 금액, 날짜를 고쳐 주세요. 계약이 바뀌었으면 변경계약서를 올려 주세요.",
           "contract"),
    Reason("beneficiary_differs", "보증채권자 불일치", "보증채권자가 계약서의 상대방과 다릅니다.",
           "계약서에 적힌 상대방의 정식 이름과 사업자등록번호로 고쳐 주세요.", "contract"),
    Reason("amount_basis", "보증금액 근거 확인 필요", "보증금액을 정한 계약 조항이 보이지 않습니다.",
           "보증금액이나 비율이 적힌 계약 조항을 올리거나, 보증금액을 고쳐 주세요.", "contract"),
    Reason("period_differs", "보증기간 확인 필요", "보증기간이 계약서에서 정한 기간과 맞지 않습니다.",
           "계약서에서 정한 기간에 맞추어 보증 시작일과 종료일을 고쳐 주세요."),
    Reason("bid_notice", "입찰공고문 누락", "공고번호와 입찰 마감일이 적힌 공고문이 없습니다.",
           "공고번호, 마감일, 입찰보증금 비율이 보이는 면을 올려 주세요.", "bid-notice"),
    Reason("subcontract", "하도급계약서 확인 필요", "하도급 대금, 기간, 지급 조건이 적힌 면이 보이지 않습니다.",
           "하도급계약서에서 대금과 지급 조건이 적힌 면을 올려 주세요.", "subcontract"),
    Reason("payment_cycle", "대금 지급 주기 확인 필요", "하도급 대금을 몇 개월마다 주는지 확인할 서류가 없습니다.",
           "기성금 지급 주기가 적힌 계약 조건을 올려 주세요.", "subcontract"),
    Reason("advance_plan", "선급금 서류 누락", "선급금 액수와 받는 날을 확인할 서류가 없습니다.",
           "선급금 신청서나 사용계획서를 올려 주세요.", "advance-plan"),
    Reason("completion", "준공 확인 서류 누락", "발주자가 준공을 확인한 서류가 없습니다.",
           "준공검사 조서나 준공 확인서를 올려 주세요.", "completion"),
    Reason("site", "현장 주소 확인 필요", "건설기계를 쓰는 현장의 주소를 확인할 서류가 없습니다.",
           "현장 주소가 적힌 착공신고서 등을 올려 주세요.", "site"),
    Reason("contact", "담당자 확인 필요", "담당자와 연락이 닿지 않습니다.",
           "받을 수 있는 휴대폰 번호와 이메일로 고쳐 주세요."),
)  # fmt: skip

_REJECTION = (
    Reason("documents", "구비 서류 미비", "심사에 꼭 필요한 서류를 확인하지 못했습니다.",
           "서류를 모두 갖춘 뒤 새로 신청해 주세요.", "contract"),
    Reason("contract", "계약 내용 불일치", "신청 내용이 계약과 달라 보증할 수 없습니다.",
           "계약서에 맞추어 새로 신청해 주세요.", "contract"),
    Reason("amount", "보증금액·기간 부적정", "보증금액이나 기간이 법이나 계약에서 정한 것과 맞지 않습니다.",
           "계약서에서 정한 금액과 기간으로 새로 신청해 주세요."),
    Reason("limit", "보증한도 부족", "남은 보증한도가 이 보증에 모자랍니다.",
           "끝난 보증을 해제해 한도를 되돌린 뒤 새로 신청해 주세요."),
    Reason("credit", "신용 상태", "지금의 신용 상태로는 보증할 수 없습니다.",
           "신용평가나 담보 제공에 대해 관할 지점과 상의해 주세요."),
    Reason("duplicate", "같은 계약의 보증이 있음", "같은 계약으로 이미 신청하거나 발급한 보증이 있습니다.",
           "이미 있는 보증을 확인해 주세요. 내용을 바꾸려면 변경을 신청해 주세요."),
    Reason("other", "기타", "아래 사유를 읽어 주세요.", "궁금한 점은 관할 지점에 문의해 주세요."),
)  # fmt: skip

SUPPLEMENT_REASONS = {reason.code: reason for reason in _SUPPLEMENT}
REJECTION_REASONS = {reason.code: reason for reason in _REJECTION}
REASONS = SUPPLEMENT_REASONS | REJECTION_REASONS


def label_of(code: str) -> str:
    """The label of a reason; "" for none, and for one that is no longer offered."""
    reason = REASONS.get(code)
    return reason.label if reason else ""

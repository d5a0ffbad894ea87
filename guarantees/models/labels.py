"""The Korean names of states, for pages and admin."""

from guarantees.rules.claims import ClaimState
from guarantees.rules.states import ApplicationState, GuaranteeState

APPLICATION_STATES = [
    (ApplicationState.DRAFT.value, "작성 중"),
    (ApplicationState.SUBMITTED.value, "접수"),
    (ApplicationState.IN_REVIEW.value, "심사 중"),
    (ApplicationState.SUPPLEMENT.value, "보완 요청"),
    (ApplicationState.APPROVED.value, "승인"),
    (ApplicationState.SIGNED.value, "약정 완료"),
    (ApplicationState.FEE_PAID.value, "수수료 납부"),
    (ApplicationState.ISSUED.value, "발급"),
    (ApplicationState.REJECTED.value, "반려"),
    (ApplicationState.LAPSED.value, "기한 만료"),
    (ApplicationState.WITHDRAWN.value, "취하"),
]

GUARANTEE_STATES = [
    (GuaranteeState.ACTIVE.value, "유효"),
    (GuaranteeState.EXPIRED.value, "기간 종료"),
    (GuaranteeState.RELEASED.value, "해제"),
    (GuaranteeState.CANCELLED.value, "취소"),
]

DELIVERY_CHANNELS = [
    ("print", "직접 제출(인쇄·파일)"),
    ("email", "이메일로 전자 송부"),
    ("procurement", "전자조달시스템 전송"),
]

CLAIM_STATES = [
    (ClaimState.OPEN.value, "접수"),
    (ClaimState.DOCS_REQUESTED.value, "서류 요청"),
    (ClaimState.REVIEW.value, "심사 중"),
    (ClaimState.PAID.value, "지급"),
    (ClaimState.DENIED.value, "거절"),
    (ClaimState.WITHDRAWN.value, "철회"),
]

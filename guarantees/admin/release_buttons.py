"""What an officer decides about releasing one guarantee, or about somebody's request for it (S23)."""

from typing import Any

from guarantees.actions import release_requests, releasing
from guarantees.admin.forms import ConfirmedForm, PartForm, RefuseReleaseForm, ReleaseForm
from guarantees.models import Guarantee, ReleaseRequest, RequestState
from guarantees.rules.releasing import LIVE_STATES
from portal.desk.buttons import Button
from portal.desk.cells import won
from portal.members.roles import DECIDING_ROLES
from portal.particles import as_object

FINAL = "보증을 해제합니다. 되돌릴 수 없습니다. 무엇으로 확인했는지 적어 주세요."


def release(guarantee: Guarantee, **answers: Any) -> str:
    releasing.release(guarantee_id=guarantee.pk, **answers)
    return f"보증 {as_object(guarantee.number)} 해제했습니다. 보증한도가 회복됩니다."


def release_partly(guarantee: Guarantee, **answers: Any) -> str:
    left = releasing.release_partly(guarantee_id=guarantee.pk, **answers).outstanding
    return f"보증 {as_object(guarantee.number)} 일부 해제했습니다. 남은 보증잔액은 {won(left)}입니다."


def grant(request: ReleaseRequest, **answers: Any) -> str:
    return release(request.guarantee, ground=request.ground, request_id=request.pk, **answers)


def grant_part(request: ReleaseRequest, **answers: Any) -> str:
    return release_partly(
        request.guarantee, ground=request.ground, amount=request.amount, request_id=request.pk, **answers
    )


def refuse(request: ReleaseRequest, **answers: Any) -> str:
    release_requests.refuse_release(request_id=request.pk, **answers)
    return f"{request}을 반려했습니다. 조합원에게 사유를 알립니다."


def live(guarantee: Guarantee) -> bool:
    return guarantee.state in LIVE_STATES


def waits(request: ReleaseRequest) -> bool:
    return request.state == RequestState.OPEN


BUTTONS = (
    Button(
        name="release", label="해제", roles=DECIDING_ROLES, form=ReleaseForm, run=release, is_dangerous=True,
        when=live, question=FINAL,
    ),
    Button(
        name="release_partly", label="일부 해제", roles=DECIDING_ROLES, form=PartForm, run=release_partly,
        when=lambda guarantee: live(guarantee) and guarantee.outstanding > 1,
        question="보증잔액을 줄입니다. 되돌릴 수 없습니다. 선급금을 일부 정산한 때도 여기에서 처리합니다.",
    ),
)  # fmt: skip

REQUEST_BUTTONS = (
    Button(
        name="grant", label="해제", roles=DECIDING_ROLES, form=ConfirmedForm, run=grant, is_dangerous=True,
        when=lambda request: waits(request) and request.amount is None, question=FINAL,
    ),
    Button(
        name="grant_part", label="일부 해제", roles=DECIDING_ROLES, form=ConfirmedForm, run=grant_part,
        when=lambda request: waits(request) and request.amount is not None,
        question="요청한 금액만큼 보증잔액을 줄입니다. 되돌릴 수 없습니다. 무엇으로 확인했는지 적어 주세요.",
    ),
    Button(
        name="refuse", label="반려", roles=DECIDING_ROLES, form=RefuseReleaseForm, run=refuse, when=waits,
        is_dangerous=True,
        question="요청을 반려합니다. 보증은 그대로이고, 조합원에게 사유가 나갑니다.",
    ),
)  # fmt: skip

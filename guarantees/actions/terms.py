"""Rates and terms of business take effect when a second person has checked them."""

from datetime import datetime

from django.db import transaction

from guarantees.models import ProductTerms
from guarantees.models.policies import Dated
from portal.access import Actor
from portal.audit.trail import record
from portal.members.roles import Role
from portal.refusals import Refusal


class MadeByYourself(Refusal):
    """Maker and checker must be two people."""

    message = "직접 입안한 기준은 승인할 수 없습니다. 다른 제도 관리 담당자가 승인해야 시행됩니다."


class AlreadyChecked(Refusal):
    """The terms have been checked before."""

    message = "이미 승인된 기준입니다. 화면을 새로 고쳐 확인해 주세요."


class NotForYou(Refusal):
    """Only the policy department decides on rates and terms."""

    message = "요율과 기준은 제도 관리 담당자만 승인할 수 있습니다."


@transaction.atomic
def check_terms(*, model: type[Dated | ProductTerms], terms_id: int, by: Actor, at: datetime) -> None:
    """Let a row of dated terms that another person made take effect.

    Raises NotForYou, AlreadyChecked, MadeByYourself.
    """
    if Role.POLICY_ADMIN not in by.roles:
        raise NotForYou
    terms = model._default_manager.select_for_update(of=("self",)).get(pk=terms_id)
    if terms.checked_by_id is not None:
        raise AlreadyChecked
    if terms.made_by_id == by.user_id:
        raise MadeByYourself
    terms.checked_by_id = by.user_id
    terms.save(update_fields=["checked_by"])
    record(action=f"{model._meta.model_name}.check", by=by, at=at, subject=terms)

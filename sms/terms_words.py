"""Approved terms of the mileage in Korean sentences, for the notice that announced them (S19, S20)."""

from collections.abc import Iterator

from portal.helpdesk.models import Notice
from portal.templatetags.portal_ui import korean_date
from sms.models import MileagePolicy, Suspension


def words_of(terms: MileagePolicy | Suspension) -> str:
    """What holds from when on, or which days the service rests."""
    if isinstance(terms, Suspension):
        days = f"{korean_date(terms.starts_on)}부터 {korean_date(terms.ends_on)}까지"
        return f"{days} 문자메시지서비스를 쉽니다. {terms.reason}."
    return (
        f"{korean_date(terms.effective_from)}부터 인터넷 보증서 1건을 발급받을 때마다 "
        f"{terms.earn_per_issue}콜을 적립하고, 적립한 날부터 {terms.validity_months}개월 동안 쓸 수 있습니다."
    )


def resting_on(notice: Notice) -> Iterator[str]:
    """The approved terms that rest on this notice."""
    for model in (MileagePolicy, Suspension):
        for terms in model.objects.approved().filter(legal_notice=notice):
            yield words_of(terms)

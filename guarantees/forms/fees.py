"""What is typed to see a fee before applying."""

from typing import Any

from guarantees.forms.limits import TrialForm
from guarantees.rules.completeness import LONGEST_YEARS
from portal.fields import DayField


class FeeForm(TrialForm):
    """Product, amount in won and period; both days count."""

    starts_on = DayField(label="보증 시작일")
    ends_on = DayField(label="보증 종료일", help_text="시작일과 종료일을 모두 기간에 넣어 계산합니다.")

    def clean(self) -> dict[str, Any]:
        starts_on, ends_on = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "보증 종료일이 시작일보다 빠릅니다. 두 날짜를 다시 확인해 주세요.")
        elif starts_on and ends_on and (ends_on - starts_on).days > LONGEST_YEARS * 366:
            self.add_error("ends_on", f"보증기간이 {LONGEST_YEARS}년을 넘습니다. 연도를 다시 확인해 주세요.")
        return self.cleaned_data

"""Whether the day has had its run, asked from outside it: by beat, by cron, and when a worker starts.

No single one of them is relied on. The alarm's e-mail goes out once a day, whoever notices first.
"""

import logging
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q

from guarantees.actions.expiry import is_left_to_tell, plan_expiry_notices
from guarantees.models import ExpiryAlarm, ExpiryRun, RunState
from portal.access import Actor
from portal.clock import SEOUL, seoul_day
from portal.templatetags.portal_ui import korean_date

log = logging.getLogger(__name__)

# Seoul hours in which a missing run is made up for: not before the usual first one, nor when texts rest.
OPENS, CLOSES = 9, 20
TRY_MAIL_AGAIN = timedelta(minutes=30)


def has_run(on: date) -> bool:
    """Whether the day's run was completed, holidays included."""
    return ExpiryRun.objects.filter(run_on=on, state__in=[RunState.DONE, RunState.SKIPPED]).exists()


def run_if_due(*, by: Actor, at: datetime) -> ExpiryRun | None:
    """Run for the Seoul day of `at` if its hours have begun and it has had none, or a digest is to be retold."""
    on = seoul_day(at)
    if not OPENS <= at.astimezone(SEOUL).hour < CLOSES:
        return None
    if has_run(on) and not is_left_to_tell(on=on, at=at):
        return None
    return plan_expiry_notices(on=on, by=by, at=at)


def raise_alarm(*, at: datetime) -> bool:
    """Tell of a day without a run, once the hour of the alarm has come. Returns whether there is one to tell of.

    The log hears of it each time, the operators once. A mail server in trouble is tried again after half an hour.
    """
    on = seoul_day(at)
    if at.astimezone(SEOUL).hour < settings.EXPIRY_ALARM_HOUR or has_run(on):
        return False
    log.error("no expiry run on %s by %s o'clock", on, settings.EXPIRY_ALARM_HOUR)
    ExpiryAlarm.objects.get_or_create(run_on=on, defaults={"raised_at": at})
    open_alarm = ExpiryAlarm.objects.filter(run_on=on, mailed_at=None)
    not_just_tried = Q(tried_at=None) | Q(tried_at__lte=at - TRY_MAIL_AGAIN)
    if open_alarm.filter(not_just_tried).update(tried_at=at) and _mail(on):
        open_alarm.update(mailed_at=at)
    return True


def _mail(on: date) -> bool:
    text = (
        f"{korean_date(on)} {settings.EXPIRY_ALARM_HOUR}시까지 보증해제대상 안내가 실행되지 않았습니다.\n\n"
        "예약 실행기(beat)와 작업 프로세스(worker), 데이터베이스를 확인해 주세요.\n"
        "서버에서 아래 명령을 실행하면 바로 만들어집니다. 두 번 실행해도 문자는 한 번만 나갑니다.\n\n"
        "    ./run manage expiry_run --if-due\n"
    )
    try:
        send_mail("[경보] 보증해제대상 안내가 실행되지 않았습니다", text, None, settings.OPERATOR_EMAILS)
    except OSError as error:  # smtplib's errors are of its kind too
        log.error("the alarm could not be mailed: %s", type(error).__name__)
        return False
    return True

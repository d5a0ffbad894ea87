"""회사 사용자: a representative asks people in, gives them a role and shuts them out (S49)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.letters import MOST_TRIES, MailState
from portal.members.actions import company_users as actions
from portal.members.actions.users import UsernameTaken
from portal.members.invitations import token_of
from portal.members.models import Invitation, LoginSession, Member, MemberStatus, User
from portal.members.roles import Role
from portal.members.tasks import mail_invitations
from tests.factories import PASSWORD, at, make_member, make_user
from tests.pages.actors import new_browser

MORNING = at("2026-11-23 09:00")  # 월
NEW_PASSWORD = "Nuri-Portal-77"
RAON = {
    "full_name": "최라온",
    "email": "raon@example.kr",
    "username": "raon",
    "mobile": "010-0000-7777",
    "role": "member_user",
}
transactional = pytest.mark.django_db(transaction=True)
plain = pytest.mark.django_db


@pytest.fixture
def company() -> Member:
    return make_member(name="미르누리설비(주)")


@pytest.fixture
def boss(company: Member) -> User:
    return make_user(Role.MEMBER_REP, member=company, username="mirnuri")


def signed_in(username: str, password: str = PASSWORD) -> Client:
    browser = new_browser()
    browser.post("/accounts/login/", {"login": username, "password": password})
    return browser


def invite(boss: User, **changes: Any) -> Invitation:
    values: dict[str, Any] = {**RAON, "role": Role.MEMBER_USER, "mobile": "01000007777", **changes}
    return actions.invite(member_id=boss.member_id or 0, **values, by=Actor.user(boss), at=MORNING)


def press(browser: Client, colleague: User, do: str, **typed: str) -> HttpResponse:
    return browser.post(reverse("people:user", args=[colleague.pk]), {"do": do, **typed}, follow=True)


def link_in(letter: Any) -> str:
    found = re.search(r"/join/\S+/", letter.body)
    assert found is not None
    return found[0]


# ── From the invitation to the first login ──


@transactional
def test_an_invited_person_sets_a_password_and_comes_in(boss: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        page = signed_in("mirnuri").post(reverse("people:invite"), RAON, follow=True)
        assert "초대 메일을 보냅니다" in page.content.decode()
        assert (mail_invitations(), mail_invitations()) == (1, 0)
    (letter,) = mail.outbox
    assert (letter.to, "미르누리설비(주)" in letter.subject) == (["raon@example.kr"], True)
    assert "2026. 11. 30.(월) 09:00까지" in letter.body
    with time_machine.travel(MORNING + timedelta(days=6), tick=False):
        link, guest = link_in(letter), new_browser()
        assert "초대를 받으셨습니다" in guest.get(link).content.decode()
        done = guest.post(link, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
        assert (done.status_code, done["Location"]) == (302, reverse("account_login"))
        raon = User.objects.get(username="raon")
        assert (raon.full_name, raon.mobile, raon.roles) == ("최라온", "01000007777", {Role.MEMBER_USER})
        assert raon.member == boss.member
        assert signed_in("raon", NEW_PASSWORD).get("/mypage/").status_code == 200
        assert guest.get(link).status_code == 410
    done = AuditEvent.everything.filter(action__in=["user.invite", "user.add", "user.join"])
    assert [event.action for event in done.order_by("id")] == ["user.invite", "user.add", "user.join"]
    assert "01000007777" not in str([event.detail for event in done])


@plain
def test_without_a_name_to_sign_in_with_the_address_is_it(boss: User) -> None:
    signed_in("mirnuri").post(reverse("people:invite"), {**RAON, "username": ""})
    assert Invitation.everything.get().username == "raon@example.kr"


@plain
@pytest.mark.parametrize(
    ("_case", "changes", "says"),
    [
        ("이름 없음", {"full_name": ""}, "이름을 입력해 주세요."),
        ("메일 주소 아님", {"email": "raon"}, "이메일 주소를 다시 확인해 주세요."),
        ("짧은 아이디", {"username": "rao"}, "아이디를 4자 이상 입력해 주세요."),
        ("역할 없음", {"role": ""}, "역할을 골라 주세요."),
        ("직원 역할", {"role": "branch_head"}, "올바르게 선택해 주세요"),
        ("남의 아이디, 다른 글자", {"username": "MIRNURI"}, "이미 쓰고 있는 아이디입니다."),
    ],
)
def test_what_is_typed_wrong_is_said_and_nobody_is_invited(
    boss: User, _case: str, changes: dict[str, str], says: str
) -> None:
    page = signed_in("mirnuri").post(reverse("people:invite"), {**RAON, **changes})
    assert says in page.content.decode()
    assert not Invitation.everything.exists()


@plain
@pytest.mark.parametrize(
    ("_case", "password", "again", "says"),
    [
        ("서로 다름", NEW_PASSWORD, "Nuri-Portal-78", "비밀번호가 서로 다릅니다."),
        ("짧음", "Nuri-1", "Nuri-1", "10"),
        ("회사 이름", "미르누리설비-77", "미르누리설비-77", "회사 이름"),
    ],
)
def test_a_bad_password_makes_no_account(boss: User, _case: str, password: str, again: str, says: str) -> None:
    invitation = invite(boss)
    with time_machine.travel(MORNING, tick=False):
        page = new_browser().post(link_to(invitation), {"password": password, "again": again})
    assert (page.status_code, says in page.content.decode()) == (200, True)
    assert not User.objects.filter(username="raon").exists()


def link_to(invitation: Invitation) -> str:
    return reverse("people:join", args=[token_of(invitation)])


@plain
@pytest.mark.parametrize(
    ("_case", "days", "then"),
    [("7일 1초 전", timedelta(days=7, seconds=-1), 200), ("7일", timedelta(days=7), 410)],
)
def test_a_link_serves_seven_days(boss: User, _case: str, days: timedelta, then: int) -> None:
    invitation = invite(boss)
    with time_machine.travel(MORNING + days, tick=False):
        assert new_browser().get(link_to(invitation)).status_code == then


@plain
@pytest.mark.parametrize("what", ["withdrawn", "sent again", "company withdrawn", "tampered"])
def test_a_link_that_serves_no_more_makes_no_account(boss: User, what: str) -> None:
    invitation, by = invite(boss), Actor.user(boss)
    link = link_to(invitation)
    if what == "withdrawn":
        actions.withdraw_invitation(invitation_id=invitation.pk, by=by, at=MORNING)
    elif what == "sent again":
        actions.invite_again(invitation_id=invitation.pk, by=by, at=MORNING)
    elif what == "company withdrawn":
        Member.everything.filter(pk=boss.member_id).update(status=MemberStatus.WITHDRAWN)
    else:
        link = link[:-3] + "xx/"
    with time_machine.travel(MORNING, tick=False):
        page = new_browser().post(link, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert (page.status_code, "초대를 쓸 수 없습니다" in page.content.decode()) == (410, True)
    assert not User.objects.filter(username="raon").exists()


@plain
def test_a_name_waits_for_one_invitation_only(boss: User) -> None:
    other = make_user(Role.MEMBER_REP, member=make_member())
    invitation = invite(boss)
    with pytest.raises(actions.AlreadyInvited):
        invite(boss, username="RAON")
    with pytest.raises(UsernameTaken):  # does not tell where else
        invite(other)
    Invitation.everything.filter(pk=invitation.pk).update(expires_at=MORNING)
    assert invite(other).member == other.member
    invitation.refresh_from_db()
    assert invitation.withdrawn_at == MORNING


@plain
def test_the_database_knows_one_open_invitation_a_name_and_no_acceptance_by_nobody(boss: User) -> None:
    invitation = invite(boss)
    with pytest.raises(IntegrityError, match="invitation_open_username"), transaction.atomic():
        Invitation.everything.create(
            member=boss.member, username="Raon", full_name="-", email="a@b.kr", role="member_user",
            invited_by=boss, invited_at=MORNING, expires_at=MORNING, mail_after=MORNING,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="invitation_accepted_by_somebody"), transaction.atomic():
        Invitation.everything.filter(pk=invitation.pk).update(accepted_at=MORNING)


@plain
def test_twenty_wait_and_no_more(boss: User) -> None:
    for n in range(actions.MOST_OPEN):
        invite(boss, username=f"raon{n}")
    with pytest.raises(actions.TooManyInvitations):
        invite(boss)


@transactional
def test_a_letter_that_cannot_be_sent_is_shown_and_sent_again_by_hand(boss: User, settings: Any) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    invitation = invite(boss)
    moment = MORNING
    for _ in range(MOST_TRIES):
        with time_machine.travel(moment, tick=False):
            assert mail_invitations() == 0
        moment += timedelta(hours=3)
    invitation.refresh_from_db()
    assert invitation.mail == MailState.FAILED
    settings.EMAIL_BACKEND = backend
    with time_machine.travel(moment, tick=False):
        browser = signed_in("mirnuri")
        assert "메일을 보내지 못함" in browser.get(reverse("people:users")).content.decode()
        browser.post(reverse("people:users"), {"do": "again", "invitation": invitation.pk})
        assert mail_invitations() == 1


# ── Roles, and shutting out ──


@plain
def test_a_role_is_changed_and_kept_in_the_trail(boss: User, company: Member) -> None:
    raon = make_user(Role.MEMBER_USER, member=company, username="raon")
    press(signed_in("mirnuri"), raon, "role", role="member_rep")
    assert User.objects.get(pk=raon.pk).roles == {Role.MEMBER_REP}
    event = AuditEvent.everything.get(action="user.change_roles")
    assert (event.actor, event.detail) == (boss, {"before": ["member_user"], "after": ["member_rep"]})


@plain
def test_whoever_is_shut_out_is_out_at_once_everywhere_and_comes_back(boss: User, company: Member) -> None:
    raon = make_user(Role.MEMBER_USER, member=company, username="raon")
    office, site, browser = signed_in("raon"), signed_in("raon"), signed_in("mirnuri")
    assert LoginSession.objects.filter(user=raon).count() == 2
    page = press(browser, raon, "deactivate", reason="퇴사")
    assert "계정을 중지했습니다" in page.content.decode()
    assert LoginSession.objects.filter(user=raon).count() == 0
    assert [each.get("/mypage/").status_code for each in (office, site)] == [302, 302]
    assert signed_in("raon").get("/mypage/").status_code == 302
    assert AuditEvent.everything.get(action="user.deactivate").detail == {"reason": "퇴사", "sessions": 2}
    press(browser, raon, "reactivate", reason="복직")
    assert signed_in("raon").get("/mypage/").status_code == 200


@plain
@pytest.mark.parametrize("do", ["deactivate", "reactivate"])
def test_a_reason_is_asked_for(boss: User, company: Member, do: str) -> None:
    raon = make_user(Role.MEMBER_USER, member=company, is_active=do == "reactivate")
    page = press(signed_in("mirnuri"), raon, do, reason=" ")
    assert "사유를 입력해 주세요." in page.content.decode()
    assert User.objects.get(pk=raon.pk).is_active == raon.is_active


@plain
@pytest.mark.parametrize(("do", "typed"), [("role", {"role": "member_user"}), ("deactivate", {"reason": "퇴사"})])
def test_the_last_administrator_stays(boss: User, company: Member, do: str, typed: dict[str, str]) -> None:
    make_user(Role.MEMBER_REP, member=company, is_active=False)  # one who is shut out himself does not count
    page = press(signed_in("mirnuri"), boss, do, **typed)
    assert "마지막 조합원 대표라" in page.content.decode()
    kept = User.objects.get(pk=boss.pk)
    assert (kept.is_active, kept.roles) == (True, {Role.MEMBER_REP})
    assert not AuditEvent.everything.filter(action__startswith="user.").exists()


@plain
def test_with_a_second_one_the_first_may_go(boss: User, company: Member) -> None:
    make_user(Role.MEMBER_REP, member=company)
    browser = signed_in("mirnuri")
    press(browser, boss, "role", role="member_user")
    assert browser.get(reverse("people:users")).status_code == 403


@plain
def test_an_administrator_who_was_shut_out_a_moment_ago_does_nothing_more(boss: User, company: Member) -> None:
    second = make_user(Role.MEMBER_REP, member=company)
    by = Actor.user(second)
    actions.deactivate(user_id=second.pk, reason="-", by=Actor.user(boss), at=MORNING)
    with pytest.raises(actions.NotAdministrator):
        actions.deactivate(user_id=boss.pk, reason="-", by=by, at=MORNING)
    assert User.objects.get(pk=boss.pk).is_active


@plain
def test_nobody_touches_another_company_s_people(boss: User) -> None:
    stranger = make_user(Role.MEMBER_USER, member=make_member())
    theirs = invite(make_user(Role.MEMBER_REP, member=stranger.member), username="nari")
    browser = signed_in("mirnuri")
    assert press(browser, stranger, "deactivate", reason="-").status_code == 404
    for do in ("again", "withdraw"):
        answer = browser.post(reverse("people:users"), {"do": do, "invitation": theirs.pk})
        assert answer.status_code == 404
    for page in (reverse("people:users"), reverse("people:invite")):
        assert stranger.full_name not in browser.get(page).content.decode()
    with pytest.raises(User.DoesNotExist):
        actions.deactivate(user_id=stranger.pk, reason="-", by=Actor.user(boss), at=MORNING)
    with pytest.raises(actions.NotAdministrator):
        actions.invite(
            member_id=stranger.member_id or 0, **{**RAON, "role": Role.MEMBER_USER, "mobile": ""},
            by=Actor.user(boss), at=MORNING,
        )  # fmt: skip


@plain
def test_who_does_not_represent_the_company_sees_neither_page_nor_menu_entry(company: Member, boss: User) -> None:
    make_user(Role.MEMBER_USER, member=company, username="raon")
    browser = signed_in("raon")
    assert browser.get(reverse("people:users")).status_code == 403
    assert reverse("people:users") not in browser.get(reverse("people:sessions")).content.decode()
    assert reverse("people:users") in signed_in("mirnuri").get(reverse("people:sessions")).content.decode()

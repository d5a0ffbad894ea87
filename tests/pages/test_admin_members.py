"""Members and accounts on the desk: what is typed, refused and written down (S29, S49, DOMAIN §2.6)."""

import re
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.members.actions import members, users
from portal.members.models import Member, User
from portal.members.roles import Role
from portal.members.sms_name import derive_sms_name
from sms.models import Reception
from tests.factories import business_number, make_branch, make_member, make_user

pytestmark = pytest.mark.django_db

BACKEND = "portal.members.login.MemberBackend"


@pytest.fixture
def branch():
    return make_branch()


@pytest.fixture
def officer(branch):
    return make_user(Role.BRANCH_OFFICER, branch=branch)


@pytest.fixture
def member(branch):
    return make_member(branch, contact_email="contact@example.kr")


@pytest.fixture
def it():
    return make_user(Role.IT_SUPPORT)


def desk(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def change(user, row, **typed):
    url = reverse(f"admin:members_{row._meta.model_name}_change", args=[row.pk])
    client = desk(user)
    form = client.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values = {name: value for name, value in values.items() if value not in (None, False)}
    for formset in client.get(url).context["inline_admin_formsets"]:
        prefix, total = formset.formset.prefix, formset.formset.total_form_count()
        values |= {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": total}
        values |= {f"{prefix}-{n}-id": row.instance.pk for n, row in enumerate(formset.formset.forms)}
    values |= {name: value for name, value in typed.items() if value is not None}
    for name in [name for name, value in typed.items() if value is None]:
        values.pop(name, None)
    return client.post(url, values, follow=True)


def text_of(response) -> str:
    return response.content.decode()


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def last_event() -> AuditEvent:
    return AuditEvent.everything.order_by("-id")[0]


@pytest.mark.parametrize(
    ("_case", "name", "derived"),
    [
        ("뒤에 붙은 (주)", "미르누리설비(주)", "미르누리설비"),
        ("앞에 붙은 ㈜", "㈜해든기공", "해든기공"),
        ("주식회사", "주식회사 새롬공조", "새롬공조"),
        ("유한회사", "두레배관 유한회사", "두레배관"),
        ("개인", "이든설비", "이든설비"),
        ("32바이트", "가나다라마바사아자차카타파하가나", "가나다라마바사아자차카타파하가나"),
        ("34바이트", "가나다라마바사아자차카타파하가나다", "가나다라마바사아자차카타파하가…"),
        ("보낼 수 없는 글자", "펲시설비(주)", ""),
        ("조합형 자모", "미르", "미르"),
    ],
)
def test_the_name_for_texts(_case, name, derived):
    assert derive_sms_name(name) == derived


def test_a_change_is_written_down_with_numbers_masked(officer, member):
    response = change(officer, member, representative_mobile="010 0000 0777", address="서울 중구")
    assert response.status_code == 200
    member.refresh_from_db()
    assert (member.representative_mobile, member.address) == ("01000000777", "서울 중구")
    event = last_event()
    assert (event.action, event.member, event.channel) == ("member.change", member, "admin")
    assert event.detail["after"] == {"representative_mobile": "010-****-0777", "address": "서울 중구"}


@pytest.mark.parametrize(
    ("_case", "typed", "told"),
    [
        ("검증번호 틀림", {"business_number": "901-81-12010"}, "숫자가 서로 맞지 않습니다"),
        ("011 번호", {"representative_mobile": "011-123-4567"}, "010 번호로 바꿔 주세요"),
        ("보낼 수 없는 문자용 상호", {"sms_name": "펲시설비"}, "보낼 수 없는 글자"),
        ("34바이트 문자용 상호", {"sms_name": "가" * 17}, "34"),
        ("빈 상호", {"name": ""}, "필수"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(officer, member, _case, typed, told):
    before = Member.everything.filter(pk=member.pk).values().get()
    response = change(officer, member, **typed)
    assert response.context["errors"]
    assert told in text_of(response)
    assert Member.everything.filter(pk=member.pk).values().get() == before


def test_a_business_number_is_given_once_in_the_whole_cooperative(officer, member):
    other = make_member(make_branch())
    response = change(officer, member, business_number=other.business_number)
    assert "이미 등록된 사업자등록번호입니다." in text_of(response)


def test_a_corporate_number_that_looks_wrong_is_saved_with_a_warning(officer, member):
    response = change(officer, member, corporate_number="110111-0062439")
    member.refresh_from_db()
    assert member.corporate_number == "1101110062439"
    assert any("예전 규칙과 다릅니다" in message for message in said(response))


def test_the_name_for_texts_follows_the_name_unless_set_by_hand(officer, member):
    change(officer, member, name="해든기공(주)")
    member.refresh_from_db()
    assert member.sms_name == "해든기공"
    change(officer, member, sms_name="해든")
    change(officer, member, name="해든기공건설(주)")
    member.refresh_from_db()
    assert member.sms_name == "해든"


def test_the_standing_of_a_member_is_for_heads(officer, member, branch):
    change(officer, member, status="expelled")
    member.refresh_from_db()
    assert member.status == "active"
    change(make_user(Role.BRANCH_HEAD, branch=branch), member, status="suspended")
    member.refresh_from_db()
    assert member.status == "suspended"


def test_an_officer_cannot_move_a_member_to_another_branch(officer, member, branch):
    other = make_branch()
    assert change(officer, member, branch=other.pk).context["errors"]
    change(make_user(Role.HQ_UNDERWRITER), member, branch=other.pk)
    member.refresh_from_db()
    assert member.branch == other


def test_a_new_member_of_the_own_branch(officer, branch):
    url = reverse("admin:members_member_add")
    typed = {
        "name": "가람열원(주)", "business_number": "917-81-14972", "representative_name": "이나래",
        "representative_mobile": "010-0000-1007", "branch": branch.pk, "joined_on": "2026-11-20",
    }  # fmt: skip
    for prefix in ("users", "recipients", "reception_changes", "link_permissions"):
        typed |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    response = desk(officer).post(url, typed, follow=True)
    assert response.status_code == 200, response
    made = Member.everything.get(business_number="9178114972")
    assert (made.sms_name, made.status, made.branch) == ("가람열원", "active", branch)
    assert last_event().action == "member.add"

    stranger = make_branch()
    response = desk(officer).post(url, {**typed, "business_number": business_number(77), "branch": stranger.pk})
    assert "branch" in response.context["errors"][0] or response.context["errors"]
    assert Member.everything.filter(branch=stranger).count() == 0


def test_a_new_representative_and_a_warning_where_the_old_one_had_opted_out(officer, member):
    url = reverse("admin:members_member_do", args=[member.pk, "representative"])
    answers = {"name": "이나래", "mobile": "010-0000-1014", "evidence": "등기사항증명서 2026. 11. 20."}
    response = desk(officer).post(url, {**answers, "evidence": ""})
    assert "필수" in text_of(response)
    desk(officer).post(url, answers)
    member.refresh_from_db()
    assert (member.representative_name, member.representative_mobile) == ("이나래", "01000001014")
    assert last_event().detail["note"] == "등기사항증명서 2026. 11. 20."

    Reception.everything.create(member=member, representative_receives=False, changed_at=now())
    response = change(officer, member, representative_mobile="010-0000-1021")
    assert any("수신거부 상태" in message for message in said(response))


def test_who_only_reads_sees_no_whole_number(member):
    auditor = make_user(Role.AUDITOR)
    body = text_of(desk(auditor).get(reverse("admin:members_member_change", args=[member.pk])))
    assert member.representative_mobile not in body
    assert f"010-****-{member.representative_mobile[7:]}" in body


def test_a_user_of_a_member_sets_his_own_password_by_email(officer, member):
    url = reverse("admin:members_member_do", args=[member.pk, "add-user"])
    answers = {"username": "garam1", "full_name": "이나래", "email": "narae@example.kr", "roles": ["member_rep"]}
    response = desk(officer).post(url, answers, follow=True)
    user = User.objects.get(username="garam1")
    assert (user.member, user.roles, user.has_usable_password()) == (member, {Role.MEMBER_REP}, False)
    assert "비밀번호 재설정" in said(response)[0]

    visitor = Client()
    visitor.post(reverse("account_reset_password"), {"email": "narae@example.kr"})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[0].body)
    page = visitor.get(link[0], follow=True)
    assert page.status_code == 200
    word = "Garam-bodeum-2026"
    visitor.post(page.redirect_chain[-1][0], {"password1": word, "password2": word})
    user.refresh_from_db()
    assert user.check_password(word)


@pytest.mark.parametrize("username", ["garam1", "GARAM1"])
def test_a_username_is_given_once_in_whatever_case(officer, member, username):
    make_user(Role.MEMBER_USER, member=member, username="garam1")
    url = reverse("admin:members_member_do", args=[member.pk, "add-user"])
    answers = {"username": username, "full_name": "이나래", "email": "n@example.kr", "roles": ["member_user"]}
    assert "이미 쓰고 있는 아이디입니다." in text_of(desk(officer).post(url, answers))


def test_a_member_is_given_no_staff_role(officer, member):
    url = reverse("admin:members_member_do", args=[member.pk, "add-user"])
    answers = {"username": "garam1", "full_name": "이나래", "email": "n@example.kr", "roles": ["hq_underwriter"]}
    desk(officer).post(url, answers)
    assert not User.objects.filter(username="garam1").exists()


NEW = {"username": "staff1", "full_name": "정마루", "email": "maru@example.kr"}


@pytest.mark.parametrize(
    ("_case", "where", "roles", "held"),
    [
        ("지점 직원", "branch", ["branch_officer"], {Role.BRANCH_OFFICER}),
        ("본부 직원", "head", ["policy_admin", "auditor"], {Role.POLICY_ADMIN, Role.AUDITOR}),
        ("조합원 사용자", "member", ["member_user"], {Role.MEMBER_USER}),
        ("지점에 본부 역할", "branch", ["hq_underwriter"], None),
        ("본부에 지점 역할", "head", ["branch_head"], None),
        ("조합원에 직원 역할", "member", ["it_support"], None),
        ("역할 없음", "head", [], None),
    ],
)
def test_the_it_department_opens_accounts_with_roles_that_fit(it, branch, member, _case, where, roles, held):
    side = {"branch": {"branch": branch.pk}, "head": {}, "member": {"business_number": member.business_number}}
    response = desk(it).post(reverse("admin:members_user_add"), {**NEW, **side[where], "roles": roles})
    if held is None:
        assert response.context["errors"]
        assert not User.objects.filter(username="staff1").exists()
    else:
        made = User.objects.get(username="staff1")
        assert (made.roles, made.is_staff, made.is_superuser) == (held, where != "member", False)


def test_a_change_of_roles_is_written_down_and_takes_effect(it, branch):
    officer = make_user(Role.BRANCH_OFFICER, branch=branch)
    change(it, officer, roles=["branch_head"])
    assert User.objects.get(pk=officer.pk).roles == {Role.BRANCH_HEAD}
    event = last_event()
    assert (event.action, event.detail) == (
        "user.change_roles", {"before": ["branch_officer"], "after": ["branch_head"]},
    )  # fmt: skip


def test_nobody_changes_his_own_authority(it):
    url = reverse("admin:members_user_change", args=[it.pk])
    form = desk(it).get(url).context["adminform"].form
    assert sorted(form.fields) == ["email", "full_name"]
    desk(it).post(url, {"full_name": "강바로", "email": "b@example.kr", "roles": ["hq_underwriter"], "branch": ""})
    stored = User.objects.get(pk=it.pk)
    assert (stored.full_name, stored.roles) == ("강바로", {Role.IT_SUPPORT})


def test_the_it_department_cannot_touch_the_superuser(it):
    root = make_user(is_superuser=True)
    url = reverse("admin:members_user_change", args=[root.pk])
    assert desk(it).post(url, {"full_name": "x", "email": "attacker@example.kr"}).status_code == 403
    for button in ("reset-second-factor",):
        reset = reverse("admin:members_user_do", args=[root.pk, button])
        assert desk(it).post(reset, {"reason": "분실"}).status_code == 409
    assert User.objects.get(pk=root.pk).email == root.email


def test_nobody_becomes_superuser_on_the_desk(it, branch):
    officer = make_user(Role.BRANCH_OFFICER, branch=branch)
    change(it, officer, is_superuser="on", is_staff="on", roles=["branch_officer"])
    assert not User.objects.get(pk=officer.pk).is_superuser


def test_an_address_replaced_resets_the_password_no_more(it, member):
    user = make_user(Role.MEMBER_USER, member=member)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    old = user.email
    change(it, user, email="new@example.kr", roles=["member_user"])
    Client().post(reverse("account_reset_password"), {"email": old})
    assert [message.to for message in mail.outbox if "key" in message.body] == []


def lock_out(user):
    AccessAttempt.objects.create(
        username=user.username, ip_address="127.0.0.1", failures_since_start=5, attempt_time=now()
    )


def test_the_branch_frees_a_locked_out_login_of_its_member(officer, member):
    user = make_user(Role.MEMBER_USER, member=member)
    stranger = make_user(Role.MEMBER_USER, member=make_member())
    url = reverse("admin:members_user_do", args=[user.pk, "unlock"])
    assert desk(officer).get(url).status_code == 302  # nothing to free yet
    lock_out(user)
    lock_out(stranger)
    assert "잠김" in text_of(desk(officer).get(reverse("admin:members_user_change", args=[user.pk])))
    desk(officer).post(url)
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == [stranger.username]
    assert last_event().action == "user.unlock"
    elsewhere = reverse("admin:members_user_do", args=[stranger.pk, "unlock"])
    assert desk(officer).post(elsewhere).status_code == 404


def test_the_it_department_sees_who_is_locked_out(it, member):
    user = make_user(Role.MEMBER_USER, member=member)
    lock_out(user)
    response = desk(it).get(reverse("admin:index"))
    (work,) = [work for work in response.context["works"] if work.label == "로그인이 잠긴 사용자"]
    assert work.count == 1
    assert user.username in text_of(desk(it).get(work.url))


def test_a_lost_second_factor_is_taken_off_with_a_reason_and_never_ones_own(it, officer):
    Authenticator.objects.create(user=officer, type="totp", data={})
    url = reverse("admin:members_user_do", args=[officer.pk, "reset-second-factor"])
    desk(it).post(url, {"reason": ""})
    assert Authenticator.objects.count() == 1
    desk(it).post(url, {"reason": "휴대폰 분실, 지점장에게 확인"})
    assert Authenticator.objects.count() == 0
    assert last_event().detail == {"reason": "휴대폰 분실, 지점장에게 확인"}
    own = reverse("admin:members_user_do", args=[it.pk, "reset-second-factor"])
    assert desk(it).post(own, {"reason": "분실"}).status_code == 409


def test_the_it_department_changes_no_business_data(it, member):
    for page in ("change", "history"):
        assert desk(it).get(reverse(f"admin:members_member_{page}", args=[member.pk])).status_code in (403, 404)
    for button in ("representative", "opt-out", "add-user"):
        assert desk(it).post(reverse("admin:members_member_do", args=[member.pk, button])).status_code == 404


# The actions themselves, for whoever calls them past the forms


def by(user) -> Actor:
    return Actor.user(user, channel="admin")


def account(user, **fields):
    stored = {"full_name": user.full_name, "email": user.email, "branch_id": user.branch_id, "is_active": True}
    return {"user_id": user.pk, "at": now(), **stored, "roles": user.roles, **fields}


@pytest.mark.parametrize("fields", [{"roles": [Role.AUDITOR]}, {"is_active": False}])
def test_the_action_refuses_ones_own_authority(it, fields):
    with pytest.raises(users.OwnRoles):
        users.change_user(**account(it, **fields), by=by(it))
    assert User.objects.get(pk=it.pk).roles == {Role.IT_SUPPORT}


def test_the_actions_refuse_who_does_not_keep_accounts(officer, member, branch):
    stranger = make_user(Role.BRANCH_OFFICER, branch=make_branch())
    user = make_user(Role.MEMBER_USER, member=member)
    new = {"username": "garam1", "full_name": "이나래", "email": "n@example.kr", "at": now()}
    with pytest.raises(users.NotTheirAccount):
        users.change_user(**account(user), by=by(officer))
    with pytest.raises(users.NotTheirAccount):
        users.create_staff_user(**new, branch_id=branch.pk, roles=[Role.BRANCH_HEAD], by=by(officer))
    with pytest.raises(Member.DoesNotExist):
        users.create_member_user(**new, member_id=member.pk, roles=[Role.MEMBER_USER], by=by(stranger))
    with pytest.raises(users.NotTheirAccount):
        users.unlock_login(user_id=user.pk, by=by(stranger), at=now())
    with pytest.raises(users.NotTheirAccount):
        users.create_member_user(**new, member_id=member.pk, roles=[Role.MEMBER_USER], by=by(user))
    assert not AuditEvent.everything.exists()
    assert not User.objects.filter(username="garam1").exists()


def test_the_actions_refuse_who_does_not_keep_the_member(member):
    stranger = make_user(Role.BRANCH_OFFICER, branch=make_branch())
    with pytest.raises(Member.DoesNotExist):
        members.change_member(member_id=member.pk, changes={"address": "x"}, by=by(stranger), at=now())
    for reader in (make_user(Role.IT_SUPPORT), make_user(Role.AUDITOR)):
        with pytest.raises(members.NotTheirMember):
            members.change_member(member_id=member.pk, changes={"address": "x"}, by=by(reader), at=now())
    assert not AuditEvent.everything.exists()


def test_an_officer_of_one_branch_cannot_give_a_member_away(officer, member):
    other = make_branch()
    with pytest.raises(members.NotTheirMember):
        members.change_member(member_id=member.pk, changes={"branch": other}, by=by(officer), at=now())
    member.refresh_from_db()
    assert member.branch == officer.branch


def test_the_portal_itself_may_bring_members_in(branch):
    values = {
        "name": "벼리소방설비(주)", "business_number": "9198115341", "representative_name": "임하늬",
        "branch": branch, "joined_on": date(2020, 1, 2),
    }  # fmt: skip
    made = members.create_member(values=values, by=Actor.system("이관"), at=now())
    assert made.sms_name == "벼리소방설비"
    with pytest.raises(members.AlreadyMember):
        members.create_member(values=values, by=Actor.system("이관"), at=now())


def test_a_change_that_changes_nothing_leaves_no_trace(officer, member):
    members.change_member(member_id=member.pk, changes={"name": member.name}, by=by(officer), at=now())
    assert not AuditEvent.everything.exists()

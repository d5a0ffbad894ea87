"""주소록: what is added, changed and removed leaves its trail, and what is refused leaves none."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from sms.actions import contacts
from sms.actions.contacts import AlreadyThere, BookFull, ConsentMissing, NotAKeeper, NothingToAdd
from sms.models import Contact
from sms.rules.phone_lists import Entry, LinesRefused
from tests.factories import at, make_branch, make_member, make_user

pytestmark = pytest.mark.django_db
NOON = at("2026-11-23 12:00")
KIM = Entry("김가온", "01000001000", "현장소장", "3공구")


@pytest.fixture
def member() -> Member:
    return make_member()


def user_of(member: Member, role: Role = Role.MEMBER_USER) -> Actor:
    return Actor.user(make_user(role, member=member))


def add(member: Member, entry: Entry = KIM, *, by: Actor | None = None, consented: bool = True) -> Contact:
    return contacts.add(member_id=member.pk, entry=entry, consented=consented, by=by or user_of(member), at=NOON)


def book(member: Member) -> list[tuple[str, str, str, str]]:
    rows = Contact.everything.filter(member=member).order_by("mobile")
    return list(rows.values_list("name", "mobile", "group", "memo"))


def trail() -> list[tuple[str, str, dict]]:
    events = AuditEvent.everything.filter(action__startswith="contact.").order_by("id")
    return [(event.action, event.subject_label, event.detail) for event in events]


def test_넣고_고치고_삭제하면_이력이_남고_번호는_가려진다(member: Member) -> None:
    by = user_of(member)
    person = add(member, by=by)
    assert (person.consented_at, person.added_by_id) == (NOON, by.user_id)
    contacts.change(contact_id=person.public_id, entry=Entry("김가온", "01000001009"), by=by, at=NOON)
    assert book(member) == [("김가온", "01000001009", "", "")]
    assert contacts.remove(contact_id=person.public_id, by=by, at=NOON) == "김가온"
    assert book(member) == []
    assert trail() == [
        ("contact.add", "김가온", {"mobile": "010-****-1000", "fields": []}),
        ("contact.change", "김가온", {"mobile": "010-****-1009", "fields": ["mobile", "group", "memo"]}),
        ("contact.remove", "김가온", {"mobile": "010-****-1009", "fields": []}),
    ]


def test_고친_것이_없으면_이력도_없다(member: Member) -> None:
    person = add(member)
    contacts.change(contact_id=person.public_id, entry=KIM, by=user_of(member), at=NOON)
    assert [action for action, _label, _detail in trail()] == ["contact.add"]


def test_같은_번호는_누구_번호인지_말하고_거절한다(member: Member) -> None:
    add(member)
    other = add(member, Entry("이나래", "01000001001"))
    with pytest.raises(AlreadyThere, match="김가온 님의 번호로 이미 주소록에 있습니다"):
        add(member, Entry("박다솜", "01000001000"))
    with pytest.raises(AlreadyThere, match="김가온 님"):
        contacts.change(
            contact_id=other.public_id, entry=Entry("이나래", "01000001000"), by=user_of(member), at=NOON
        )
    assert [name for name, *_rest in book(member)] == ["김가온", "이나래"]
    add(make_member(), Entry("박다솜", "01000001000"))  # another company's own matter


def test_데이터베이스도_같은_번호를_거절한다(member: Member) -> None:
    add(member)
    with pytest.raises(IntegrityError, match="contact_mobile_once"), transaction.atomic():
        Contact.everything.create(
            member=member, name="x", mobile="01000001000", consented_at=NOON, added_at=NOON, changed_at=NOON
        )


def test_여러_명을_넣으면_이미_있는_사람은_그대로_둔다(member: Member) -> None:
    add(member)
    entries = [
        Entry("김가온", "01000001000", "다른 그룹"),
        Entry("이나래", "01000001001"),
        Entry("이나래", "01000001001"),
    ]
    added = contacts.add_many(member_id=member.pk, entries=entries, consented=True, by=user_of(member), at=NOON)
    assert (added.new, added.known) == (1, 2)
    assert book(member) == [("김가온", "01000001000", "현장소장", "3공구"), ("이나래", "01000001001", "", "")]
    assert trail()[-1] == ("contact.add_many", str(member), {"new": 1, "known": 2})


@pytest.mark.parametrize(
    ("_case", "entries"),
    [
        ("주소록에 다른 이름으로", [Entry("이나래", "01000001001"), Entry("박다솜", "01000001000")]),
        ("목록 안에서 다른 이름으로", [Entry("이나래", "01000001001"), Entry("박다솜", "01000001001")]),
    ],
)
def test_같은_번호가_다른_이름이면_한_명도_넣지_않는다(member: Member, _case: str, entries: list[Entry]) -> None:
    add(member)
    before = trail()
    with pytest.raises(LinesRefused, match=r"박다솜 010-\*\*\*\*-100[01]: .* 님의 번호로 이미 있습니다"):
        contacts.add_many(member_id=member.pk, entries=entries, consented=True, by=user_of(member), at=NOON)
    assert (len(book(member)), trail()) == (1, before)


def test_천_명까지_둘_수_있다(member: Member) -> None:
    by = user_of(member)
    full = [Entry(f"사람{n}", f"010{n:08d}") for n in range(1_000)]
    contacts.add_many(member_id=member.pk, entries=full, consented=True, by=by, at=NOON)
    with pytest.raises(BookFull, match="넣으면 1,001명이 되니"):
        add(member, Entry("하나 더", "01099990000"), by=by)
    with pytest.raises(BookFull):
        contacts.add_many(
            member_id=member.pk, entries=[Entry("하나 더", "01099990000")], consented=True, by=by, at=NOON
        )
    assert contacts.add_many(member_id=member.pk, entries=full, consented=True, by=by, at=NOON).new == 0
    assert Contact.everything.filter(member=member).count() == 1_000


def test_동의와_사람이_없으면_거절한다(member: Member) -> None:
    by = user_of(member)
    with pytest.raises(ConsentMissing):
        add(member, by=by, consented=False)
    with pytest.raises(ConsentMissing):
        contacts.add_many(member_id=member.pk, entries=[KIM], consented=False, by=by, at=NOON)
    with pytest.raises(NothingToAdd):
        contacts.add_many(member_id=member.pk, entries=[], consented=True, by=by, at=NOON)
    assert (book(member), trail()) == ([], [])


def test_남의_주소록은_보이지도_바뀌지도_않는다(member: Member) -> None:
    person = add(member)
    stranger = user_of(make_member(branch=make_branch()))
    officer = Actor.user(make_user(Role.BRANCH_OFFICER, branch=member.branch))
    with pytest.raises(Member.DoesNotExist):
        add(member, Entry("이나래", "01000001001"), by=stranger)
    for contact_id in (person.public_id, uuid4()):
        with pytest.raises(Contact.DoesNotExist):
            contacts.remove(contact_id=contact_id, by=stranger, at=NOON)
        with pytest.raises(Contact.DoesNotExist):
            contacts.change(contact_id=contact_id, entry=KIM, by=stranger, at=NOON)
    for refused in (
        lambda: add(member, by=officer),
        lambda: contacts.remove(contact_id=person.public_id, by=officer, at=NOON),
        lambda: contacts.note_export(member_id=member.pk, count=1, by=officer, at=NOON),
    ):
        with pytest.raises(NotAKeeper):
            refused()
    assert len(book(member)) == 1

"""`objects` answers nobody but a person; ledgers refuse change in the database; admin pages know scope."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from portal.access import ScopedManager, ScopedModel, UnscopedQuery
from portal.desk.scoped import ScopedAdmin
from portal.members.models import User
from tests.pages.actors import World

SCOPED = sorted((m for m in apps.get_models() if issubclass(m, ScopedModel)), key=lambda m: m._meta.label)
QUERIES = (
    "all", "get", "filter", "exclude", "create", "bulk_create", "get_or_create", "update_or_create", "count",
    "first", "values_list", "aggregate", "in_bulk", "raw", "using", "get_queryset", "iterator",
)  # fmt: skip


@pytest.mark.parametrize("model", SCOPED, ids=lambda m: m._meta.label)
def test_objects_asks_for_whom(model: type[Model]) -> None:
    assert isinstance(vars(model).get("objects", model.objects), ScopedManager)
    for query in QUERIES:
        with pytest.raises(UnscopedQuery, match="say for whom"):
            getattr(model.objects, query)


@pytest.mark.django_db
@pytest.mark.parametrize("model", SCOPED, ids=lambda m: m._meta.label)
def test_each_person_sees_his_own(world: World, model: type[Model]) -> None:
    """Against the rows' own paths, counted without the manager: every scoped model is scoped, none by accident."""
    ours, theirs = world.ours.member.pk, world.theirs.member.pk
    people, rows = world.people, model.everything
    of_ours, of_theirs = (rows.filter(**{model.MEMBER_PATH: pk}).count() for pk in (ours, theirs))
    seen = {name: model.objects.for_user(person).count() for name, person in people.items() if name != "gone"}
    everything = rows.count()
    in_branch = rows.filter(**{model.BRANCH_PATH: world.branch.pk}).count()
    assert seen == {
        "rep": of_ours, "user": of_ours, "other": of_theirs, "officer": in_branch, "head": in_branch,
        "far": of_theirs, "hq": everything, "auditor": everything, "it": everything, "web": everything,
    }  # fmt: skip
    assert model.objects.for_user(AnonymousUser()).count() == 0
    assert 0 < of_ours < everything, "actors.py makes none of it"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("_case", "changes"),
    [
        ("사용 중지", {"is_active": False}),
        ("소속 없는 직원", {"is_staff": True, "member": None}),
        ("소속 없는 사람", {"member": None}),
    ],
)
def test_who_belongs_nowhere_sees_nothing(world: World, _case: str, changes: dict[str, object]) -> None:
    person = User.objects.get(pk=world.people["rep"].pk)
    for name, value in changes.items():
        setattr(person, name, value)
    assert [model._meta.label for model in SCOPED if model.objects.for_user(person).exists()] == []


# ── What is never changed ──

APPEND_ONLY = [
    ("audit.AuditEvent", "action"),
    ("sms.Message", "body"),
    ("sms.Result", "reason"),
    ("sms.Receipt", "reason"),
    ("sms.Entry", "label"),
    ("sms.Lot", "label"),
    ("sms.Spend", "key"),
    ("sms.Extension", "at = now() --"),  # it has no text
    ("sms.MileagePolicy", "notice"),
    ("sms.Suspension", "notice"),
    ("sms.ReceptionChange", "note"),
    ("sms.SendRequest", "text"),
    ("sms.ServiceSwitch", "reason"),
    ("sms.LinkPermission", "reason"),
    ("certificates.SignatureEvidence", "text"),
    ("helpdesk.FaqVersion", "reason"),
    ("helpdesk.NoticeVersion", "reason"),
    ("helpdesk.DownloadFile", "filename"),
    ("helpdesk.Answer", "body"),
    ("guarantees.LimitChange", "reason"),
    ("guarantees.PaymentEvent", "kind"),
    ("guarantees.DeliveryEvent", "note"),
    ("guarantees.GuaranteeRelease", "note"),
    ("guarantees.DigestLine", "digest"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("label", "column"), APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = 'x'", "DELETE FROM {table}"])
def test_the_database_refuses_to_change_it(world: World, label: str, column: str, statement: str) -> None:
    table = apps.get_model(label)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t")
        before = cursor.fetchone()
        with (
            pytest.raises(DatabaseError, match=r"Cannot (update or delete|update|delete) rows"),
            transaction.atomic(),
        ):
            cursor.execute(statement.format(table=table, column=column))
        cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t")
        assert cursor.fetchone() == before
    assert before[0] > 0


def test_every_protected_table_is_in_the_list() -> None:
    protected = {
        model._meta.label
        for model in apps.get_models()
        if any(type(trigger).__name__ == "Protect" for trigger in getattr(model._meta, "triggers", []))
    }
    assert protected == {label for label, _column in APPEND_ONLY}


def test_every_admin_page_knows_scope_and_roles() -> None:
    pages = {model._meta.label: page for model, page in admin.site._registry.items()}
    assert [label for label, page in pages.items() if not isinstance(page, ScopedAdmin)] == []
    closed = {label for label, page in pages.items() if not page.view_roles | page.edit_roles | page.add_roles}
    assert closed == {"axes.AccessAttempt"}  # the superuser's


def test_nothing_can_be_deleted_in_the_admin() -> None:
    deletable = [
        model._meta.label
        for model, page in admin.site._registry.items()
        if type(page).has_delete_permission is not ScopedAdmin.has_delete_permission
    ]
    assert deletable == []

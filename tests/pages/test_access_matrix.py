"""Who gets what at every address of the portal, and that nobody reaches what is not his."""

import re
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from tests.pages.actors import BY_VISITING, World, fingerprint, outcome, undone, visit, written_tables
from tests.pages.urls_table import (
    ROWS,
    Row,
    address,
    desk_address,
    desk_addresses,
    desk_models,
    patterns,
)

pytestmark = pytest.mark.django_db
COMPANY_ROWS = {
    "attached", "challenge", "delivery", "document", "draft", "endorse", "evidence", "file", "guarantee",
    "payment", "question", "release", "sealed", "submitted",
    "contact", "request",
}  # fmt: skip
REFUSED = {"log", "dsk", "403", "404", "405"}
# Opening these writes: staff's reading of a member's file, data taken away as a file and the QR code's question
# are recorded; allauth notes addresses it did not know.
WRITTEN_BY_GET = {
    "guarantees:document": frozenset({"audit_auditevent"}),
    "guarantees:guarantee_document": frozenset({"audit_auditevent"}),
    "guarantees:release_paper": frozenset({"audit_auditevent"}),
    "helpdesk:download_file": frozenset({"helpdesk_download"}),
    "sms:contacts_csv": frozenset({"audit_auditevent"}),
    "own_data_csv": frozenset({"audit_auditevent"}),
    "own_data_xlsx": frozenset({"audit_auditevent"}),
    "public:verify_code": frozenset({"audit_auditevent"}),
    "account_email": frozenset({"account_emailaddress"}),
    "account_reset_password_from_key": frozenset({"account_emailaddress"}),
}


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    ours = {name for name in patterns() if not name.startswith("admin:")}
    assert ours == {row.name for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_actor_opens_what_the_table_says_and_changes_nothing(world: World, row: Row) -> None:
    """Unchanged by the rows' transaction numbers: even a change back and forth would show."""
    url, left_out = address(row, world), BY_VISITING | WRITTEN_BY_GET.get(row.name, frozenset())
    before = fingerprint(left_out)
    found = [(actor, outcome(visit(world.client(actor), "get", url))) for actor, _expected in row.cells("get")]
    assert found == list(row.cells("get"))
    assert fingerprint(left_out) == before


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_actor_posts_as_far_as_the_table_says(world: World, row: Row) -> None:
    """And whom the table turns away has changed nothing."""
    url, wrong = address(row, world), []
    for actor, expected in row.cells("post"):
        with undone(), written_tables() as written:
            found = outcome(visit(world.client(actor), "post", url))
        if found != expected or (found in REFUSED and written):
            wrong.append(f"{actor}: {found}, not {expected}; has written {written}")
    assert wrong == []


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_change_nothing(world: World, method: str) -> None:
    found = {}
    for row in ROWS:
        with undone(), written_tables() as written:
            response = visit(world.client("rep"), method, address(row, world))
        if written - WRITTEN_BY_GET.get(row.name, frozenset()) or response.status_code >= 500:
            found[row.name] = (response.status_code, written)
    assert found == {}


# ── Ids that are not the actor's, in every place an id can stand ──


@pytest.mark.parametrize("row", [row for row in ROWS if row.of in COMPANY_ROWS], ids=lambda row: row.name)
def test_an_unknown_id_is_answered_like_a_foreign_one(world: World, row: Row) -> None:
    """Otherwise the difference would tell which ids exist."""
    nobodys = reverse(row.name, args=[uuid4()] * patterns()[row.name].count("<uuid:"))
    answers = [world.client("other").get(url) for url in (address(row, world), nobodys)]
    foreign, unknown = ((answer.status_code, without_ids(answer.content.decode())) for answer in answers)
    assert unknown == foreign


def without_ids(page: str) -> str:
    """A page without what differs each time it is asked for."""
    page = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", page)
    page = re.sub(r'data-session="\d+"', "SECONDS", page)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", page)


@pytest.mark.parametrize(
    ("_case", "actor", "draft_of", "document_of", "then"),
    [
        ("우리 신청의 우리 파일", "rep", "ours", "ours", True),
        ("우리 신청에 남의 파일", "rep", "ours", "theirs", False),
        ("남의 신청에 우리 파일", "rep", "theirs", "ours", False),
        ("남의 신청의 남의 파일", "rep", "theirs", "theirs", False),
    ],
)
def test_a_file_is_removed_only_through_its_own_application(
    world: World, _case: str, actor: str, draft_of: str, document_of: str, then: bool
) -> None:
    draft, document = getattr(world, draft_of).draft, getattr(world, document_of).document
    world.client(actor).post(reverse("guarantees:remove_document", args=[draft.public_id, document.public_id]))
    for company in (world.ours, world.theirs):
        company.document.refresh_from_db()
    assert document.is_withdrawn is then
    assert [world.ours.document.is_withdrawn, world.theirs.document.is_withdrawn].count(True) == int(then)


def test_a_recipient_of_another_member_is_not_found(world: World) -> None:
    theirs = world.theirs.member.recipients.get()
    response = world.client("rep").post(reverse("sms:recipients"), {"do": "remove", "recipient": theirs.pk})
    theirs.refresh_from_db()
    assert (response.status_code, theirs.is_active) == (404, True)


@pytest.mark.parametrize(
    "name",
    [
        "home",
        "guarantees:applications",
        "guarantees:guarantees",
        "guarantees:releasable",
        "guarantees:limit",
        "sms:compose",
        "sms:messages",
        "sms:contacts",
        "sms:contacts_csv",
        "sms:statement",
        "sms:recipients",
        "calendar",
        "people:users",
        "people:sessions",
        "people:visits",
    ],
)
def test_lists_hold_nothing_of_the_neighbour(world: World, name: str) -> None:
    theirs = world.theirs
    page = world.client("rep").get(reverse(name)).content.decode()
    secrets = (theirs.member.name, theirs.member.business_number, theirs.submitted.number, theirs.guarantee.number)
    assert [secret for secret in secrets if secret in page] == []


# ── The admin ──

# What each kind of staff sees of a row of "ours": `all` list and row, `own` the list only, since the row lies
# outside his branch, `no` neither. Per-button and per-field checks: test_admin_*.py.
DESK = """
                               near far hq  aud it  web
members.branch                 all  own all all all no
members.member                 all  own all all no  no
members.user                   all  own all all all no
axes.accessattempt             no   no  no  no  no  no
audit.auditevent               no   no  no  all no  no
businessdays.holiday           all  all all all all all
businessdays.calendaryear      all  all all all all all
certificates.authority         no   no  no  all all no
certificates.bankcertificate   all  own all all all no
certificates.replacement       all  own all all all no
certificates.replacementticket no   no  no  all all no
certificates.revocationfetch   no   no  all all all no
certificates.revocationlist    no   no  all all all no
certificates.signatureevidence all  own all all no  no
guarantees.capital             all  all all all no  no
guarantees.limitpolicy         all  all all all no  no
guarantees.memberlimit         all  own all all no  no
guarantees.sublimit            all  own all all no  no
guarantees.product             all  all all all no  all
guarantees.productterms        all  all all all no  all
guarantees.screeningpolicy     all  all all all no  no
guarantees.amountrule          all  all all all no  no
guarantees.feeadjustment       all  own all all no  no
guarantees.guaranteeimport     no   no  all all all no
guarantees.guaranteedocument   all  own all all no  no
guarantees.sealcertificate     no   no  all all all no
guarantees.documentcheck       no   no  all all all no
guarantees.application         all  own all all no  no
guarantees.payment             all  own all all no  no
guarantees.paymentevent        all  own all all no  no
guarantees.refund              all  own all all no  no
guarantees.guarantee           all  own all all no  no
guarantees.releaserequest      all  own all all no  no
guarantees.bulkrelease         own  own all all no  no
guarantees.expiryrun           all  all all all no  no
guarantees.delivery            all  own all all no  no
guarantees.endorsement         all  own all all no  no
guarantees.claim               all  own all all no  no
guarantees.expirynotice        all  own all all no  no
gate.gate                      no   no  all all all no
gate.invariantrun              no   no  all all all no
gate.recovery                  no   no  all all all no
health.heartbeat               no   no  no  all all no
helpdesk.download              no   no  all all all all
helpdesk.faqcategory           no   no  all all all all
helpdesk.faqentry              no   no  all all all all
helpdesk.notice                no   no  all all all all
helpdesk.question              no   no  all all all all
sms.message                    all  own all all no  no
sms.batch                      no   no  all all all no
sms.receipt                    no   no  all all all no
sms.lot                        all  own all all no  no
sms.entry                      all  own all all no  no
sms.adjustment                 all  own all all no  no
sms.ledgercheck                no   no  all all all no
sms.mileageanomaly             all  own all all no  no
sms.mileagepolicy              all  all all all no  no
sms.suspension                 all  all all all no  no
sms.recipient                  all  own all all no  no
sms.receptionchange            all  own all all no  no
sms.sendernumber               no   no  all all all no
sms.gatewaystate               no   no  all all all no
sms.gatewayalarm               no   no  all all all no
sms.suppression                all  own all all no  no
sms.sendrequest                all  own all all no  no
sms.serviceswitch              no   no  all all all no
"""


def desk_rows() -> dict[str, dict[str, str]]:
    columns, *lines = [line.split() for line in DESK.strip().splitlines()]
    return {label: dict(zip(columns, cells, strict=True)) for label, *cells in lines}


def test_every_admin_model_has_a_row() -> None:
    assert {model._meta.label_lower for model in desk_models()} == set(desk_rows())


STAFF = {"near": "officer", "far": "far", "hq": "hq", "aud": "auditor", "it": "it", "web": "web"}


@pytest.mark.parametrize("label", sorted(desk_rows()))
def test_staff_see_of_a_model_what_the_table_says(world: World, label: str) -> None:
    model = next(model for model in desk_models() if model._meta.label_lower == label)
    found = {}
    for column, actor in STAFF.items():
        browser = world.client(actor)
        pages = ("changelist", "change", "history")
        seen = tuple(browser.get(desk_address(model, page, world)).status_code for page in pages)
        found[column] = WORDS.get(seen, str(seen))
    assert found == desk_rows()[label]


WORDS = {(200, 200, 200): "all", (200, 404, 404): "own", (403, 403, 403): "no", (403, 403, 404): "no"}


@pytest.mark.parametrize("actor", ["anon", "rep"])
def test_nobody_but_staff_gets_into_the_admin(world: World, actor: str) -> None:
    found = {}
    for name, url in desk_addresses(world):
        for method in ("get", "post"):
            with undone(), written_tables() as written:
                response = visit(world.client(actor), method, url)
            if outcome(response) not in DOORS.get(name, {"log"}) or written:
                found[name, method] = (outcome(response), written)
    assert found == {}


# The admin's own login sends on to the portal's; a signed-in member is told no. Its log-out sends to the start.
DOORS = {"admin:login": {"log", "403"}, "admin:logout": {"dsk"}}


def test_the_admin_has_no_other_pages() -> None:
    """Everything below /admin/ is a page of a model, a button of one, or of this list."""
    known = {"index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n",
             "view_on_site", "app_list"}  # fmt: skip
    labels = {f"{model._meta.app_label}_{model._meta.model_name}_" for model in desk_models()}
    names = [name.removeprefix("admin:") for name in patterns() if name.startswith("admin:")]
    others = [name for name in names if name not in known and not name.startswith(tuple(labels))]
    assert [name for name in others if not name.startswith("admin/")] == []


def test_view_on_site_leads_nowhere_foreign(world: World) -> None:
    kind = ContentType.objects.get_for_model(type(world.ours.submitted))
    url = reverse("admin:view_on_site", args=[kind.pk, world.ours.submitted.pk])
    assert {actor: world.client(actor).get(url).status_code for actor in ("far", "it", "officer")} == {
        "far": 404, "it": 404, "officer": 404,
    }  # fmt: skip

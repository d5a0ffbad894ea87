"""주소록: the people a company writes to, one by one, in groups, or from a list."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal import clock
from portal.access import Actor
from portal.csv_cells import csv_file
from portal.identifiers import format_mobile, normalize_digits
from portal.members.gate import member_page
from portal.refusals import Refusal
from portal.side_menu import side_menu, trail_to
from sms.actions import contacts as actions
from sms.forms.contacts import ContactForm, ManyContactsForm, NewContactForm
from sms.models import Contact
from sms.views.own import SMS_MENU, own_member

ON_A_PAGE = 50
COLUMNS = ("이름", "휴대폰", "그룹", "메모")


@member_page
@require_http_methods(["GET", "POST"])
def contacts(request: HttpRequest) -> HttpResponse:
    """The address book with ?q= and ?group=; POST adds one person."""
    member = own_member(request)
    form = NewContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add(
                member_id=member.pk, entry=form.entry, consented=form.cleaned_data["consented"],
                by=Actor.of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refused:
            form.add_error("mobile" if isinstance(refused, actions.AlreadyThere) else None, refused.message)
        else:
            messages.success(request, f"{made.name} 님을 주소록에 넣었습니다.")
            return redirect("sms:contacts")
    everyone = Contact.objects.for_user(request.user)
    groups = everyone.exclude(group="").values_list("group").annotate(Count("id")).order_by("group")
    page = Paginator(_found(request, everyone), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "groups": list(groups),
        "count": everyone.count(),
        "most": actions.MOST_CONTACTS,
        "q": request.GET.get("q", ""),
        "group": request.GET.get("group", ""),
        "is_searching": bool(request.GET.get("q") or request.GET.get("group")),
        **_frame(request),
    }
    return render(request, "sms/contacts.html", context)


@member_page
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """One person; POST `do` is save or remove."""
    own_member(request)
    person = get_object_or_404(Contact.objects.for_user(request.user), public_id=contact_id)
    values = {"name": person.name, "mobile": person.mobile, "group": person.group, "memo": person.memo}
    form = ContactForm(request.POST if request.POST.get("do") == "save" else None, initial=values)
    by, at = Actor.of(request), clock.now()
    try:
        if request.POST.get("do") == "remove":
            name = actions.remove(contact_id=contact_id, by=by, at=at)
            messages.success(request, f"{name} 님을 주소록에서 삭제했습니다.")
            return redirect("sms:contacts")
        if form.is_bound and form.is_valid():
            actions.change(contact_id=contact_id, entry=form.entry, by=by, at=at)
            messages.success(request, f"{form.entry.name} 님의 내용을 고쳤습니다.")
            return redirect("sms:contacts")
    except Contact.DoesNotExist:  # a colleague was faster
        raise Http404 from None
    except Refusal as refused:
        form.add_error("mobile" if isinstance(refused, actions.AlreadyThere) else None, refused.message)
    return render(request, "sms/contact.html", {"form": form, "person": person, **_frame(request)})


@member_page
@require_http_methods(["GET", "POST"])
def contacts_many(request: HttpRequest) -> HttpResponse:
    """Many people at once, pasted or from a CSV file."""
    member = own_member(request)
    bound = request.method == "POST"
    form = ManyContactsForm(request.POST if bound else None, request.FILES if bound else None)
    if bound and form.is_valid():
        try:
            added = actions.add_many(
                member_id=member.pk, entries=form.entries, consented=form.cleaned_data["consented"],
                by=Actor.of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refused:
            form.add_error("lines" if form.cleaned_data["lines"] else "file", refused.message)
        else:
            known = f" 이미 있던 {added.known:,}명은 그대로 두었습니다." if added.known else ""
            messages.success(request, f"{added.new:,}명을 주소록에 넣었습니다.{known}")
            return redirect("sms:contacts")
    return render(request, "sms/contacts_many.html", {"form": form, **_frame(request)})


@member_page
@require_safe
def contacts_csv(request: HttpRequest) -> HttpResponse:
    """The whole address book as a file that this page also reads. Written down in the trail."""
    member = own_member(request)
    people = list(Contact.objects.for_user(request.user).order_by("name", "id"))
    response, table = csv_file("contacts.csv", COLUMNS)
    for person in people:
        table.writerow([person.name, format_mobile(person.mobile), person.group, person.memo])
    if request.method == "GET":
        actions.note_export(member_id=member.pk, count=len(people), by=Actor.of(request), at=clock.now())
    return response


def _found(request: HttpRequest, people: QuerySet[Contact]) -> QuerySet[Contact]:
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:60]
    if group := request.GET.get("group", "").replace("\x00", ""):
        people = people.filter(group=group)
    if words:
        digits = normalize_digits(words)
        numbered = Q(mobile__contains=digits) if digits.isascii() and digits.isdigit() and len(digits) > 2 else Q()
        people = people.filter(Q(name__icontains=words) | Q(memo__icontains=words) | numbered)
    return people.order_by("name", "id")


def _frame(request: HttpRequest) -> dict[str, object]:
    return {
        "menu_items": side_menu(request, SMS_MENU),
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose"), ("주소록", "sms:contacts")),
    }

"""Login with the certificate (/accounts/certificate/)."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import login as start_session
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache

from certificates import outcomes, sessions
from certificates.actions import challenges, signing_in
from certificates.challenge import LIFETIME, Purpose
from certificates.forms import ChoosePersonForm, NumberForm
from certificates.queries import ends_sessions, member_numbered, receipt_of, representatives_of
from certificates.refusals import Code, Refused
from certificates.views.answers import challenge_json, json_endpoint, read_answer
from certificates.views.asking import Wanted, remember, wanted_by
from certificates.views.frames import visit_of, with_signer
from portal import clock
from portal.access import Actor
from portal.identifiers import format_business_number
from portal.members import door, unsent
from portal.members.gate import form_page
from portal.members.models import User

BACKEND = "portal.members.login.MemberBackend"
CHOOSE_WITHIN: timedelta = LIFETIME
_PROVEN = "certificate_proven"
STALE = (
    "인증기관의 최신 폐지목록을 받지 못해 어제 자료로 확인했습니다. "
    "인증서갱신과 전자서명은 새 자료를 받은 뒤에 하실 수 있습니다."
)


@form_page
@never_cache
@with_signer
def login(request: HttpRequest) -> HttpResponse:
    """The number, then the signer on the same page."""
    if request.user.is_authenticated:
        return redirect("home")
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["business_number"]
        remember(request, Wanted("LOGIN", number))
        context = {
            "business_number": format_business_number(number),
            "challenge_url": reverse("certificates:login_challenge"),
            "answer_url": reverse("certificates:login_answer"),
        }
        return render(request, "certificates/login_sign.html", context)
    return render(request, "certificates/login.html", {"form": form})


@json_endpoint
def login_challenge(request: HttpRequest) -> HttpResponse:
    """A text to sign, whoever the number belongs to."""
    wanted = wanted_by(request, Purpose.LOGIN)
    if wanted is None:
        raise Refused(Code.CHALLENGE_UNKNOWN, "no number in the session")
    member = member_numbered(wanted.business_number)
    made = challenges.issue(asked=wanted.asked(), member=member, visit=visit_of(request), at=clock.now())
    return challenge_json(made)


@json_endpoint
def login_answer(request: HttpRequest) -> HttpResponse:
    """Signs the only representative in, or leads to the list of their names."""
    sent = read_answer(request)
    at = clock.now()
    try:
        proof = signing_in.prove(answer=sent, by=Actor.of(request), at=at)
    except Refused as refused:
        kept = receipt_of(sent.challenge_id, session_hash=sent.visit.session_hash, user=None)
        page = reverse("certificates:receipt", args=[sent.challenge_id])
        told = {
            "code": outcomes.public_code(refused),
            "message": refused.message,
            "next": page if kept is not None and refused.code is not Code.CHALLENGE_REPLAYED else "",
        }
        return JsonResponse(told, status=refused.status)
    if len(proof.people) == 1:
        begun = _begin(request, proof.people[0], proof.certificate_id, is_stale=proof.is_stale)
        return JsonResponse({"next": begun})
    request.session[_PROVEN] = [proof.member_id, proof.certificate_id, at.isoformat(), proof.is_stale]
    return JsonResponse({"next": reverse("certificates:login_choose")})


@form_page
@never_cache
def login_choose(request: HttpRequest) -> HttpResponse:
    """Which of several representatives; open for three minutes after the proof, in the same session."""
    proven = _proven(request)
    if proven is None:
        request.session.pop(_PROVEN, None)
        return redirect("certificates:login")
    people = {person.pk: person for person in representatives_of(proven.member_id)}
    names = [(pk, str(person)) for pk, person in people.items()]
    form = ChoosePersonForm(request.POST or None, people=names)
    if request.method == "POST" and form.is_valid():
        person = people[form.cleaned_data["person"]]
        return redirect(_begin(request, person, proven.certificate_id, is_stale=proven.is_stale))
    return render(request, "certificates/login_choose.html", {"form": form})


@dataclass(frozen=True)
class _Proven:
    """A proof between the signature and the choice of the person."""

    member_id: int
    certificate_id: int
    proven_at: str
    is_stale: bool


def _proven(request: HttpRequest) -> _Proven | None:
    """This session's proof, while it serves."""
    kept = request.session.get(_PROVEN)
    proven = _Proven(*kept) if kept else None
    moment = parse_datetime(proven.proven_at) if proven else None
    if proven is None or moment is None or clock.now() > moment + CHOOSE_WITHIN:
        return None
    return proven if ends_sessions(proven.certificate_id) is None else None


def _begin(request: HttpRequest, person: User, certificate_id: int, *, is_stale: bool) -> str:
    """A new session that keeps nothing of the visitor's but his own unsent form. Returns where to go."""
    waiting = unsent.lift(request)
    request.session.flush()
    start_session(request, person, backend=BACKEND)
    sessions.remember(request, certificate_id)
    door.came_in(request, person, ["certificate"])
    if is_stale:
        messages.warning(request, STALE)
    return unsent.put_back(request, waiting) or reverse("home")

"""The way in by invitation (/join/…): a password, and the account is there."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from portal import clock
from portal.access import Actor
from portal.members.actions import company_users as actions
from portal.members.actions.users import UsernameTaken
from portal.members.forms import JoinForm
from portal.members.gate import form_page
from portal.members.invitations import read_token
from portal.particles import as_means


@sensitive_post_parameters()
@form_page
@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation. A link that serves no more is told so, with status 410."""
    found = read_token(token)
    try:
        if found is None:
            raise actions.InvitationOver
        invitation_id, letter_round = found
        at = clock.now()
        invitation = actions.open_invitation(invitation_id=invitation_id, letter_round=letter_round, at=at)
        form = JoinForm(request.POST or None, user=actions.account_of(invitation))
        if request.method == "POST" and form.is_valid():
            user = actions.join(
                invitation_id=invitation_id, letter_round=letter_round, password=form.cleaned_data["password"],
                by=Actor.of(request), at=at,
            )  # fmt: skip
            messages.success(request, f"계정을 만들었습니다. 아이디 {as_means(user.username)} 로그인해 주세요.")
            return redirect("account_login")
    except (actions.InvitationOver, UsernameTaken) as refused:
        return render(request, "portal/people/join_over.html", {"text": refused.message}, status=410)
    return render(request, "portal/people/join.html", {"form": form, "invitation": invitation})

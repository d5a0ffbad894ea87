from django.urls import path

from certificates.views import frames, links, login, replacing
from certificates.views.guides import pages

app_name = "certificates"
here = "cyber/certificate/"
guides = f"{here}guides/"
login_here = "accounts/certificate/"

urlpatterns = [
    path("cyber/", pages.cyber, name="cyber"),
    path(here, replacing.replace, name="replace"),
    path(f"{here}sign/", replacing.sign, name="sign"),
    path(f"{here}signer/", frames.signer, name="signer"),
    path(f"{here}challenge/", replacing.challenge, name="challenge"),
    path(f"{here}answer/", replacing.answer, name="answer"),
    path(f"{here}receipt/<uuid:challenge_id>/", replacing.receipt, name="receipt"),
    path(f"{here}freeze/<str:token>/", links.freeze, name="freeze"),
    path(f"{here}ticket/<str:token>/", links.ticket, name="ticket"),
    path(f"{guides}bank-change/", pages.bank_change, name="bank_change"),
    path(f"{guides}issue/", pages.issue_guide, name="issue_guide"),
    path(f"{guides}errors/", pages.errors, name="errors"),
    path(f"{guides}by-phone/", pages.by_phone, name="by_phone"),
    path(login_here, login.login, name="login"),
    path(f"{login_here}challenge/", login.login_challenge, name="login_challenge"),
    path(f"{login_here}answer/", login.login_answer, name="login_answer"),
    path(f"{login_here}choose/", login.login_choose, name="login_choose"),
]

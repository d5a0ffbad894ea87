"""Addresses for people without an account: whoever holds a guarantee document, and whom a link was sent."""

from django.urls import path

from guarantees.views import beneficiary, procurement, verification

app_name = "public"

urlpatterns = [
    path("verify/", verification.verify, name="verify"),
    # Numbers of the older books may hold a slash.
    path("verify/<path:number>/<str:code>/", verification.verify_code, name="verify_code"),
    path("b/<str:token>/", beneficiary.beneficiary, name="beneficiary"),
    path("b/<str:token>/document/", beneficiary.document, name="beneficiary_document"),
    path("b/<str:token>/accept/", beneficiary.accept, name="beneficiary_accept"),
    path("b/<str:token>/return/", beneficiary.give_back, name="beneficiary_return"),
    path("b/<str:token>/complete/", beneficiary.complete, name="beneficiary_complete"),
    path("procurement/answers/", procurement.answers, name="procurement_answers"),
]

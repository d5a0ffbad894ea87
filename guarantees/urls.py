from django.urls import path

from guarantees.views import applications, applying, documents, guarantees, signing

app_name = "guarantees"
one = "applications/<uuid:public_id>/"

urlpatterns = [
    path("", guarantees.guarantees, name="guarantees"),
    path("apply/", applying.apply, name="apply"),
    path("applications/", applications.applications, name="applications"),
    path(one, applications.application, name="application"),
    path(f"{one}contract/", applying.edit_contract, name="edit_contract"),
    path(f"{one}terms/", applying.edit_terms, name="edit_terms"),
    path(f"{one}contact-and-documents/", applying.edit_contact, name="edit_contact"),
    path(f"{one}documents/<uuid:document_id>/remove/", applying.remove_document, name="remove_document"),
    path(f"{one}confirm/", applying.edit_confirm, name="edit_confirm"),
    path(f"{one}withdraw/", applications.withdraw, name="withdraw"),
    path(f"{one}change-contact/", applications.change_contact, name="change_contact"),
    path(f"{one}sign/", signing.sign, name="sign"),
    path(f"{one}sign/challenge/", signing.sign_challenge, name="sign_challenge"),
    path(f"{one}sign/answer/", signing.sign_answer, name="sign_answer"),
    path("documents/<uuid:public_id>/", documents.document, name="document"),
    path("<uuid:public_id>/", guarantees.guarantee, name="guarantee"),
]

from django.urls import path

from guarantees.views import (
    applications,
    applying,
    deliveries,
    documents,
    endorsements,
    examples,
    fees,
    guarantee_documents,
    guarantees,
    limits,
    payment_callbacks,
    payments,
    releases,
    signing,
    typing,
)

app_name = "guarantees"
one = "applications/<uuid:public_id>/"

urlpatterns = [
    path("", guarantees.guarantees, name="guarantees"),
    path("limit/", limits.limit, name="limit"),
    path("apply/", applying.apply, name="apply"),
    path("applications/", applications.applications, name="applications"),
    path(one, applications.application, name="application"),
    path(f"{one}contract/", applying.edit_contract, name="edit_contract"),
    path(f"{one}terms/", applying.edit_terms, name="edit_terms"),
    path(f"{one}contact-and-documents/", applying.edit_contact, name="edit_contact"),
    path(f"{one}documents/<uuid:document_id>/remove/", applying.remove_document, name="remove_document"),
    path(f"{one}confirm/", applying.edit_confirm, name="edit_confirm"),
    path(f"{one}keep/<slug:step>/", typing.keep_step, name="keep_step"),
    path(f"{one}outlook/<slug:step>/", typing.outlook, name="outlook"),
    path(f"{one}withdraw/", applications.withdraw, name="withdraw"),
    path(f"{one}change-contact/", applications.change_contact, name="change_contact"),
    path("fee/", fees.fee, name="fee"),
    path("examples/<slug:code>/", examples.example, name="example"),
    path(f"{one}accept-fee/", signing.accept_fee, name="accept_fee"),
    path(f"{one}sign/", signing.sign, name="sign"),
    path(f"{one}sign/challenge/", signing.sign_challenge, name="sign_challenge"),
    path(f"{one}sign/answer/", signing.sign_answer, name="sign_answer"),
    path(f"{one}pay/", payments.pay, name="pay"),
    path("endorsements/<uuid:public_id>/pay/", payments.pay_endorsement, name="pay_endorsement"),
    path("payments/", payments.payments_list, name="payments"),
    path("payments/callback/<slug:name>/", payment_callbacks.payment_callback, name="payment_callback"),
    path("payments/<uuid:public_id>/", payments.payment, name="payment"),
    path("payments/<uuid:public_id>/check/", payments.payment_check, name="payment_check"),
    path("payments/<uuid:public_id>/back/", payments.payment_back, name="payment_back"),
    path("payments/<uuid:public_id>/cancel/", payments.payment_cancel, name="payment_cancel"),
    path(
        "payments/<uuid:public_id>/refund-account/",
        payments.payment_refund_account,
        name="payment_refund_account",
    ),
    path("documents/<uuid:public_id>/", documents.document, name="document"),
    path(
        "guarantee-documents/<uuid:public_id>/", guarantee_documents.guarantee_document, name="guarantee_document"
    ),
    path("releasable/", releases.releasable, name="releasable"),
    path("release-requests/<uuid:public_id>/withdraw/", releases.withdraw_release, name="withdraw_release"),
    path("release-papers/<uuid:public_id>/", releases.release_paper, name="release_paper"),
    path("<uuid:public_id>/release/", releases.ask_release, name="ask_release"),
    path("<uuid:public_id>/endorse/", endorsements.endorse, name="endorse"),
    path(
        "endorsements/<uuid:public_id>/withdraw/", endorsements.withdraw_endorsement, name="withdraw_endorsement"
    ),
    path("<uuid:public_id>/next/", releases.apply_next, name="apply_next"),
    path("<uuid:public_id>/deliver/", deliveries.deliver, name="deliver"),
    path("deliveries/<uuid:public_id>/renew/", deliveries.renew_delivery_link, name="renew_delivery_link"),
    path("<uuid:public_id>/", guarantees.guarantee, name="guarantee"),
]

from django.urls import path

from sms.views.compose import compose
from sms.views.contacts import contact, contacts, contacts_csv, contacts_many
from sms.views.messages import sent_messages, sent_request
from sms.views.my_page import my_page
from sms.views.notices import notices
from sms.views.recipients import recipients
from sms.views.reports import reports
from sms.views.statement import mileage_statement

app_name = "sms"
urlpatterns = [
    path("sms/", compose, name="compose"),
    path("sms/messages/", sent_messages, name="messages"),
    path("sms/messages/<uuid:request_id>/", sent_request, name="sent"),
    path("sms/contacts/", contacts, name="contacts"),
    path("sms/contacts/many/", contacts_many, name="contacts_many"),
    path("sms/contacts/csv/", contacts_csv, name="contacts_csv"),
    path("sms/contacts/<uuid:contact_id>/", contact, name="contact"),
    path("sms/reports/<str:gateway>/<str:token>/", reports, name="reports"),
    path("sms/statement/", mileage_statement, name="statement"),
    path("mypage/", my_page, name="my_page"),
    path("mypage/notices/", notices, name="notices"),
    path("mypage/recipients/", recipients, name="recipients"),
]

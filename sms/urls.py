from django.urls import path

from sms.views.compose import compose
from sms.views.messages import sent_messages
from sms.views.my_page import my_page
from sms.views.recipients import recipients
from sms.views.reports import reports
from sms.views.statement import mileage_statement

app_name = "sms"
urlpatterns = [
    path("sms/", compose, name="compose"),
    path("sms/messages/", sent_messages, name="messages"),
    path("sms/reports/<str:gateway>/<str:token>/", reports, name="reports"),
    path("sms/statement/", mileage_statement, name="statement"),
    path("mypage/", my_page, name="my_page"),
    path("mypage/recipients/", recipients, name="recipients"),
]

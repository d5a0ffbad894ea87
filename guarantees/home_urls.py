from django.urls import path

from guarantees.views.calendar import calendar, calendar_feed
from guarantees.views.home import home
from guarantees.views.own_data import own_data, own_data_csv, own_data_xlsx

urlpatterns = [
    path("", home, name="home"),
    path("calendar/<str:secret>.ics", calendar_feed, name="calendar_feed"),
    path("mypage/calendar/", calendar, name="calendar"),
    path("mypage/data/", own_data, name="own_data"),
    path("mypage/data/all.xlsx", own_data_xlsx, name="own_data_xlsx"),
    path("mypage/data/<slug:sheet>.csv", own_data_csv, name="own_data_csv"),
]

from django.urls import path

from portal.members.views.joining import join
from portal.members.views.own import extend, sessions, visits
from portal.members.views.users import invite, user, users

app_name = "people"
urlpatterns = [
    path("mypage/users/", users, name="users"),
    path("mypage/users/invite/", invite, name="invite"),
    path("mypage/users/<int:user_id>/", user, name="user"),
    path("mypage/sessions/", sessions, name="sessions"),
    path("mypage/access/", visits, name="visits"),
    path("session/extend/", extend, name="extend"),
    path("join/<str:token>/", join, name="join"),
]

from django.urls import path

from guarantees.views.home import home

urlpatterns = [path("", home, name="home")]

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from portal import pages
from portal.health.views import healthz, readyz

# Before admin.site.urls is read, or the admin keeps its own password-only login.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "조합 업무"
admin.site.index_title = "오늘 할 일"

urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("guarantees/", include("guarantees.urls")),
    path("", include("sms.urls")),
    # A name, not an import: portal knows the other apps only as strings.
    path("api/v1/", include("guarantees.api_urls")),
]

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from portal.gallery import gallery
from portal.health.views import healthz, readyz

# Before admin.site.urls is read, or the admin keeps its own password-only login.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "조합 업무"
admin.site.index_title = "오늘 할 일"

urlpatterns = [
    path("", include("guarantees.home_urls")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("gallery/", gallery, name="gallery"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("guarantees/", include("guarantees.urls")),
    path("", include("sms.urls")),
    # A name, not an import: portal knows the other apps only as strings.
    path("api/v1/", include("guarantees.api_urls")),
]

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal.gallery import gallery
from portal.health.views import healthz, readyz
from portal.pages import not_here, privacy, search, sitemap

# Before admin.site.urls is read, or the admin keeps its own password-only login.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "직원 업무"
admin.site.index_title = "오늘 할 일"

handler500 = "portal.pages.broken"
urlpatterns = [
    path("", include("guarantees.home_urls")),
    path("search/", search, name="search"),
    path("sitemap/", sitemap, name="sitemap"),
    path("privacy/", privacy, name="privacy"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("certificates.urls")),  # before allauth: one of its pages stands below accounts/
    # An address can reset the password, so that it changes at the branch and leaves a trace, not here.
    path("accounts/email/", not_here, name="own_email"),
    path("accounts/confirm-email/<path:key>", not_here, name="own_email_confirmation"),
    path("accounts/confirm-email/", not_here, name="own_email_sent"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("guarantees.public_urls")),
    path("guarantees/", include("guarantees.urls")),
    path("", include("sms.urls")),
    path("", include("portal.members.urls")),
    path("", include("portal.helpdesk.urls")),
    # A name, not an import: portal knows the other apps only as strings.
    path("api/v1/", include("guarantees.api_urls")),
]

if settings.STAGE != "production":
    urlpatterns.append(path("gallery/", gallery, name="gallery"))

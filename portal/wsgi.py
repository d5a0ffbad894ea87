"""The web server's way in. Views are loaded here and not by the first visitor's request."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from portal.heap import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - reading it loads them
keep_what_is_loaded()

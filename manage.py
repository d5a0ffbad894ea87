#!/usr/bin/env python
"""Django's command line, on the embedded database unless DATABASE_URL names another."""

import os
import sys

from django.core.management import execute_from_command_line

from portal.data_folder import FolderNotOurs, data_folder
from portal.embedded_postgres import NoPostgres, database_url


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault("PORTAL_ENV", "demo")
    if os.environ.get("PORTAL_ENV") != "production":
        try:
            os.environ["PORTAL_DATA_DIR"] = str(data_folder())
            if not os.environ.get("DATABASE_URL"):
                os.environ["DATABASE_URL"] = database_url()  # stopped again at our end if nobody else uses it
        except (FolderNotOurs, NoPostgres) as refused:
            sys.exit(str(refused))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

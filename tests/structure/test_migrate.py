"""Our `migrate` skips work of Django's; what it leaves in the database is the same."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as djangos
from django.db import connection

from portal.bench.scratch import default_name, scratch_database

CATALOGUE = {
    "columns": """SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity,
                         character_maximum_length, generation_expression
                  FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
                      FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
                   FROM pg_trigger WHERE NOT tgisinternal""",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_same_database_as_djangos_own(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), scratch_database(default_name(), lambda _said: None):
        ours = everything()
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        call_command(djangos.Command(), verbosity=0, interactive=False)
        assert {kind for kind, rows in ours.items() if not rows} == set()
        assert everything() == ours


def everything() -> dict[str, set[tuple[Any, ...]]]:
    found = {}
    with connection.cursor() as cursor:
        for kind, sql in CATALOGUE.items():
            cursor.execute(sql)
            found[kind] = set(cursor.fetchall())
    return found

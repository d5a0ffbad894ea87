"""Rules the database keeps by itself, against a hurried hand at its prompt as well as against our own code."""

import pgtrigger


def never_deleted() -> pgtrigger.Trigger:
    """Rows that stay whatever happens; changing them is another question."""
    return pgtrigger.Trigger(
        name="never_deleted",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func="RAISE EXCEPTION 'Cannot delete rows from % table', TG_TABLE_NAME;",
    )


def written_once(*fields: str) -> pgtrigger.Trigger:
    """Columns that keep what they were first given."""
    return pgtrigger.ReadOnly(name="written_once", fields=list(fields))

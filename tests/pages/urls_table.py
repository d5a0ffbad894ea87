"""Every address of the portal and what each actor gets there. A new address fails the matrix until it has a row.

Cells: a status, or a redirect to the login (`log`), to the admin (`dsk`) or elsewhere (`302`). `of` is the row in
the address, always one of the company "ours". Columns: anon (also a member that has withdrawn), rep and user of
ours, oth (another member), near (officer and head of ours' branch), far (another branch), hq (underwriter), aud
(auditor), it (IT and webmaster). POSTs are empty: what matters is who gets as far as the form.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from django.contrib import admin
from django.db.models import Model
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from tests.pages.actors import World, row_of

ACTORS = {
    "anon": ("anon", "gone"),
    "rep": ("rep",),
    "user": ("user",),
    "other": ("other",),
    "near": ("officer", "head"),
    "far": ("far",),
    "hq": ("hq",),
    "aud": ("auditor",),
    "it": ("it", "web"),
}

TABLE = """
                                               | GET                                  | POST
url                                  of        | anon rep user oth near far hq aud it | anon rep user oth near far hq aud it
home                                 -         | 200 200 200 200 dsk dsk dsk dsk dsk | 405 405 405 405 405 405 405 405 405
healthz                              -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
readyz                               -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
gallery                              -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405

guarantees:guarantees                -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:guarantee                 guarantee | log 200 200 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:apply                     -         | log 200 200 200 404 404 404 404 404 | log 302 302 302 404 404 404 404 404
guarantees:applications              -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:application               submitted | log 200 200 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:edit_contract             draft     | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:edit_terms                draft     | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:edit_contact              draft     | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:remove_document           file      | log 405 405 405 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:edit_confirm              draft     | log 200 200 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:withdraw                  submitted | log 200 200 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:change_contact            submitted | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:sign                      submitted | log 302 302 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:sign_challenge            submitted | log 405 405 405 404 404 404 404 404 | log 400 400 404 404 404 404 404 404
guarantees:sign_answer               submitted | log 405 405 405 404 404 404 404 404 | log 400 400 404 404 404 404 404 404
guarantees:document                  document  | log 200 200 404 200 404 200 200 404 | log 405 405 405 405 405 405 405 405

sms:compose                          -         | log 200 200 200 404 404 404 404 404 | log 200 200 200 404 404 404 404 404
sms:messages                         -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:statement                        -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:my_page                          -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:reports                          callback  | 405 405 405 405 405 405 405 405 405 | 403 403 403 403 403 403 403 403 403
sms:recipients                       -         | log 200 200 200 404 404 404 404 404 | log 404 404 404 404 404 404 404 404

certificates:cyber                   -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
certificates:replace                 -         | 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200 200
certificates:sign                    -         | 302 302 302 302 302 302 302 302 302 | 405 405 405 405 405 405 405 405 405
certificates:signer                  -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
certificates:challenge               -         | 405 405 405 405 405 405 405 405 405 | 400 400 400 400 400 400 400 400 400
certificates:answer                  -         | 405 405 405 405 405 405 405 405 405 | 400 400 400 400 400 400 400 400 400
certificates:receipt                 challenge | 404 200 200 404 200 404 200 200 200 | 405 405 405 405 405 405 405 405 405
certificates:by_phone                -         | 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200 200
certificates:issue_guide             -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
certificates:bank_change             -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
certificates:errors                  -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
certificates:freeze                  token     | 410 410 410 410 410 410 410 410 410 | 410 410 410 410 410 410 410 410 410
certificates:ticket                  token     | 410 410 410 410 410 410 410 410 410 | 410 410 410 410 410 410 410 410 410
certificates:login                   -         | 200 302 302 302 302 302 302 302 302 | 200 302 302 302 302 302 302 302 302
certificates:login_challenge         -         | 405 405 405 405 405 405 405 405 405 | 400 400 400 400 400 400 400 400 400
certificates:login_answer            -         | 405 405 405 405 405 405 405 405 405 | 400 400 400 400 400 400 400 400 400
certificates:login_choose            -         | 302 302 302 302 302 302 302 302 302 | 302 302 302 302 302 302 302 302 302

api-application-list                 -         | 403 200 200 200 200 200 200 200 200 | 403 405 405 405 405 405 405 405 405
api-application-detail               submitted | 403 200 200 404 200 404 200 200 404 | 403 405 405 405 405 405 405 405 405
api-guarantee-list                   -         | 403 200 200 200 200 200 200 200 200 | 403 405 405 405 405 405 405 405 405
api-guarantee-detail                 guarantee | 403 200 200 404 200 404 200 200 404 | 403 405 405 405 405 405 405 405 405

own_email                            -         | 404 404 404 404 404 404 404 404 404 | 404 404 404 404 404 404 404 404 404
own_email_sent                       -         | 404 404 404 404 404 404 404 404 404 | 404 404 404 404 404 404 404 404 404
own_email_confirmation               mail_key  | 404 404 404 404 404 404 404 404 404 | 404 404 404 404 404 404 404 404 404
account_login                        -         | 200 302 302 302 dsk dsk dsk dsk dsk | 200 302 302 302 dsk dsk dsk dsk dsk
account_logout                       -         | 302 200 200 200 200 200 200 200 200 | 302 302 302 302 302 302 302 302 302
account_inactive                     -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
account_signup                       -         | 200 302 302 302 dsk dsk dsk dsk dsk | 200 302 302 302 dsk dsk dsk dsk dsk
account_reauthenticate               -         | log 200 200 200 200 200 200 200 200 | log 200 200 200 200 200 200 200 200
account_email                        -         | 404 404 404 404 404 404 404 404 404 | 404 404 404 404 404 404 404 404 404
account_email_verification_sent      -         | 404 404 404 404 404 404 404 404 404 | 404 404 404 404 404 404 404 404 404
account_change_password              -         | log 200 200 200 200 200 200 200 200 | log 200 200 200 200 200 200 200 200
account_set_password                 -         | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
account_reset_password               -         | 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200 200
account_confirm_login_code           -         | log 302 302 302 dsk dsk dsk dsk dsk | log 302 302 302 dsk dsk dsk dsk dsk
account_confirm_email                mail_key  | 404 404 404 404 404 404 404 404 404 | 404 404 404 404 404 404 404 404 404
account_reset_password_from_key      pass_key  | 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200 200
account_reset_password_from_key_done -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
account_reset_password_done          -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
mfa_index                            -         | log 200 200 200 200 200 200 200 200 | log 405 405 405 405 405 405 405 405
mfa_authenticate                     -         | log 302 302 302 dsk dsk dsk dsk dsk | log 302 302 302 dsk dsk dsk dsk dsk
mfa_reauthenticate                   -         | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
mfa_activate_totp                    -         | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
mfa_deactivate_totp                  -         | log 404 404 404 404 404 404 404 404 | log 404 404 404 404 404 404 404 404
mfa_view_recovery_codes              -         | log 404 404 404 404 404 404 404 404 | log 405 405 405 405 405 405 405 405
mfa_generate_recovery_codes          -         | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
mfa_download_recovery_codes          -         | log 404 404 404 404 404 404 404 404 | log 404 404 404 404 404 404 404 404
"""  # noqa: E501 - one address a line


class Row(NamedTuple):
    """One address: its name, what stands in it, and the cell of each column for GET and POST."""

    name: str
    of: str
    get: dict[str, str]
    post: dict[str, str]

    def cells(self, method: str) -> Iterator[tuple[str, str]]:
        """(actor, expected outcome), every actor of a column on its own."""
        for column, expected in (self.get if method == "get" else self.post).items():
            for actor in ACTORS[column]:
                yield actor, expected


def _rows() -> Iterator[Row]:
    for line in TABLE.strip().splitlines()[2:]:
        if not line.strip():
            continue
        head, get, post = (part.split() for part in line.split("|"))
        name, of = head
        yield Row(name, of, *(dict(zip(ACTORS, cells, strict=True)) for cells in (get, post)))


ROWS = tuple(_rows())


@cache
def patterns() -> dict[str, str]:
    """Name to route of every address of the URL configuration, namespaces in front; nameless ones by route."""
    return dict(_walk(get_resolver(), "", ()))


def _walk(resolver: URLResolver, prefix: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route, (*spaces, *([pattern.namespace] if pattern.namespace else [])))
        else:
            yield ":".join((*spaces, pattern.name or route)), route


def address(row: Row, world: World) -> str:
    """The address of `row` with the rows of the company "ours" in it."""
    ours = world.ours
    args = {
        "-": [],
        "draft": [ours.draft.public_id],
        "submitted": [ours.submitted.public_id],
        "guarantee": [ours.guarantee.public_id],
        "document": [ours.document.public_id],
        "challenge": [ours.challenge.pk],
        "token": ["unknown-token"],
        "file": [ours.draft.public_id, ours.document.public_id],
        "mail_key": ["unknown"],
        "callback": ["local", "unknown"],
        "pass_key": ["1", "unknown-key"],
    }
    return reverse(row.name, args=args[row.of])


def desk_models() -> list[type[Model]]:
    """Models with a page in the admin."""
    return sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def desk_address(model: type[Model], page: str, world: World) -> str:
    """An admin page of `model`, of a row of "ours" where the page has a row."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    if page in ("changelist", "add"):
        return reverse(name)
    row = row_of(model, world.ours.member)
    assert row is not None, f"actors.py makes no {model._meta.label}"
    return reverse(name, args=[row.pk])


DESK_PAGES = ("changelist", "add", "change", "history", "delete", "reveal")


def desk_addresses(world: World) -> Iterator[tuple[str, str]]:
    """(name, address) of every admin page there is."""
    for name in ("index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n"):
        yield f"admin:{name}", reverse(f"admin:{name}")
    for model in desk_models():
        for page in DESK_PAGES:
            try:
                yield f"{model._meta.label_lower} {page}", desk_address(model, page, world)
            except NoReverseMatch:
                continue

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
search                               -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
sitemap                              -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
privacy                              -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
calendar                             -         | log 200 200 200 404 404 404 404 404 | log 200 200 200 404 404 404 404 404
calendar_feed                        secret    | 404 404 404 404 404 404 404 404 404 | 405 405 405 405 405 405 405 405 405
own_data                             -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
own_data_csv                         sheet     | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
own_data_xlsx                        -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
healthz                              -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
readyz                               -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
gallery                              -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405

guarantees:guarantees                -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:guarantee                 guarantee | log 200 200 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:limit                     -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:releasable                -         | log 200 200 200 404 404 404 404 404 | log 200 200 200 404 404 404 404 404
guarantees:ask_release               guarantee | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:withdraw_release          release   | log 302 302 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:release_paper             evidence  | log 200 200 404 200 404 200 200 404 | log 405 405 405 405 405 405 405 405
guarantees:apply_next                guarantee | log 405 405 405 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:apply                     -         | log 200 200 200 404 404 404 404 404 | log 200 200 200 404 404 404 404 404
guarantees:applications              -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:application               submitted | log 200 200 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:edit_contract             draft     | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:edit_terms                draft     | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:edit_contact              draft     | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:keep_step                 typed     | log 405 405 405 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:outlook                   typed     | log 405 405 405 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:remove_document           file      | log 405 405 405 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:edit_confirm              draft     | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:withdraw                  submitted | log 200 200 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:change_contact            submitted | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:fee                       -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:example                   reason    | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
guarantees:accept_fee                submitted | log 405 405 405 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:sign                      submitted | log 302 302 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:sign_challenge            submitted | log 405 405 405 404 404 404 404 404 | log 400 400 404 404 404 404 404 404
guarantees:sign_answer               submitted | log 405 405 405 404 404 404 404 404 | log 400 400 404 404 404 404 404 404
guarantees:pay                       submitted | log 302 302 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:pay_endorsement           endorse   | log 302 302 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:payments                  -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:payment                   payment   | log 200 200 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
guarantees:payment_check             payment   | log 405 405 405 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:payment_back              payment   | log 302 302 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:payment_cancel            payment   | log 302 302 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:payment_refund_account    payment   | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:payment_callback          bank      | 405 405 405 405 405 405 405 405 405 | 400 400 400 400 400 400 400 400 400
guarantees:guarantee_document        sealed    | log 200 200 404 200 404 200 200 404 | log 405 405 405 405 405 405 405 405
guarantees:document                  document  | log 200 200 404 200 404 200 200 404 | log 405 405 405 405 405 405 405 405

guarantees:endorse                   guarantee | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:withdraw_endorsement      endorse   | log 302 302 404 404 404 404 404 404 | log 302 302 404 404 404 404 404 404
guarantees:deliver                   guarantee | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
guarantees:renew_delivery_link       delivery  | log 405 405 405 404 404 404 404 404 | log 302 302 404 404 404 404 404 404

public:verify                        -         | 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200 200
public:verify_code                   code      | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
public:beneficiary                   token     | 410 410 410 410 410 410 410 410 410 | 405 405 405 405 405 405 405 405 405
public:beneficiary_document          token     | 410 410 410 410 410 410 410 410 410 | 405 405 405 405 405 405 405 405 405
public:beneficiary_accept            token     | 405 405 405 405 405 405 405 405 405 | 410 410 410 410 410 410 410 410 410
public:beneficiary_return            token     | 405 405 405 405 405 405 405 405 405 | 410 410 410 410 410 410 410 410 410
public:beneficiary_complete          token     | 405 405 405 405 405 405 405 405 405 | 410 410 410 410 410 410 410 410 410
public:procurement_answers           -         | 405 405 405 405 405 405 405 405 405 | 403 403 403 403 403 403 403 403 403

sms:compose                          -         | log 200 200 200 404 404 404 404 404 | log 200 200 200 404 404 404 404 404
sms:messages                         -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:sent                             request   | log 200 200 404 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:contacts                         -         | log 200 200 200 404 404 404 404 404 | log 200 200 200 404 404 404 404 404
sms:contact                          contact   | log 200 200 404 404 404 404 404 404 | log 200 200 404 404 404 404 404 404
sms:contacts_many                    -         | log 200 200 200 404 404 404 404 404 | log 200 200 200 404 404 404 404 404
sms:contacts_csv                     -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:statement                        -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:my_page                          -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:reports                          callback  | 405 405 405 405 405 405 405 405 405 | 403 403 403 403 403 403 403 403 403
sms:notices                          -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
sms:recipients                       -         | log 200 200 200 404 404 404 404 404 | log 404 404 404 404 404 404 404 404

people:users                         -         | log 200 403 200 404 404 404 404 404 | log 404 403 404 404 404 404 404 404
people:invite                        -         | log 200 403 200 404 404 404 404 404 | log 200 403 200 404 404 404 404 404
people:user                          colleague | log 200 403 404 404 404 404 404 404 | log 404 403 404 404 404 404 404 404
people:sessions                      -         | log 200 200 200 404 404 404 404 404 | log 302 302 302 404 404 404 404 404
people:visits                        -         | log 200 200 200 404 404 404 404 404 | log 405 405 405 404 404 404 404 404
people:extend                        -         | log 405 405 405 405 405 405 405 405 | log 302 302 302 302 302 302 302 302
people:join                          token     | 410 410 410 410 410 410 410 410 410 | 410 410 410 410 410 410 410 410 410

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
certificates:ticket                  token     | 200 200 200 200 200 200 200 200 200 | 410 410 410 410 410 410 410 410 410
certificates:login                   -         | 200 302 302 302 302 302 302 302 302 | 200 302 302 302 302 302 302 302 302
certificates:login_challenge         -         | 405 405 405 405 405 405 405 405 405 | 400 400 400 400 400 400 400 400 400
certificates:login_answer            -         | 405 405 405 405 405 405 405 405 405 | 400 400 400 400 400 400 400 400 400
certificates:login_choose            -         | 302 302 302 302 302 302 302 302 302 | 302 302 302 302 302 302 302 302 302

helpdesk:faq                         -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
helpdesk:helpful                     faq       | 405 405 405 405 405 405 405 405 405 | 302 302 302 302 302 302 302 302 302
helpdesk:questions                   -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
helpdesk:ask                         -         | 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200 200
helpdesk:question                    question  | 404 200 404 404 404 404 404 404 404 | 405 405 405 405 405 405 405 405 405
helpdesk:edit_question               question  | 404 200 404 404 404 404 404 404 404 | 404 200 404 404 404 404 404 404 404
helpdesk:attachment                  attached  | 404 200 404 404 404 404 404 404 404 | 405 405 405 405 405 405 405 405 405
helpdesk:notices                     -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
helpdesk:notice                      notice    | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
helpdesk:downloads                   -         | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
helpdesk:download                    library   | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405
helpdesk:download_file               lib_file  | 200 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405 405

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
mfa_list_webauthn                    -         | log 200 200 200 200 200 200 200 200 | log 405 405 405 405 405 405 405 405
mfa_add_webauthn                     -         | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
mfa_reauthenticate_webauthn          -         | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
mfa_remove_webauthn                  passkey   | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
mfa_edit_webauthn                    passkey   | log 302 302 302 302 302 302 302 302 | log 302 302 302 302 302 302 302 302
mfa_login_webauthn                   -         | log 302 302 302 dsk dsk dsk dsk dsk | log 302 302 302 dsk dsk dsk dsk dsk
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
        "typed": [ours.draft.public_id, "terms"],
        "submitted": [ours.submitted.public_id],
        "guarantee": [ours.guarantee.public_id],
        "document": [ours.document.public_id],
        "payment": [ours.business.payment.public_id],
        "endorse": [ours.business.endorsement.public_id],
        "bank": ["simulator"],
        "release": [ours.business.release_request.public_id],
        "evidence": [ours.business.paper.public_id],
        "challenge": [ours.challenge.pk],
        "token": ["unknown-token"],
        "secret": ["unknown-secret"],
        "sheet": ["guarantees"],
        "code": ["2026-C1-000001-2", "unknown-code"],
        "delivery": [ours.business.delivery.public_id],
        "colleague": [world.people["user"].pk],
        "passkey": [0],
        "contact": [ours.contact.public_id],
        "request": [ours.request.public_id],
        "sealed": [ours.business.document.public_id],
        "file": [ours.draft.public_id, ours.document.public_id],
        "reason": ["completion"],
        "mail_key": ["unknown"],
        "callback": ["local", "unknown"],
        "pass_key": ["1", "unknown-key"],
        "faq": [world.helpdesk.version.pk],
        "notice": [world.helpdesk.notice.pk],
        "library": [world.helpdesk.download.pk],
        "lib_file": [world.helpdesk.file.public_id],
        "question": [world.helpdesk.question.public_id],
        "attached": [world.helpdesk.attachment.public_id],
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

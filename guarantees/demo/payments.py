"""An application signed with the demo's certificate, so that its visitor has a fee to pay."""

from datetime import datetime

from certificates.actions.challenges import Visit
from certificates.actions.replacing import Answer
from certificates.demo import specimen_of
from certificates.keys import sealing_keys
from certificates.minting.demo import DemoWorld
from certificates.minting.page import answer
from guarantees.actions import signing
from guarantees.agreement import document_of, sha256_of
from guarantees.demo.certificates import IN_USE
from guarantees.demo.story import TO_PAY
from guarantees.models import Application
from portal.access import Actor
from portal.members.models import User


def tell(world: DemoWorld, at: datetime) -> None:
    """Sign the approved application whose fee the visitor is to pay."""
    by = Actor.user(User.objects.get(username="mirnuri"))
    application = Application.everything.get(contract_name=TO_PAY)
    visit = Visit("demo", None, "demo")
    shown = sha256_of(document_of(application))
    asked = signing.ask(application_id=application.pk, shown_sha256=shown, visit=visit, by=by, at=at)
    leaf = specimen_of(world, IN_USE, application.member.business_number).leaf
    proof = answer(leaf, asked.text.encode(), sealing_keys()[0].public_key())
    signing.sign(application_id=application.pk, answer=Answer(asked.pk, visit, proof), by=by, at=at)

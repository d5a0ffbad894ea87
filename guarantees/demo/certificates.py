"""Bank certificates of the first two companies: one in use, one that its bank has revoked."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from certificates.actions.rechecking import recheck_certificates
from certificates.demo import DIRECTORY, install, move_directory, register_minted
from certificates.minting.demo import DemoWorld, write_demo
from certificates.minting.faults import Holder
from certificates.minting.folders import DEMO_PASSWORD
from portal.access import Actor
from portal.members.models import Member

PASSWORD = DEMO_PASSWORD
IN_USE = "good-pbe-sha1-seed"
REVOKED = "revoked"
REGISTERED_AGO = timedelta(days=90)


def folder() -> Path:
    """Where the certificates lie, for the visitor to try."""
    return Path(settings.DATA_DIR) / "demo-certificates"


def tell(members: list[Member], at: datetime) -> DemoWorld:
    """Mint, trust, register, and let the portal find out by itself what was revoked."""
    first, second = members[:2]
    by = Actor.system("seed_demo")
    holders = [
        Holder(member.name, member.business_number, member.representative_name) for member in (first, second)
    ]
    world = write_demo(folder(), holders, at=at)
    install(directory=folder(), endpoint=DIRECTORY, by=by, at=at)
    for member, label in ((first, IN_USE), (second, REVOKED)):
        register_minted(world, label, member.business_number, member.pk, by=by, at=at - REGISTERED_AGO)
    recheck_certificates(by=by, at=at)
    return world


def listen_at(endpoint: str) -> None:
    """Where the demo's directory server is today."""
    move_directory(endpoint)

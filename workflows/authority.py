"""May this township handle this matter today, and in whose name? Township × matter × date (B-11, B-13, D-01, T-21).

    of(county, township, matter, day) ─► Authority        法定, 赋权 ─► the township government     委托 ─► the delegating department (R44)

Whatever is not listed, not yet or no longer in force, outside a delegation, or on the negative list, is whistled or handed over.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from workflows.county import County, Tier


class Why(StrEnum):
    """Why a township may or may not; words in `messages/*/authority.yaml`."""

    STATUTORY = "statutory"
    GRANTED = "granted"
    DELEGATED = "delegated"
    NOT_LISTED = "not_listed"
    NOT_YET = "not_yet"
    WITHDRAWN = "withdrawn"
    NO_AGREEMENT = "no_agreement"
    """Delegated by the list, but no agreement covers place, matter and day."""
    AGREEMENT_ENDED = "agreement_ended"
    NEGATIVE = "negative"
    """The county's negative list: never devolved."""

    @property
    def may(self) -> bool:
        return self in (Why.STATUTORY, Why.GRANTED, Why.DELEGATED)


RULE = {Why.DELEGATED: "CF20", Why.NO_AGREEMENT: "CF20", Why.AGREEMENT_ENDED: "CF20"}
"""What a reason rests on; CF24 for the others."""
_HELD = {Tier.STATUTORY: Why.STATUTORY, Tier.GRANTED: Why.GRANTED, Tier.DELEGATED: Why.DELEGATED}


@dataclass(frozen=True, slots=True)
class Authority:
    """The answer for one township, matter and local day."""

    township_id: str
    matter_code: str
    day: date
    why: Why
    tier: Tier | None = None
    organ_id: str = ""
    """In whose name: letterhead, seal, remedy and register follow it. Empty where the township may not act."""
    agreement_id: str | None = None
    agreement_number: str = ""
    until: date | None = None
    """Last day of the agreement, or the day on which the power ended or begins."""
    owner: str = ""
    """The department in charge of the matter: to be whistled, or handed over to."""
    basis: str = ""
    """《法》第N条 of the matter; empty where no article was verified."""
    verified: bool = False
    note: str = ""

    @property
    def may(self) -> bool:
        return self.tier is not None

    @property
    def rule(self) -> str:
        return RULE.get(self.why, "CF24")


def of(county: County, township_id: str, matter_code: str, day: date) -> Authority:
    """The township's power over a matter on a local day."""
    matter = county.matter(matter_code)
    known = {
        "township_id": township_id,
        "matter_code": matter_code,
        "day": day,
        "owner": matter.dept_code,
        "basis": matter.legal_basis,
        "verified": matter.basis_verified,
    }
    if (reason := county.negative.get(matter_code)) is not None:
        return Authority(why=Why.NEGATIVE, note=reason, **known)  # type: ignore[arg-type]
    why, until, note = Why.NOT_LISTED, None, ""
    for row in county.powers_of(township_id, matter_code):
        if not row.holds_on(day):
            later = row.effective_from > day
            why, until = (Why.NOT_YET, row.effective_from) if later else (Why.WITHDRAWN, row.withdrawn_on)
            note = row.note
            continue
        if row.tier is not Tier.DELEGATED:
            held = {"why": _HELD[row.tier], "tier": row.tier, "organ_id": township_id, "note": row.note}
            return Authority(**known, **held)  # type: ignore[arg-type]
        agreement = county.agreement(township_id, matter_code, day)
        if agreement is not None:
            return Authority(
                why=Why.DELEGATED,
                tier=row.tier,
                organ_id=agreement.dept_code,
                agreement_id=agreement.id,
                agreement_number=agreement.number,
                until=agreement.valid_to,
                note=row.note,
                **known,  # type: ignore[arg-type]
            )
        ended = [a.valid_to for a in county.agreements if a.names(township_id, matter_code) and a.valid_to < day]
        why, until = (Why.AGREEMENT_ENDED, max(ended)) if ended else (Why.NO_AGREEMENT, None)
    return Authority(why=why, until=until, note=note, **known)  # type: ignore[arg-type]

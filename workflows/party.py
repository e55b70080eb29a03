"""当事人: who is said to have broken the law. What is known of the party is sealed with a key of its own, and opened only here.

keep(work, case, Details(...)) ─► Party        details(work, case) ─► Details | None        same_party(work, party) ─► other cases
"""

import re
from dataclasses import asdict, dataclass
from datetime import date

from workflows import records as r
from workflows import reviewed
from workflows.work import Work

_PURPOSE = "party"


@dataclass(frozen=True, slots=True)
class Details:
    """As a document prints it; an empty text is something nobody has asked yet."""

    kind: str = "person"  # person | organisation
    name: str = ""
    id_no: str = ""  # 身份证号, or 统一社会信用代码 of an organisation
    address: str = ""
    birth: str = ""  # ISO date
    phone: str = ""
    legal_person: str = ""  # 法定代表人 of an organisation

    def age_on(self, day: date) -> int | None:
        """Full years on a day, from the birth date or the number of a resident's card; None where neither is known."""
        known = self.birth or (
            f"{self.id_no[6:10]}-{self.id_no[10:12]}-{self.id_no[12:14]}" if _card(self.id_no) else ""
        )
        try:
            born = date.fromisoformat(known)
        except ValueError:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _card(number: str) -> bool:
    return re.fullmatch(r"\d{17}[\dXx]", number) is not None


def keep(work: Work, case: r.Case, details: Details) -> r.Party:
    """Write down, or replace, what is known of the party."""
    party = work.party_of(case.id)
    if party is None:
        key = work.vault.new_key()
        party = work.add(r.Party(case_id=case.id, kind=details.kind, key=key, content=b""))
    if party.key is None:
        raise LookupError("this party was erased")
    party.kind = details.kind
    party.content = work.vault.seal(party.key, asdict(details))
    identity = details.id_no.upper() or "|".join(part for part in (details.name, details.address) if part)
    party.mark = work.vault.mark(_PURPOSE, identity) if identity else ""
    reviewed.changed(work, case, "party")
    return party


def details(work: Work, case_id: str) -> Details | None:
    """What is known of a case's party; None before anything was asked, or after its key was destroyed."""
    party = work.party_of(case_id)
    if party is None or party.key is None:
        return None
    return Details(**work.vault.unseal(party.key, party.content))


def seal_words(work: Work, case_id: str, words: str) -> bytes | None:
    """What a party said, sealed with the party's key."""
    party = work.party_of(case_id)
    return work.vault.seal(party.key, words) if party is not None and party.key is not None else None


def read_words(work: Work, step: r.Step) -> str:
    """What a party said at a step; empty where nothing was kept or the key is gone."""
    party = work.party_of(step.case_id)
    if step.words is None or party is None or party.key is None:
        return ""
    return str(work.vault.unseal(party.key, step.words))

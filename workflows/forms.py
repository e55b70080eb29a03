"""Which documents a case may have (`documents.yaml`): name, number, volume, and when each must be there."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workflows.states import Stage
from workflows.steps import BY_KIND

VOLUMES = ("main", "aside")
"""正卷 is open to the party, 副卷 is the office's own."""
COURSES = ("simple", "ordinary", "both")
ONLY = (
    *("", "organisation", "hearing", "hearing_set", "heard", "review", "ordered", "kept", "seized", "handed_over"),
    *("called", "fine", "urged", "court"),
)
"""Conditions of a case under which a document is due; `file.py` says when each holds."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Form(_Part):
    """One kind of document. `begins`: the stage from which it must be there; None: never asked for."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{3,20}$")]
    title: str = Field(min_length=2)
    title_en: str = Field(min_length=2)
    word: str
    """What stands before 字 in its number; empty: it has none."""
    volume: Annotated[str, Field(pattern="^(main|aside)$")]
    order: int = Field(ge=0, lt=1000)
    course: Annotated[str, Field(pattern="^(simple|ordinary|both)$")] = "both"
    begins: Stage | None = Field(None, alias="from")
    only: Annotated[str, Field(pattern=rf"^({'|'.join(ONLY)})$")] = ""
    signers: int = Field(1, ge=1, le=3)
    by: Annotated[str, Field(pattern="^(officer|squad|leader|reviewer|host)$")] = "officer"
    reviewed: bool = False
    """The legal review looks at it: when it changes afterwards, the opinion is void (行政处罚法第五十八条)."""


class Label(_Part):
    """What a field of a document is called, and how it is asked for in one short question."""

    label: str = Field(min_length=1)
    label_en: str = ""
    ask: str = ""
    ask_en: str = ""
    """In English, for a colleague who reads that; where it is empty, the Chinese stands."""
    fixed: bool = False
    """Comes from the records alone; nobody types it, and `ask` says which step comes first."""


class Forms(_Part):
    """`documents.yaml`."""

    number: str = Field(pattern=r"\{count\}")
    """With {short} of the organ, {word}, {year} and {count}."""
    keep: dict[str, str]
    keep_note: str = ""
    may_lack: dict[str, str] = {}
    """Forms that no law asks for, which a leader may do without when closing, with a reason; the step after which it must be there."""
    forms: tuple[Form, ...] = Field(min_length=1)
    fields: dict[str, Label]

    @model_validator(mode="after")
    def _each_once(self) -> "Forms":
        codes = [form.code for form in self.forms]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"twice: {', '.join(twice)}")
        unknown = sorted(set(self.may_lack) - set(codes)) + sorted(
            {s for s in self.may_lack.values() if s} - set(BY_KIND)
        )
        if unknown:
            raise ValueError(f"may_lack names what is not there: {', '.join(unknown)}")
        return self

    def form(self, code: str) -> Form | None:
        return next((form for form in self.forms if form.code == code), None)

    def label(self, field: str) -> str:
        """What a field is called to whoever fills it."""
        found = self.fields.get(field)
        return found.label if found else field

    def spoken(self, field: str) -> dict[str, str]:
        """Label and question in both languages: label, label_en, ask, ask_en."""
        found = self.fields.get(field)
        label, ask = self.label(field), self.ask(field)
        label_en = (found.label_en if found else "") or label
        ask_en = (found.ask_en if found else "") or label_en
        return {"label": label, "label_en": label_en, "ask": ask, "ask_en": ask_en}

    def in_order(self, fields: Iterable[str]) -> list[str]:
        """In the order in which the county lists them, its own template's last."""
        listed = list(self.fields)
        return sorted(fields, key=lambda name: (listed.index(name) if name in listed else len(listed), name))

    def may_type(self, field: str) -> bool:
        """A field that the county's list does not know is one of its own template, and typed."""
        found = self.fields.get(field)
        return found is None or not found.fixed

    def ask(self, field: str) -> str:
        found = self.fields.get(field)
        return (found.ask or found.label) if found else field

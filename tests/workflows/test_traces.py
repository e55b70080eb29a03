"""No table holds an account, or something sealed with a person's key, that `traces.py` does not know of."""

from sqlalchemy import LargeBinary
from sqlmodel import SQLModel

from workflows import records  # noqa: F401 (registers the tables)

ACCOUNTS = {
    ("identity", "account"), ("person", "account"), ("tip", "account"), ("tipitem", "account"), ("outbox", "account"),
    ("card", "account"), ("prompt", "account"),
}  # fmt: skip
SEALED = {
    ("identity", "key"), ("identity", "chat"), ("identity", "name"), ("tipitem", "content"), ("question", "question"),
    ("question", "answer"), ("reward", "code"), ("reward", "payee"), ("outbox", "sealed"), ("outbox", "sent_text"), ("inbox", "payload"),
    ("seal", "ring"),
}  # fmt: skip
OF_A_PARTY = {
    ("party", "key"),
    ("party", "content"),
    ("step", "words"),
    ("document", "key"),
    ("document", "content"),
    ("publication", "key"),
    ("publication", "content"),
}
"""Sealed with the key of whoever a case is against, or of the document itself: the county's file, and nothing of a sender's."""


def test_every_column_with_an_account_is_wiped() -> None:
    found = {(t.name, c.name) for t in SQLModel.metadata.tables.values() for c in t.columns if c.name == "account"}

    assert found - {("ledger", "account")} == ACCOUNTS, "add the new column to traces.wipe, then here"


def test_every_sealed_column_is_sealed_anew_or_wiped() -> None:
    found = {
        (t.name, c.name)
        for t in SQLModel.metadata.tables.values()
        for c in t.columns
        if isinstance(c.type, LargeBinary)
    }

    assert found - OF_A_PARTY == SEALED, "add the new column to traces.wipe and traces.seal_anew, then here"

"""The model behind docs/scale.md: its tables are those of the figures, and its queue keeps to what queues do."""

import json

import pytest
from sqlmodel import Session, SQLModel, create_engine

from tests.benchmarks.courses import STORIES
from tests.benchmarks.growth import bytes_of_values
from tests.benchmarks.scale import DOC, MEASURED, PER_TOKEN, Assumed, Model, at, filled, queue, tables
from workflows import records as r

FIGURES = json.loads(MEASURED.read_text("utf-8"))


def test_the_tables_in_the_document_are_those_of_the_measured_figures() -> None:
    doc = DOC.read_text("utf-8")

    assert filled(doc, tables(Model(FIGURES))) == doc, "run python -m tests.benchmarks.scale --write"


def test_another_figure_changes_the_tables() -> None:
    dearer = {**FIGURES, "megabytes": {"value": 2 * FIGURES["megabytes"]["value"], "by": "-"}}

    assert Model(dearer).machines(2800) > Model(FIGURES).machines(2800)
    assert Model(dearer).county()["cores, busiest hour"] == Model(FIGURES).county()["cores, busiest hour"]


def test_the_shares_of_the_courses_are_a_whole() -> None:
    assert sum(share for _, share in Assumed().shares) == pytest.approx(1)
    assert {name for name, _ in Assumed().shares} == set(FIGURES["courses"]) == set(STORIES)


def test_what_stands_in_the_rows_is_counted_in_bytes() -> None:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(r.Chain(id="云", count=12, head="0" * 64))
        session.commit()

    assert bytes_of_values(engine) == len("云".encode()) + len("12") + 64


def test_a_rare_visitor_waits_for_nobody_and_a_crowd_waits_for_the_token() -> None:
    rare = queue(10, 10_000, 0.01, PER_TOKEN)
    crowd = queue(1000, 1, 0.001, PER_TOKEN)

    assert at(rare, 0.5) == pytest.approx(0.01)
    assert crowd == sorted(crowd) and crowd[-1] == pytest.approx(1000 / PER_TOKEN, rel=0.05)

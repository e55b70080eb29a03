"""The renderer over the sample county, compiled once."""

import pytest

from messages.render import Renderer
from workflows.rulebook import Rulebook


@pytest.fixture(scope="session")
def texts(book: Rulebook) -> Renderer:
    return Renderer(book)

"""How SQLAlchemy speaks to PostgreSQL here. Loaded with its engine alone."""

from typing import Any

from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg
from sqlalchemy.types import TypeEngine

from bot.compiling import ListCompiler


class Compiler(ListCompiler, PGCompiler_psycopg):
    """A list of values is given as one array."""

    among = "{left} = ANY ({values})"
    not_among = "{left} != ALL ({values})"

    def as_one(self, each: TypeEngine[Any]) -> TypeEngine[Any]:
        return ARRAY(each)

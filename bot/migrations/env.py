"""Alembic's entry: runs on the engine that `bot.database.migrate` hands over, or on WHISTLE_DATABASE_URL from the shell."""

import os

from alembic import context
from sqlalchemy import text
from sqlmodel import SQLModel

import workflows.records  # noqa: F401  (fills the metadata)
from bot.database import open_engine

engine = context.config.attributes.get("engine") or open_engine(
    os.environ.get("WHISTLE_DATABASE_URL", "sqlite:///whistle.db")
)
with engine.connect() as connected:
    connection = connected
    if (
        connected.dialect.name == "postgresql"
    ):  # several replicas may start at once: the first migrates, the others wait
        connection = connected.execution_options(isolation_level="READ COMMITTED")
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # a slow machine takes its time
        connection.execute(text("SELECT pg_advisory_xact_lock(20261102)"))
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()

"""Periodic jobs: a slot belongs to whoever inserts its row first, in the transaction that does the job's work."""

from datetime import datetime

from sqlalchemy import Connection, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import job_runs

_INSERT = {
    "sqlite": sqlite.insert(job_runs).on_conflict_do_nothing().returning(job_runs.c.job),
    "postgresql": postgresql.insert(job_runs).on_conflict_do_nothing().returning(job_runs.c.job),
}


def claim_slot(connection: Connection, job: str, slot: datetime, owner: str, now: datetime) -> bool:
    """True if this caller may run the job's slot; every other caller hears False."""
    values = {"job": job, "slot": slot, "owner": owner, "started_at": now}
    return connection.execute(_INSERT[connection.dialect.name], values).first() is not None


def finish_slot(connection: Connection, job: str, slot: datetime, now: datetime, result: str) -> None:
    """Note what came of the slot."""
    connection.execute(
        update(job_runs).where(job_runs.c.job == job, job_runs.c.slot == slot).values(finished_at=now, result=result)
    )


def forget(connection: Connection, job: str, before: datetime) -> None:
    """Delete the records of a job's slots before a time."""
    connection.execute(delete(job_runs).where(job_runs.c.job == job, job_runs.c.slot < before))

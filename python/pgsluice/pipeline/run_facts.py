"""What a run's first audit record says, where its audit file lies, and the end of its chain."""

from __future__ import annotations

import getpass
import platform
import uuid
from collections.abc import Sequence
from pathlib import Path

from pgsluice._core import Key
from pgsluice.catalog.model import Identity
from pgsluice.catalog.moment import Moment
from pgsluice.pipeline.request import CopyRequest
from pgsluice.plan.model import CopyPlan
from pgsluice.state import runs
from pgsluice.state.audit import GENESIS, AuditChain, AuditRecord
from pgsluice.version import VERSION


def run_facts(plan: CopyPlan, source: Identity, request: CopyRequest) -> dict[str, object]:
    """Say who copies what from where, and how."""
    return {
        "version": VERSION,
        "who": getpass.getuser(),
        "host": platform.node(),
        "source_system": source.system_identifier,
        "source_database": source.database_oid,
        # "local", or the sslmode: whether each server had to prove who it is.
        "source_trust": request.source.trust,
        "target_trust": request.target.trust,
        "key_id": request.key.id,
        "plan_hash": plan.plan_hash,
        "tables": len(plan.tables),
        "settings": plan.bulk.session_settings,
        "left_out": [[item.label, item.reason] for item in plan.left_out],
    }


def moment_facts(generation: int, moment: Moment) -> dict[str, object]:
    """Say which moment of the source a snapshot is of."""
    return {
        "snapshot": generation,
        "taken_at": moment.taken_at.isoformat(),
        "lsn": moment.lsn,
        "timeline": moment.timeline,
        "is_replica": moment.is_replica,
    }


def audit_path(request: CopyRequest, run: runs.Run) -> Path:
    """Give the place of a run's audit file."""
    return request.audit_directory / f"{run.run_id}.jsonl"


def chain_of(run_id: uuid.UUID, key: Key, records: Sequence[AuditRecord]) -> AuditChain:
    """Give the chain that goes on behind these records."""
    last_hash = records[-1].hash if records else GENESIS
    return AuditChain(run_id, key, sequence=len(records), last_hash=last_hash)

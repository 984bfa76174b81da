"""How the register stands: what status dots and banners say of TSE, period and practice. Reads only."""

from __future__ import annotations

from smartecr.core.records import dataclass
from smartecr.register.head import head
from smartecr.register.till import Till


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The register's health for the status dots: `tse` is "ok", "warn" or "bad" with a German word and sentence."""

    tse: str
    tse_word: str
    tse_text: str
    period_open: bool
    business_day: str
    opened_at: str
    overdue: bool
    z_number: int
    training: bool


def status(till: Till) -> Status:
    """Return the state of the register for the status dots and banners."""
    standing = head(till)
    health = till.tse.state
    return Status(
        tse={"ok": "ok", "slow": "warn"}.get(health.level, "bad"),
        tse_word=health.reason,
        tse_text=health.message,
        period_open=standing.period_open,
        business_day=standing.business_day,
        opened_at=standing.opened_at,
        overdue=standing.overdue,
        z_number=standing.z_number,
        training=standing.training,
    )

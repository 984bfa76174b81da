"""A virtual TSE ready to sell with, for demo, training and tests: its PINs are no secret."""

from collections.abc import Callable
from pathlib import Path

from smartecr.tse.api import Lifecycle
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.virtual.device import VirtualTse
from smartecr.tse.virtual.faults import Faults
from smartecr.tse.virtual.users import DEMO_CREDENTIALS


def pin_of(role: Role) -> Secret:
    """Tell the PIN of a demo device's user."""
    return DEMO_CREDENTIALS.pin(role)


def open_demo(
    folder: Path,
    clock: Callable[[], float],
    client_id: str = "",
    curve: str = "secp256r1",
    faults: Faults | None = None,
    *,
    synced: bool = False,
) -> VirtualTse:
    """Open the device of a folder, putting it into operation (with that client, if any) at the first time.

    Raises what ``VirtualTse`` raises.
    """
    tse = VirtualTse(folder, clock, curve, faults, synced=synced)
    try:
        if tse.lifecycle is Lifecycle.UNINITIALIZED:
            tse.initialize(DEMO_CREDENTIALS, client_id)
            tse.authenticate_user(Role.TIME_ADMIN, DEMO_CREDENTIALS.time_admin_pin)
            tse.update_time(int(clock()))
            tse.log_out(Role.TIME_ADMIN)
    except BaseException:
        tse.close()
        raise
    return tse

"""What the twin says about itself: constants, state, key."""

from smartecr.tse.algorithms import BY_NAME
from smartecr.tse.api import Lifecycle, Tse
from smartecr.tse.drivers.cryptovision import answers, commands
from smartecr.tse.drivers.cryptovision.commands import CommandError, Config, KeyData, LifeCycle, Parameter, Status

_UNIX_TIME = 3
_STATES = {
    Lifecycle.UNINITIALIZED: LifeCycle.NOT_INITIALIZED,
    Lifecycle.INITIALIZED: LifeCycle.ACTIVE,
    Lifecycle.DEACTIVATED: LifeCycle.DEACTIVATED,
    Lifecycle.DECOMMISSIONED: LifeCycle.DISABLED,
}


def config(core: Tse, item: int) -> Parameter:
    """Answer GET_CONFIG_DATA."""
    info = core.info()
    values: dict[int, Parameter] = {
        Config.VERSION: "1",
        Config.SIGNATURE_ALGORITHMS: answers.algorithms(BY_NAME[info.algorithm].oid),
        Config.UPDATE_VARIANTS: commands.number(0),
        Config.MAX_KEYS: commands.number(1),
        Config.MAX_CLIENTS: commands.number(info.max_clients or 0),
        Config.MAX_TRANSACTIONS: commands.number(info.max_open_transactions or 0),
        Config.TIME_SYNC_INTERVAL: commands.number(info.time_sync_interval or 0),
        Config.TIME_FORMAT: commands.number(_UNIX_TIME),
        Config.CERTIFICATION_ID: info.certification_id or "",
    }
    return _chosen(values, item)


def status(core: Tse, item: int) -> Parameter:
    """Answer GET_STATUS."""
    if item == Status.OPEN_TRANSACTIONS:
        return tuple(core.open_transactions())
    if item == Status.TRANSACTION_COUNTER:
        last = core.last_transaction().start
        return commands.number(last.transaction_number if last else 0)
    info = core.info()
    values: dict[int, Parameter] = {
        Status.CLIENTS: commands.number(len(info.clients or ())),
        Status.OPEN_COUNT: commands.number(info.open_transactions or 0),
        Status.LIFE_CYCLE: commands.number(_life_cycle(core)),
        Status.TOTAL_MEMORY: commands.number(info.storage_total or 0),
        Status.FREE_MEMORY: commands.number((info.storage_total or 0) - (info.storage_used or 0)),
    }
    return _chosen(values, item)


def key_data(core: Tse, item: int, *, wrapped: bool) -> Parameter:
    """Answer GET_KEY_DATA; ``wrapped`` puts the public key into a blob."""
    info = core.info()
    point = info.public_key
    values: dict[int, Parameter] = {
        KeyData.SIGNATURE_COUNTER: commands.number(info.signature_counter or 0),
        KeyData.CERTIFICATE_EXPIRY: commands.number(info.certificate_expires or 0),
        KeyData.PUBLIC_KEY: point.rjust(253, b"\x30") + b"\x00" if wrapped else point,
    }
    return _chosen(values, item)


def _chosen(values: dict[int, Parameter], item: int) -> Parameter:
    if item not in values:
        raise CommandError(f"no item {item}")
    return values[item]


def _life_cycle(core: Tse) -> int:
    info = core.info()
    without_time = info.state is Lifecycle.INITIALIZED and info.has_valid_time is False
    return LifeCycle.NO_TIME if without_time else _STATES[info.state]

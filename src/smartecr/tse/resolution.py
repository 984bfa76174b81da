"""Transactions open on a device that nobody here knows: what a restart, a lost answer or an old device left behind."""

from collections.abc import Collection, Iterable

from smartecr.core.records import dataclass
from smartecr.tse.api import Started, Tse


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An open transaction to be closed as AVBelegabbruch (DSFinV-K, BON_TYP) by the client that started it."""

    client_id: str
    start: Started


def strangers(open_numbers: Iterable[int], known: Collection[int]) -> list[int]:
    """Tell which open numbers the books do not know, ascending."""
    return sorted(set(open_numbers) - set(known))


def find_strangers(device: Tse, known: Collection[int], clients: Collection[str]) -> list[Stranger]:
    """Look the unknown ones up; those of other registers at the same device are theirs to close."""
    result = []
    for number in strangers(device.open_transactions(), known):
        found = device.find_transaction(number)
        if found.state == "open" and found.start is not None and found.client_id in clients:
            result.append(Stranger(client_id=found.client_id, start=found.start))
    return result

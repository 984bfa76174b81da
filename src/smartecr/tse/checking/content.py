"""What is odd in the content of a transaction (DSFinV-K Anhang I). Odd content says nothing about the signature."""

import re
from functools import lru_cache

from smartecr.tse.log_message import FINISH, START, LogMessage

_AMOUNT = r"-?\d+\.\d\d"
_RECEIPT = re.compile(
    r"(?:Beleg|AVTransfer|AVBestellung|AVTraining|AVBelegstorno|AVBelegabbruch|AVSachbezug|AVSonstige|AVRechnung)"
    rf"\^({_AMOUNT}(?:_{_AMOUNT}){{4}})\^((?:{_AMOUNT}:(?:Bar|Unbar)(?::[A-Z]{{3}})?(?:_(?!$)|$))*)"
)
_ORDER = re.compile(rf'-?\d+(?:\.\d{{1,3}})?;"(?:[^"]|"")*";{_AMOUNT}')
_OTHER = "SonstigerVorgang"
_CLIENT = re.compile(r"[A-Za-z0-9 '()+,\-.:=?]{1,100}")
_AMOUNTS = re.compile(r"-?\d+")
_FOREIGN = re.compile(r":[A-Z]{3}(?:_|$)")
#: longer data are not taken apart, or not added up
_LONGEST, _LONGEST_SUM = 100_000, 2000


def oddities(message: LogMessage) -> list[tuple[str, str]]:
    """Tell what is odd about a transaction log: (code, German sentence)."""
    found = []
    if not _usual_client(message.client_id):
        found.append(("client_odd", "Die Client-ID enthält Zeichen, die DSFinV-K oder TR-03151 nicht vorsehen."))
    if message.operation == START:
        if message.process_data:
            found.append(("start_content", "Schon der Beginn der Transaktion trägt Vorgangsdaten."))
    elif message.operation == FINISH:
        found += _finish(message.process_type or "", message.process_data)
    return found


@lru_cache(maxsize=1000)
def _usual_client(client_id: str) -> bool:
    return _CLIENT.fullmatch(client_id) is not None


def _finish(process_type: str, data: bytes) -> list[tuple[str, str]]:
    if process_type == _OTHER or not (process_type or data) or len(data) > _LONGEST:
        return []
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [("process_data_odd", "Die Vorgangsdaten sind kein UTF-8-Text.")]
    if process_type == "Kassenbeleg-V1":
        return _receipt(text)
    if process_type == "Bestellung-V1":
        if all(_ORDER.fullmatch(line) for line in text.split("\r")):
            return []
        return [("process_data_odd", "Die Vorgangsdaten haben nicht die Form einer Bestellung-V1.")]
    return [("process_type_unknown", "Die Art des Vorgangs ist keine der drei aus DSFinV-K Anhang I.")]


def _receipt(text: str) -> list[tuple[str, str]]:
    match = _RECEIPT.fullmatch(text)
    if match is None:
        return [("process_data_odd", "Die Vorgangsdaten haben nicht die Form eines Kassenbeleg-V1.")]
    slots, paid = match.groups()
    if not paid or not text.startswith("Beleg") or _FOREIGN.search(paid) or len(text) > _LONGEST_SUM:
        return []
    if sum(map(int, slots.replace(".", "").split("_"))) == sum(map(int, _AMOUNTS.findall(paid.replace(".", "")))):
        return []
    return [("process_data_sum", "Die Steuerumsätze ergeben zusammen nicht die Summe der Zahlungen.")]

"""Habits of real cards that a twin can take on."""

from smartecr.core.records import dataclass
from smartecr.tse.drivers.cryptovision import errors, frames


@dataclass(slots=True, kw_only=True)
class Quirks:
    """Switches, to be changed at any time.

    ``first_generation``    PINs and PUKs are set all at once, the firmware id says so
    ``first_command_fails`` the first commands after power-up are refused with this code (counts down)
    ``refusal``             … which one
    ``self_test_fails``     the card finds itself broken when it is started
    ``swapped_lengths``     the list of open transactions has its lengths mixed up
    ``wrong_der``           the list of mappings is written with lengths of one byte
    ``no_suspend``          suspend modes are never answered
    ``wrapped_key``         the public key comes inside a blob of 254 bytes
    ``largest``             data bytes of one answer
    """

    first_generation: bool = False
    first_command_fails: int = 0
    refusal: int = errors.COMMUNICATION_FAILED
    self_test_fails: bool = False
    swapped_lengths: bool = False
    wrong_der: bool = False
    no_suspend: bool = False
    wrapped_key: bool = False
    largest: int = frames.LARGEST_DATA

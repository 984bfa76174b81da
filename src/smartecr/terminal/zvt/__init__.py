"""ZVT, the protocol between a cash register (ECR) and a card terminal (PT): PA00P015 and PA00P016.

The codec (``bcd``, ``tlv``, ``bmp``, ``apdu``, ``serialframe``, ``charset``, ``commands``,
``messages`` and the tables ``names``, ``resultcodes``, ``statuscodes``, ``brands``) is pure and is shared
with the virtual terminal. ``link_tcp`` and ``link_serial`` move bytes, ``session`` keeps the turns and the
time limits, ``driver`` is the ``PaymentTerminal``. Card data ends in ``terminal.masking``: nothing behind it has it.
"""

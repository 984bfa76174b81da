"""Drivers of real TSEs, one folder a device; each offers ``smartecr.tse.api.Tse`` and nothing of the register.

What enters: the wire of one kind of device. A folder holds its codec (pure: bytes to values and back), its
transport, the driver itself and, where it ships, the twin that speaks the same wire from the other side. A
driver opens, asks and answers; it never initialises by itself, never tries a PIN or PUK of its own, starts no
thread and repeats nothing of which the outcome is unknown.

- ``cryptovision``  cards behind ``TSE-IO.bin`` (cryptovision, D-Trust, Bundesdruckerei), no vendor library
- ``swissbit``      cards and sticks of Swissbit through the vendor's library, given by the shop
- ``swissbit_raw``  the same devices without the library: experimental, only when asked for
- ``epson``         in a fiscal printer or TSE server, by TCP; takes entrusted PINs, for the host wants them to sign
- ``diebold``       Diebold Nixdorf's native protocol, by serial port (USB) or TCP (ConnectBox)
- ``fiskaly``       fiskaly SIGN DE v2, by HTTPS
- ``epson``         in Epson's printers and servers, over TCP
- ``diebold``       of Diebold Nixdorf, over TCP and serial lines
- ``fiskaly``       SIGN DE v2, over HTTPS
- ``detection``     which mounted volume holds a TSE, and the thread that notices plugging and pulling

Shared: ``blockfile`` (direct I/O), ``line`` (TCP, serial), ``archive`` (exports), ``certificates``, ``keys``,
``limits``.
"""

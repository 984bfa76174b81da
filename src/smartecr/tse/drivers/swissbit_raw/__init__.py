"""Swissbit TSE without the maker's library, by the files on its volume. EXPERIMENTAL: the maker supports its
library alone, and firmware differs; a shop has to ask for this way by setting. It runs a till and reads the
export; ending the device's life, deleting and unblocking need the maker's tool.

- ``infoblock``    ``TSE_INFO.DAT``: state for anyone who reads (also used by ``detection`` and ``swissbit``)
- ``mailbox``      ``TSE_COMM.DAT``: commands and answers, pure;  ``opcodes`` what is said in them
- ``credentials``  the PINs and PUK a device comes with
- ``transport``, ``volume``, ``commissioning``, ``device``   the driver (import ``device`` yourself: opt-in)
"""

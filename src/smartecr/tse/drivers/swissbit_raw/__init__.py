"""Swissbit TSE without the vendor's library, by the files on its volume. Experimental: the maker supports its
library alone; a shop has to ask for this way by setting. It can run a till and read the export, not more.

- ``infoblock``  ``TSE_INFO.DAT``: state for anyone who reads (also used by ``detection``)
- ``mailbox``    ``TSE_COMM.DAT``: commands and answers, pure
"""

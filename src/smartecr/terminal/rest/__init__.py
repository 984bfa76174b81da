"""Card terminals reached through their maker's web service: one driver, a module a service.

- ``service``    what every service can do, by our own reference
- ``terminal``   the ``PaymentTerminal`` over a service: start once, ask until it ended, never start again to find out
- ``sumup``, ``stripe``   the makers' own SDKs, imported when such a terminal is opened
"""

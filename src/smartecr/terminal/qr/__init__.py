"""Codes a customer shows on a phone, and codes we show: routing, providers, one driver behind the terminal interface.

A code that pays is worth money and may hold card data (EMVCo CPM carries track 2). It enters as ``CustomerCode`` and
leaves only towards its provider: never into a log, a database, a journal, an event or a traceback.

- ``code``, ``cpm``, ``routing``   what a code is, and whose: never an article's number
- ``provider``, ``calls``   what every provider can do, and what their HTTP has in common
- ``bluecode``, ``alipay``   one over basic authentication, one over signed messages
- ``terminal``   charge, poll, cancel until it is certain, refund: a ``PaymentTerminal``
- ``shown``   the other direction: GiroCode and the merchant-presented EMVCo code
- ``virtual``   the twin: a provider's service on this machine
"""

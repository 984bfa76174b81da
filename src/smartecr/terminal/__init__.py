"""The cashless room: card terminals behind one interface, and the certainty of what they charged.

A library of its own: knows nothing of Django, of a database or of the register. What enters here is
what a terminal can do, what it said, and what may be concluded from it; nothing about selling.

- ``api``, ``errors``, ``events``   the interface every terminal offers, what can go wrong, what both screens show
- ``journal``, ``doubt``, ``payments``   the durable state machine of a payment and how a doubt is resolved
- ``service``, ``wish``   one worker thread a terminal: queue, abort, upkeep, events
- ``zvt``       the protocol of German card terminals: codec, links, session, driver, and its virtual twin
"""

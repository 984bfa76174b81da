"""The TSE room: log messages, exports, receipt codes, their verification, devices and their twin.

A library of its own: knows nothing of Django, of a database or of the register. What enters here is
what BSI TR-03151/TR-03153 and DSFinV-K Anhang I say about signing, and nothing about selling.

- ``api``, ``errors``   the interface every device offers and what can go wrong with it
- ``service``           one worker thread a device, with time limit, outage state and reconnection
- ``virtual``           the twin: signs real log messages, visibly a test device
- ``log_message``, ``tar``, ``receipt_qr``   the formats;  ``verify``, ``report``   their proof
"""

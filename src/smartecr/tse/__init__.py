"""The TSE room: log messages, exports, receipt codes, their verification, devices and their twin.

A library of its own: knows nothing of Django, of a database or of the register. What enters here is
what BSI TR-03151/TR-03153 and DSFinV-K Anhang I say about signing, and nothing about selling.

- ``api``, ``errors``, ``credentials``   the interface every device offers, what goes wrong with it, its secrets
- ``drivers``   real devices;  ``virtual``   the twin: signs real log messages, visibly a test device
- ``service``   one worker thread a device, with time limit, outage state and reconnection; it stands on ``connection``
  (the device kept able to sign), ``healing``, ``housekeeping``, ``readiness``, ``resolution``, ``breaker``, ``jobs``
- ``selection``   filtered exports and look-ups for devices that have none;  ``gauge``   how long a device still lasts
- ``log_message``, ``tar``, ``receipt_qr``   the formats;  ``verify``, ``report``   their proof
"""

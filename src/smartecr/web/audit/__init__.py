"""The auditor's screens (Kassen-Nachschau, § 146b AO): reading only, for a limited time, every look written down.

Nothing here changes what is true in the shop; the one thing that leaves the device goes through `register.handing`.
"""

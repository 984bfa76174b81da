"""The top floor: settings, wiring of devices, the live shell and the command line. May import every other room.

`serving` is the process at work, `equipment` the devices a setting opens, `cmdline` what is typed, `backups` and
`demoshop` speak for themselves.
"""

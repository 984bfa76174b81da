"""The top floor: settings, wiring of devices, the live shell and the command line. May import every other room."""

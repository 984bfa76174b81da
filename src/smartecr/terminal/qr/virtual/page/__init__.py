"""The files of the phone's page."""

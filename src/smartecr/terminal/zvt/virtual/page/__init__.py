"""The device's page: files a browser loads, served by `pageserver`; nothing of the register's screens."""

"""The digital receipt: a page under an unguessable address that the guest opens without app or log-in."""

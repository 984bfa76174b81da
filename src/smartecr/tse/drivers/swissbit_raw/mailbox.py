"""The mailbox ``TSE_COMM.DAT``."""

FILE_NAME = "TSE_COMM.DAT"

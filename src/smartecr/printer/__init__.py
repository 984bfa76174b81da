"""What stands on paper: documents made of a few kinds of blocks, and renderers for them.

`document` holds the data of a receipt or report, `compose` puts a receipt into order, `reports` builds the X and Z
report, `text` lays any of them out for a paper of so many columns. Pure: knows `core` and nothing else, no Django,
no clock, no device. Drivers for real printers enter here as folders of their own.
"""

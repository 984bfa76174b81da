"""Line displays: two lines of twenty letters towards the guest, one way, in four languages.

`languages` holds the byte tables, `lines` what stands there, `display` the device on its wire, `virtual` the twin that
understands the languages. Another language is a class in `languages` and its reader in `virtual`.
"""

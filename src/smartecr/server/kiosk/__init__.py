"""The till without frames: Chromium full screen on one or two screens, and what a machine needs to start like that.

`browser` holds flags and policy, `screens` where windows stand, `watch` starts them and starts them again, `units` the
files for systemd, udev and Chromium's policies.
"""

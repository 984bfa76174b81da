"""The people at the till: roles and rights, PINs, log-in with a growing delay, approval on the spot.

May import `core` only; what a role may do stands in `rights`, who is acting is an `actor.Actor`.
"""

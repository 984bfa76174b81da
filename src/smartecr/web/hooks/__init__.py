"""Webhooks: other programmes are told what happened, in order, again and again until they say that they heard it.

What there is to tell is read from the journal (`register.webhooks`); here it is signed, sent and noted. A receiver gets
every event at least once, with the same id and the same body each time. What loads httpx (`sending`) is loaded when
there is something to send.
"""

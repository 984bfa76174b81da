"""The office: where the owner looks after the shop, on a large screen or a phone.

Only screens: what they show is asked from the rooms below, what they change goes through their use cases. A section is
a module of views here, a folder of pages in `templates/office`, its addresses in `urls` and a line in `frame.SECTIONS`.
"""

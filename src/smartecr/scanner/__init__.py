"""The scanner room: from a picture or a line of text to a code that says what it stands for.

A library of its own: knows nothing of Django, of a database or of articles. What enters here is how codes look, how
they are read and what their digits mean; what is sold for them is decided elsewhere.

- ``grammar``, ``code``   the parser everything scanned or typed goes through, and what it says
- ``layout``, ``tokens``  the table of a shop: labels, press, coupons, cards, receipts
- ``gtin``, ``elements``, ``link``   the standards of GS1
"""

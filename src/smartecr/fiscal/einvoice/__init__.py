"""Electronic invoices after EN 16931: what is said (`model`), whether a buyer can be addressed (`buyers`), and the
Cross Industry Invoice it becomes (`cii`), as ZUGFeRD / Factur-X carries it in a PDF and as XRechnung sends it alone.
"""

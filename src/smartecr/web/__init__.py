"""Screens: what people see and touch, each part with its views, templates and static files.

Views are thin: they read through `register.queries` and `catalog`, act through the use cases of `register`, and never
talk to a device. Pages are server HTML with htmx; they run under a Content-Security-Policy without inline code.
"""

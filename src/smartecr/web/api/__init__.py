"""The interface for other programmes: REST below /api/v1, its answers as JSON, its refusals as problem+json (RFC 9457).

Every write goes through the same use cases as the office. What loads django-ninja and pydantic (`v1` and all it
imports) is loaded at the first request: the till must not wait for it.
"""

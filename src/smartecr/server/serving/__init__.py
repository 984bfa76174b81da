"""The process that serves: event loop, threads, live push, health, and what it does now and then by itself."""

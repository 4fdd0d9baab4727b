"""A small HTTP/1.1 server for ASGI applications, on asyncio transports and llhttp's parser.

Why it exists, measured against uvicorn and granian: docs/decisions/server.md.
"""

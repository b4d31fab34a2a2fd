"""The media worker: RTSP in; live, recording and stills out. Knows no room, no Flask, no database.

``docs/media.md`` holds the contract with the web: which files there are and what is in them.
"""

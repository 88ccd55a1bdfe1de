"""Serves the floor on a port: uvicorn with the same event loop and parser as the service's own web server."""

import sys

import uvicorn

from benchmarks.floor.app import app

uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning")

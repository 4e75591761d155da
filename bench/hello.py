"""The ruler: the least a Flask application can do. Its CPU time for a request is the unit."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """Answer as little as can be."""
    return "Hello, world"

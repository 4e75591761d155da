"""From the document to files, one format a module; all show the same numbers."""

from dialogue.reports.render.formats import (
    FORMATS,
    MEDIA_TYPES,
    CannotRender,
    Circumstances,
    render,
)

__all__ = ["FORMATS", "MEDIA_TYPES", "CannotRender", "Circumstances", "render"]

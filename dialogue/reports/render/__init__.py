"""From the document to files, one format a module; all show the same numbers."""

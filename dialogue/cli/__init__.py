"""Flask commands; each calls one command of a slice."""

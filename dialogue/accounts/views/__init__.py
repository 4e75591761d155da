"""Pages about accounts, by what people come for."""

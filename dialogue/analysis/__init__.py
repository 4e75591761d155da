"""Pure analysis: texts and votes in, numbers, labels and spans out; knows no web or database."""

"""How items other than mail are listed, kept until they are read, and numbered."""

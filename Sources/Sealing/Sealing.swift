// Where Sealing begins.

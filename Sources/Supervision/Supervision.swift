// Where Supervision begins.

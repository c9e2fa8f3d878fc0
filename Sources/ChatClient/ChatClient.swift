// Where ChatClient begins.

// Where WebEdge begins.

// Where Cluster begins.

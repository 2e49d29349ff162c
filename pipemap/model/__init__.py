"""What is there: nodes, pipes, how they connect, which way they flow, and what is wrong with the data."""

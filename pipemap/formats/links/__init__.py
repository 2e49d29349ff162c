"""What models that name the two ends of each link have in common: their records as nodes and pipes of a delivery."""

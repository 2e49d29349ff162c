"""Questions asked of a network: traces, and whatever else can be computed from it without changing it."""

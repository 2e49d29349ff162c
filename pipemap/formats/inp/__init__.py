"""What EPANET's and SWMM's INP files have in common: sections, words, ids, places, and how problems are told."""

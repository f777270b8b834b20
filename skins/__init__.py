"""Templates, static files and message catalogues: data only."""

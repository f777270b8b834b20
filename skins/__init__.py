"""Templates, form widgets, styles, scripts and message catalogues (界面)."""

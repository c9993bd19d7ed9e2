"""fee_waivers."""

"""The conduct model: rude or only firm, and which moment of a call a turn is."""

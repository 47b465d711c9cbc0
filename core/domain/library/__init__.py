"""Sessions, their questions, and exports of them."""

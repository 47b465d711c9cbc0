"""The repositories, each written once over a record engine: SQLite or MongoDB."""

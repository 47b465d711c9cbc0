"""Rules of the architecture that import-linter does not bring along."""

"""Building blocks of routes: parsing, fields, problems, paging, ETags, OpenAPI."""

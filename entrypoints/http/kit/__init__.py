"""Tools that every route uses: parsing, fields, problems, paging, ETags, OpenAPI."""

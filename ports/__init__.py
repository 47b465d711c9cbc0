"""Ports: protocols for everything that the use cases need from outside, one module per area.

Rules for all repositories:

* `add` raises AlreadyExists if the id, or a unique key that the protocol names, is taken.
* `save` writes the record only if the stored one still has the record's `version`, and returns the record
  with the next version. Otherwise it raises VersionConflict. The write is atomic.
* `get` and similar methods return None if nothing is found, or if it belongs to another user.
* Lists are paged by key in the order that the method names. They never lose or repeat an item.
* A stored record that this release cannot read (an unknown kind or status, a missing field) is treated as
  missing: it is skipped and logged with its id. Only adding a record with its id is refused.
* Any method raises core.domain.errors.Unavailable while the database is unavailable.
"""

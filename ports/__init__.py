"""What the use cases need from the world, as protocols, one module per area.

Common to all repositories:

* `add` raises AlreadyExists if the id (or a unique key that the protocol names) is taken.
* `save` writes the record only if the stored one still has the record's `version`, and returns it
  with the next version; else it raises VersionConflict. One write, atomic.
* `get` and the like return None where nothing is found, or where it belongs to another user.
* Lists are paged by key, in the order that the method names, and never lose or repeat an item.
* A stored record that this release cannot read (an unknown kind or status, a missing field) is as if it
  were not there: it is skipped, and logged by its id. Only adding one with its id is refused.
* Any method raises core.domain.errors.Unavailable while the database is unavailable.
"""

"""Starting, running, retrying and following up jobs, and periodic chores."""

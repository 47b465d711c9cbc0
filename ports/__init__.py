"""What the use cases need from the world, as protocols in the domain's words."""

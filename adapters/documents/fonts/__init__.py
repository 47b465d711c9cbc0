"""Font files with their licences; SOURCES.txt says where they come from."""

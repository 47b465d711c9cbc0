"""The worker: Huey's consumer around the job runner, and the sweeper."""

"""Settings: declared once, read from the environment, listed in `.env.example`."""

from entrypoints.settings.declaration import RateLimits, Settings
from entrypoints.settings.example import env_example
from entrypoints.settings.parsing import MIN_SECRET_LENGTH, SettingsError
from entrypoints.settings.reading import read_settings

__all__ = ["MIN_SECRET_LENGTH", "RateLimits", "Settings", "SettingsError", "env_example", "read_settings"]

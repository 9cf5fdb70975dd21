"""The role that watches groups: counts without names in, one alert for many people out."""

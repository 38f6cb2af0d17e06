"""The plugin `uplink`: CKAN's side of ckan-uplink."""

__version__ = "0.1.0"

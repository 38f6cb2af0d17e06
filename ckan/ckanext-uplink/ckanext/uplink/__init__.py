"""The plugin `uplink`: CKAN's side of ckan-uplink."""

__version__ = "0.3.0"

"""A site that lists a resource's files to its readers.

CKAN 2.12 and ckanext-files ask for this function once `owner.scan_as_update` is false.
"""

from ckan import authz
from ckan.plugins import IAuthFunctions, SingletonPlugin, implements
from ckan.plugins.toolkit import auth_allow_anonymous_access


@auth_allow_anonymous_access
def resource_file_scan(context, data_dict):
    return authz.is_authorized("resource_show", context, data_dict)


class ReadersScanPlugin(SingletonPlugin):
    implements(IAuthFunctions)

    def get_auth_functions(self):
        return {"resource_file_scan": resource_file_scan}
